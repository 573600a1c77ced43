// SPDX-License-Identifier: GPL-3.0-or-later

package import RTP

/// Decides whose camera is the main picture of a room. A pure machine; times come in as arguments.
///
/// - Who speaks: a talker takes over when it began after the present one and has gone on for `hold`, or at once
///   when the present one has been silent for `silence`, or is gone. Nobody takes over from a pause without speaking.
/// - Nobody without live video while somebody with it is there.
/// - Nobody sees itself: it gets who was shown before (`picture(for:)`).
package struct SpeakerSwitch<Member: Hashable & Sendable>: Sendable {
    private struct Presence {
        var member: Member
        var hasVideo: Bool
        /// Since when it talks; nil: it does not.
        var talkingSince: MediaInstant?
        /// When it last stopped.
        var silentSince: MediaInstant
        /// Rank among who has been shown, 0: never.
        var shown = 0
    }

    /// Milliseconds that a talker must go on while the present one talks too.
    package let hold: Int
    /// Milliseconds of silence after which the present one gives way at once.
    package let silence: Int
    /// Who speaks, or spoke last, as everybody else sees it.
    package private(set) var speaker: Member?
    /// When a talker may take over; nil where nobody is about to. Kept, because it is asked far more often than anybody comes,
    /// goes or talks.
    package private(set) var nextDeadline: MediaInstant?

    /// In the order of joining.
    private var present: [Presence] = []
    private var rank = 0

    package init(hold: Int = 1000, silence: Int = 500) {
        precondition(hold >= 0 && silence >= 0, "times do not run backwards")
        self.hold = hold
        self.silence = silence
    }

    // MARK: - Who is there

    /// - Returns: whether somebody's picture may have changed; so of all verbs here.
    @discardableResult
    package mutating func join(_ member: Member, hasVideo: Bool, now: MediaInstant) -> Bool {
        guard index(of: member) == nil else { return setVideo(member, hasVideo, now: now) }
        present.append(Presence(member: member, hasVideo: hasVideo, silentSince: now))
        _ = settle(now: now)
        return true
    }

    @discardableResult
    package mutating func leave(_ member: Member, now: MediaInstant) -> Bool {
        guard let index = index(of: member) else { return false }
        present.remove(at: index)
        if speaker == member { speaker = nil }
        _ = settle(now: now)
        return true
    }

    /// Whether the member's camera is live (`SourceHealth`).
    @discardableResult
    package mutating func setVideo(_ member: Member, _ hasVideo: Bool, now: MediaInstant) -> Bool {
        guard let index = index(of: member), present[index].hasVideo != hasVideo else { return false }
        present[index].hasVideo = hasVideo
        _ = settle(now: now)
        return true
    }

    /// Whether the member is here.
    package func contains(_ member: Member) -> Bool { index(of: member) != nil }

    // MARK: - Who speaks

    /// A member began or stopped to talk, as the mixer hears it.
    @discardableResult
    package mutating func talking(_ member: Member, _ talks: Bool, now: MediaInstant) -> Bool {
        guard let index = index(of: member), (present[index].talkingSince != nil) != talks else { return false }
        present[index].talkingSince = talks ? now : nil
        if !talks { present[index].silentSince = now }
        return settle(now: now)
    }

    /// To be called at `nextDeadline`.
    @discardableResult
    package mutating func timePassed(now: MediaInstant) -> Bool { settle(now: now) }

    // MARK: - Who sees whom

    /// What `receiver` sees; nil where there is nobody else. A member without live video is named only where nobody
    /// else has any: it is shown as a name.
    package func picture(for receiver: Member?) -> Member? {
        let others = present.filter { $0.member != receiver }
        let withVideo = others.filter(\.hasVideo)
        let candidates = withVideo.isEmpty ? others : withVideo
        if let speaker, candidates.contains(where: { $0.member == speaker }) { return speaker }
        guard let latest = candidates.map(\.shown).max() else { return nil }
        // Of those never shown, the first to have come.
        return candidates.first { $0.shown == latest }?.member
    }

    // MARK: - Rules

    private func index(of member: Member) -> Int? { present.firstIndex { $0.member == member } }

    private var speakerPresence: Presence? { speaker.flatMap { index(of: $0) }.map { present[$0] } }

    /// Somebody has video: nobody without it is shown. Asked once for all candidates: rooms are large, and time passes often.
    private var needsVideo: Bool { present.contains { $0.hasVideo } }

    /// When `candidate` takes over from `current` if both go on as they do; nil: not at all.
    private func takeover(from current: Presence, by candidate: Presence) -> MediaInstant? {
        guard let began = candidate.talkingSince else { return nil }
        guard let currentBegan = current.talkingSince else {
            return max(began, current.silentSince.advanced(byMilliseconds: silence))
        }
        return began > currentBegan ? began.advanced(byMilliseconds: hold) : nil
    }

    private mutating func settle(now: MediaInstant) -> Bool {
        let before = speaker
        let needsVideo = needsVideo
        if let current = speakerPresence, current.hasVideo || !needsVideo {
            let ready = present.filter { candidate in
                guard candidate.member != current.member, candidate.hasVideo || !needsVideo else { return false }
                return takeover(from: current, by: candidate).map { $0 <= now } ?? false
            }
            // Of several, who has talked longest.
            if let next = ready.min(by: { Self.began($0) < Self.began($1) }) { show(next.member) }
        } else if let next = replacement(needsVideo: needsVideo) {
            show(next)
        } else {
            speaker = nil
        }
        nextDeadline = nextTakeover(needsVideo: needsVideo)
        return speaker != before
    }

    private func nextTakeover(needsVideo: Bool) -> MediaInstant? {
        guard let current = speakerPresence else { return nil }
        var next: MediaInstant?
        for candidate in present where (candidate.hasVideo || !needsVideo) && candidate.member != current.member {
            guard let due = takeover(from: current, by: candidate) else { continue }
            next = min(next ?? due, due)
        }
        return next
    }

    /// Who follows where the present one is gone: who talks longest, else who was shown last, else who came first.
    private func replacement(needsVideo: Bool) -> Member? {
        let candidates = present.filter { $0.hasVideo || !needsVideo }
        let talkers = candidates.filter { $0.talkingSince != nil }
        if let talker = talkers.min(by: { Self.began($0) < Self.began($1) }) { return talker.member }
        guard let latest = candidates.map(\.shown).max() else { return nil }
        return candidates.first { $0.shown == latest }?.member
    }

    private static func began(_ presence: Presence) -> Int64 { presence.talkingSince?.nanoseconds ?? .max }

    private mutating func show(_ member: Member) {
        speaker = member
        rank += 1
        if let index = index(of: member) { present[index].shown = rank }
    }
}
