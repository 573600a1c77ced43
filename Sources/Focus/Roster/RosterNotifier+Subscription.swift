// SPDX-License-Identifier: GPL-3.0-or-later
import Conference
import SIP

// What the notifier remembers of each subscription. Others are given copies: what they write there changes nothing.
extension RosterNotifier {
    /// What a subscription is to.
    enum Subject: Hashable, Sendable {
        case room(String)
        /// The list of rooms.
        case list
    }

    /// What names a subscription: its dialog, and the `id` of its Event, for one dialog may carry several (RFC 6665 §4.5.1, §8.2.1).
    struct Key: Hashable, Sendable {
        let dialog: DialogID
        let eventID: String?
    }

    /// A NOTIFY under way.
    enum RequestKey: Hashable, Sendable {
        case inside(InDialogRequestID)
        case outside(OutOfDialogRequestID)
    }

    struct Subscription {
        var subject: Subject
        /// The call whose dialog is used too; nil for a dialog of its own.
        let session: SessionID?
        /// Who asked in a dialog of its own.
        let viewer: Identity?
        /// In whose share of all subscriptions it is; nil: in nobody's.
        let sharer: String?
        /// Contact user of ours.
        let contactUser: String?
        /// Where the subscriber can dial: the same in all documents that it gets.
        let place: RoomPlace
        /// Where the last SUBSCRIBE came from.
        var flow: Flow
        var expires: ContinuousClock.Instant
        /// Version of the last document sent (RFC 4575 §4.4).
        var version: UInt32 = 0
        /// The room's roster version that the last document brought the subscriber to; nil where it is owed the whole.
        var known: UInt64?
        var form = Form.whole
        /// It has answered something: it is where it says that it is. Anybody can send a SUBSCRIBE in another's name,
        /// and long documents, each sent eleven times, would be a weapon against who never asked.
        var hasAnswered: Bool
        /// The rooms of the list that it was told of in parts.
        var listed: [String: RoomList.Told] = [:]
        /// There are more parts.
        var hasMore = false
        var isOwed = true
        var told: UInt64 = 0
        var inFlight: RequestKey?
        var isInFlight: Bool { inFlight != nil }
        var lastSent: ContinuousClock.Instant?
        var lastSize = 0
        /// Its entry in the queue.
        var queued: ContinuousClock.Instant?

        init(
            subject: Subject, session: SessionID?, viewer: Identity? = nil, sharer: String? = nil,
            contactUser: String?, place: RoomPlace, flow: Flow, now: ContinuousClock.Instant
        ) {
            self.subject = subject
            self.session = session
            self.viewer = viewer
            self.sharer = sharer
            self.contactUser = contactUser
            self.place = place
            self.flow = flow
            expires = now
            // The call was set up with who is there.
            hasAnswered = session != nil
        }

        /// Longer documents do not reach it: it is told the room's state without its users, or the list of rooms in
        /// parts.
        var isTrimmed: Bool { form != .whole }
        /// A part of the list may be a long datagram all the same.
        var mayBeLong: Bool { form == .partsOfAnyLength }

        /// Whether a document goes as a datagram where the subscriber takes no TCP.
        func mayBeSentAsDatagram(bytes: Int) -> Bool { hasAnswered || bytes <= RosterNotifier.longestDatagram }

        /// What is tried where a long document has not reached it; nil: nothing.
        func shorterForm(after outcome: RequestOutcome) -> Form? {
            switch form {
            case .whole where outcome == .transportError: hasAnswered ? .partsOfAnyLength : .partsUntilItAnswers
            case .whole, .partsOfAnyLength: .parts
            case .parts, .partsUntilItAnswers: nil
            }
        }

        /// What it was told so far counts no more.
        mutating func beginAnew(as form: Form) {
            self.form = form
            listed = [:]
            hasMore = false
            isOwed = true
            known = nil
        }
    }

    /// How much a subscriber is told at once.
    enum Form {
        case whole
        case parts
        /// The whole never left this machine: what is shorter may reach it as a long datagram.
        case partsOfAnyLength
        /// It is kept short for having answered nothing, and gets the whole when it has.
        case partsUntilItAnswers
    }

    /// A dialog that carries subscriptions and no call.
    struct OwnDialog {
        var dialog: Dialog
        /// No proxy stands between: what goes the other way goes over the flow that the last SUBSCRIBE came over.
        var isDirect: Bool
        var keys: Set<Key> = []
    }
}
