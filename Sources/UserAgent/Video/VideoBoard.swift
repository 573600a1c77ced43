// SPDX-License-Identifier: GPL-3.0-or-later
import Devices
import Picture
import RTP
import SDP
import Synchronization
import Video

/// What there is to be seen in a call, kept by those who know a part each: the decoding thread the pictures, the actor the people.
///
/// Any thread reads it; each lock is held for a few instructions a person.
final class VideoBoard: Sendable {
    /// Somebody else in the call, as far as signalling knows.
    struct Person: Hashable, Sendable {
        var id: UInt64
        var name: String
        /// What names the camera in the streams that come (CSRC); nil where it has none, or in an ordinary call.
        var camera: UInt32?
        /// The same of a shared screen.
        var screen: UInt32?
        /// Why there is no picture where none comes.
        var absence: String
        /// Signalling says that pictures come.
        var isSending = true
        var isTalking = false
        var isMuted = false
        var isHeld = false

        /// Whether a stream that names `contributor` shows something of this person's.
        func isShown(by contributor: UInt32?) -> Bool {
            contributor != nil && (contributor == camera || contributor == screen)
        }
    }

    /// Oneself.
    struct Own: Hashable, Sendable {
        var name = ""
        /// Why there is no picture of ours; empty while there should be one.
        var absence = "camera off"
        var isTalking = false
        var isMuted = false
        var isHeld = false
    }

    private struct Shown {
        var picture: SharedPicture
        /// Whom it shows (CSRC); nil where the stream does not say.
        var contributor: UInt32?
        var since: MediaInstant
        var patience: SourcePatience
    }

    private struct State {
        var own = Own()
        var ownPicture: SharedPicture?
        var streams: [VideoRole: Shown] = [:]
        var people: [Person] = []
        /// The conference's name; nil in an ordinary call.
        var conference: String?
        /// Cameras that there are lines for.
        var places = 1
    }

    private let state = Mutex(State())

    /// How long the last picture of a line is shown when none follows: a tile never lies.
    static func patience(_ role: VideoRole) -> SourcePatience {
        role == .slides ? SourcePatience(milliseconds: screenPatience) : SourcePatience()
    }
    /// The same of somebody who is said to send nothing; not 0, as what signalling says may be late.
    static let doubt = 300
    /// Milliseconds; a shared screen stands still while nothing moves on it, and some senders are silent then.
    private static let screenPatience = 6000

    /// Why there is no picture of a camera that is on.
    static let awaited = "no picture yet"

    private enum ID {
        static let screen: UInt64 = 1 << 32
        static let conference: UInt64 = 2 << 32
    }

    // MARK: Those who know

    /// A picture's time has come.
    func show(_ picture: SharedPicture, in role: VideoRole, of contributor: UInt32?, now: MediaInstant) {
        state.withLock { state in
            var patience = state.streams[role]?.patience ?? Self.patience(role)
            patience.received(now: now)
            state.streams[role] = Shown(picture: picture, contributor: contributor, since: now, patience: patience)
        }
    }

    /// A stream has no picture any more.
    func clear(_ role: VideoRole) {
        state.withLock { $0.streams[role] = nil }
    }

    func clearStreams() {
        state.withLock { $0.streams = [:] }
    }

    /// What our camera sees.
    func show(own picture: SharedPicture) {
        // What is being switched off may still send a picture or two.
        state.withLock { state in
            if state.own.absence.isEmpty { state.ownPicture = picture }
        }
    }

    /// - Parameter places: cameras that can be shown at once.
    func set(own: Own, people: [Person], conference: String?, places: Int = 1) {
        state.withLock { state in
            state.places = places
            state.own = own
            state.people = people
            state.conference = conference
            if !own.absence.isEmpty { state.ownPicture = nil }
        }
    }

    // MARK: Who looks

    func tiles(now: MediaInstant) -> [SceneTile] {
        let state = state.withLock { $0 }
        let live = state.streams.filter { now.milliseconds(since: $1.since) < $1.patience.milliseconds }
        let own = state.own
        var tiles = [
            SceneTile(
                id: 0, kind: .me, name: own.name, picture: state.ownPicture,
                absence: own.absence.isEmpty ? Self.awaited : own.absence, isTalking: own.isTalking,
                isMuted: own.isMuted,
                isHeld: own.isHeld)
        ]
        let elsewhere = Self.elsewhere(in: state, live)
        for person in state.people {
            tiles.append(
                SceneTile(
                    id: person.id, kind: .member, name: person.name,
                    picture: Self.picture(of: person, in: state, live, now: now),
                    absence: person.absence == Self.awaited ? elsewhere ?? person.absence : person.absence,
                    isTalking: person.isTalking, isMuted: person.isMuted, isHeld: person.isHeld))
        }
        // A composed picture names nobody; one that the roster does not know yet is better shown as the meeting's than not.
        if state.conference != nil, let whole = live[.main],
            !state.people.contains(where: { $0.isShown(by: whole.contributor) })
        {
            tiles.append(
                SceneTile(
                    id: ID.conference, kind: .member, name: state.conference ?? "", picture: whole.picture, absence: "",
                    isTalking: false, isMuted: false, isHeld: false))
        }
        if let screen = Self.screen(in: state, live) { tiles.append(screen) }
        return tiles
    }

    /// The newest of the streams that show somebody's camera.
    private static func picture(
        of person: Person, in state: State, _ live: [VideoRole: Shown], now: MediaInstant
    ) -> SharedPicture? {
        let shown =
            state.conference == nil
            ? live[.main]
            : live.values.filter { $0.contributor != nil && $0.contributor == person.camera }.max {
                $0.since < $1.since
            }
        guard let shown, person.isSending || now.milliseconds(since: shown.since) < Self.doubt else { return nil }
        return shown.picture
    }

    /// Why a camera that is on may never be seen in its tile; nil where it may come.
    private static func elsewhere(in state: State, _ live: [VideoRole: Shown]) -> String? {
        guard state.conference != nil else { return nil }
        let shown = state.people.count { person in
            live.values.contains { $0.contributor != nil && $0.contributor == person.camera }
        }
        if let whole = live[.main], !state.people.contains(where: { $0.isShown(by: whole.contributor) }) {
            return "in the picture of all"
        }
        return shown >= state.places ? "camera on, no place for it here" : nil
    }

    private static func screen(in state: State, _ live: [VideoRole: Shown]) -> SceneTile? {
        let shown =
            live[.slides]
            ?? live[.main].flatMap { main in
                state.people.contains { $0.screen != nil && $0.screen == main.contributor } ? main : nil
            }
        guard let shown else { return nil }
        let presenter = state.people.first { $0.screen != nil && $0.screen == shown.contributor }
        // The roster says first that nobody shares any more; the stream only falls silent.
        guard presenter != nil || shown.contributor == nil || state.conference == nil else { return nil }
        return SceneTile(
            id: ID.screen, kind: .screen, name: presenter?.name ?? "", picture: shown.picture, absence: "",
            isTalking: false,
            isMuted: false, isHeld: false)
    }
}
