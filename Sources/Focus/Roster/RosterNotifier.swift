// SPDX-License-Identifier: GPL-3.0-or-later
import SIP

/// Who follows which room's roster, and when each is to be told (RFC 6665, RFC 4575 §3). Sans I/O.
///
/// A subscriber gets the full state at once and then at most one notification a second, however often the room changes, but for the end of
/// a shared screen, and never a second one before it has answered the first. A change costs the same however many follow the room: their turn comes with the room's
/// next beat, a second after the last, and they are told a slice at a time, so that other signalling finds its way between.
struct RosterNotifier {
    /// The least time between two notifications of one subscription. RFC 4575 §3.9 recommends 5 s, in which nobody would know who talks.
    static let pace: Duration = .seconds(1)
    /// Notifications of changes in one slice, and the time from one slice to the next.
    static let slice = 50
    static let sliceInterval: Duration = .milliseconds(20)
    /// A document that is longer and did not arrive is not tried again, bytes: as a datagram it goes in dozens of
    /// fragments, if at all. Who has answered nothing yet gets none that is longer as a datagram.
    static let longestDatagram = 16_384
    static let defaultExpiry = 3600
    static let longestExpiry = 3600
    /// Subscriptions at once; more get 503.
    static let limit = 20_000

    /// Of all subscriptions.
    var shares = FairShares(limit: Self.limit)
    /// The documents, by room.
    var rosters: [String: RoomRoster] = [:]
    /// The lists of rooms as they stand, by place and form.
    var lists: [RoomList.Form: RoomList] = [:]

    private var subscriptions: [Key: Subscription] = [:]
    private var dialogs: [DialogID: OwnDialog] = [:]
    private var requests: [RequestKey: Key] = [:]
    private var followers: [Subject: Set<Key>] = [:]
    private var ofSession: [SessionID: Set<Key>] = [:]
    /// How often each subject that is followed has changed.
    private var revisions: [Subject: UInt64] = [:]
    /// Subjects whose followers have not been looked at since the last change.
    private var news: Set<Subject> = []
    private var beats: [Subject: ContinuousClock.Instant] = [:]
    private var urgent: [Key] = []
    /// When each room's followers were last told out of turn.
    private var hurried: [String: ContinuousClock.Instant] = [:]
    private var queue = DueQueue<Key>()
    private var expiries = DueQueue<Key>()
    private var sliceStart: ContinuousClock.Instant?
    private var sliceCount = 0
    private var gone: [DialogID] = []
    /// Subscriptions looked at, for tests that count work.
    private(set) var work = 0

    var count: Int { subscriptions.count }
    /// Somebody is to be told now.
    var isUrgent: Bool { !urgent.isEmpty }

    func subscription(_ key: Key) -> Subscription? { subscriptions[key] }
    func ownDialog(_ id: DialogID) -> OwnDialog? { dialogs[id] }
    func followers(of subject: Subject) -> [Key] { Array(followers[subject] ?? []) }

    // MARK: Subscribing

    /// A new subscription, or a refresh of one; the subscriber is owed a full notification either way (RFC 6665 §4.2.1.2).
    mutating func subscribe(
        _ key: Key, over flow: Flow, expires: ContinuousClock.Instant, _ make: () -> Subscription
    ) {
        let old = subscriptions[key]
        var subscription = old ?? make()
        if old == nil { shares.take(for: subscription.sharer) }
        subscription.flow = flow
        subscription.expires = expires
        subscription.beginAnew(as: .whole)
        subscriptions[key] = subscription
        expiries.push(key, due: expires)
        forgetOldExpiries()
        followers[subscription.subject, default: []].insert(key)
        if let session = subscription.session {
            ofSession[session, default: []].insert(key)
        } else {
            dialogs[key.dialog]?.keys.insert(key)
        }
        if !subscription.isInFlight { urgent.append(key) }
    }

    /// Keeps a dialog that a SUBSCRIBE made.
    mutating func open(_ dialog: Dialog, isDirect: Bool) {
        dialogs[dialog.id] = OwnDialog(dialog: dialog, isDirect: isDirect)
    }

    /// A SUBSCRIBE in a dialog of its own: takes its number, its Contact and its way (RFC 6665 §4.4.1, RFC 3261 §12.2.2).
    ///
    /// - Returns: false when it is out of order.
    mutating func receive(_ id: DialogID, sequence: UInt32, contacts: [NameAddress], isDirect: Bool) -> Bool {
        guard dialogs[id]?.dialog.receive(sequence) == true else { return false }
        dialogs[id]?.dialog.refreshTarget(contacts)
        dialogs[id]?.isDirect = isDirect
        return true
    }

    /// Forgets a subscription. Its dialog, when it was the last one there, is among `takeGone`.
    mutating func remove(_ key: Key) {
        guard let subscription = subscriptions.removeValue(forKey: key) else { return }
        shares.giveBack(of: subscription.sharer)
        if let request = subscription.inFlight { requests[request] = nil }
        let subject = subscription.subject
        followers[subject]?.remove(key)
        if followers[subject]?.isEmpty == true { forget(subject) }
        if let session = subscription.session {
            ofSession[session]?.remove(key)
            if ofSession[session]?.isEmpty == true { ofSession[session] = nil }
        } else {
            dialogs[key.dialog]?.keys.remove(key)
            if dialogs[key.dialog]?.keys.isEmpty == true {
                dialogs[key.dialog] = nil
                gone.append(key.dialog)
            }
        }
    }

    /// Refreshes leave their former entries behind, each for up to an hour: who refreshes without end must not fill the memory.
    private mutating func forgetOldExpiries() {
        guard expiries.count > 2 * subscriptions.count + Self.slice else { return }
        expiries = DueQueue()
        for (key, subscription) in subscriptions { expiries.push(key, due: subscription.expires) }
    }

    /// Entries that are kept for subscriptions to run out, for tests that count.
    var expiryCount: Int { expiries.count }

    private mutating func forget(_ subject: Subject) {
        followers[subject] = nil
        revisions[subject] = nil
        news.remove(subject)
        beats[subject] = nil
        switch subject {
        case .room(let name): (rosters[name], hurried[name]) = (nil, nil)
        case .list: lists = [:]
        }
    }

    /// A call went to another room: subscriptions in its dialog go with it, and are owed the whole.
    mutating func moved(_ session: SessionID, to room: String) {
        for key in ofSession[session] ?? [] {
            guard case .room(let old) = subscriptions[key]?.subject, old != room else { continue }
            followers[.room(old)]?.remove(key)
            if followers[.room(old)]?.isEmpty == true { forget(.room(old)) }
            followers[.room(room), default: []].insert(key)
            subscriptions[key]?.subject = .room(room)
            subscriptions[key]?.isOwed = true
            subscriptions[key]?.known = nil
            if subscriptions[key]?.isInFlight == false { urgent.append(key) }
        }
    }

    /// A call ended: subscriptions in its dialog end with it.
    mutating func sessionEnded(_ session: SessionID) {
        for key in ofSession[session] ?? [] { remove(key) }
    }

    /// Dialogs whose last subscription has gone since the last look.
    mutating func takeGone() -> [DialogID] {
        defer { gone = [] }
        return gone
    }

    // MARK: Telling

    /// A room's roster has changed, and with it the list of rooms.
    mutating func changed(_ room: String) {
        changed(.room(room))
        changed(.list)
    }

    private mutating func changed(_ subject: Subject) {
        guard followers[subject] != nil else { return }
        revisions[subject, default: 0] += 1
        news.insert(subject)
        if subject == .list { lists = [:] }
    }

    /// Something is over that people still look at: who follows the room is told at once, though it was told less than a second ago.
    /// Not more than a slice of them, and once a second: in a large room, or where somebody makes a game of it, all wait their turn.
    mutating func hurry(_ room: String, now: ContinuousClock.Instant) {
        guard let keys = followers[.room(room)], keys.count <= Self.slice,
            hurried[room].map({ now >= $0 + Self.pace }) ?? true
        else { return }
        hurried[room] = now
        for key in keys {
            guard let subscription = subscriptions[key], isBehind(subscription) else { continue }
            subscriptions[key]?.isOwed = true
            if !subscription.isInFlight { urgent.append(key) }
        }
    }

    /// Takes what is to be sent now: subscriptions that have news and may be told, and those that have run out.
    mutating func takeDue(now: ContinuousClock.Instant) -> [Key] {
        var due: [Key] = []
        var taken: Set<Key> = []
        for key in urgent
        where subscriptions[key].map({ $0.isOwed && !$0.isInFlight }) ?? false && taken.insert(key).inserted {
            due.append(key)
        }
        urgent = []
        while let (_, key) = expiries.pop(now: now) {
            guard let expires = subscriptions[key]?.expires else { continue }
            // It was refreshed since: the refresh has an entry of its own.
            if expires <= now, taken.insert(key).inserted { due.append(key) }
        }
        for subject in news where beats[subject].map({ now >= $0 + Self.pace }) ?? true {
            news.remove(subject)
            beats[subject] = now
            for key in followers[subject] ?? [] { enqueue(key, now: now) }
        }
        if sliceStart.map({ now >= $0 + Self.sliceInterval }) ?? true {
            sliceStart = now
            sliceCount = 0
        }
        while sliceCount < Self.slice, let (time, key) = queue.pop(now: now) {
            work += 1
            guard let subscription = subscriptions[key], subscription.queued == time else { continue }
            subscriptions[key]?.queued = nil
            guard isBehind(subscription), !subscription.isInFlight, taken.insert(key).inserted else { continue }
            sliceCount += 1
            due.append(key)
        }
        return due
    }

    /// When `takeDue` has something to send next, expiries aside; nil for never.
    func nextDeadline(now: ContinuousClock.Instant) -> ContinuousClock.Instant? {
        guard urgent.isEmpty else { return now }
        var times = news.map { subject in beats[subject].map { $0 + Self.pace } ?? now }
        if let first = queue.first {
            let isFullSlice = sliceCount >= Self.slice
            times.append(isFullSlice ? max(first, (sliceStart ?? now) + Self.sliceInterval) : first)
        }
        return times.min()
    }

    private func isBehind(_ subscription: Subscription) -> Bool {
        subscription.isOwed || subscription.hasMore || subscription.told != revisions[subscription.subject, default: 0]
    }

    private mutating func enqueue(_ key: Key, now: ContinuousClock.Instant) {
        work += 1
        guard let subscription = subscriptions[key], subscription.queued == nil, !subscription.isInFlight,
            isBehind(subscription)
        else { return }
        let time = subscription.lastSent.map { max(now, $0 + Self.pace) } ?? now
        subscriptions[key]?.queued = time
        queue.push(key, due: time)
    }

    /// Counts a document and makes its NOTIFY, in a dialog of its own; nil for the request where the dialog is a call's.
    ///
    /// - Parameters:
    ///   - known: The room's roster version that the document brings the subscriber to.
    ///   - size: Bytes of the document.
    mutating func notify(_ key: Key, known: UInt64?, size: Int, now: ContinuousClock.Instant) -> SIPRequest? {
        guard var subscription = subscriptions[key] else { return nil }
        subscription.version &+= 1
        subscription.known = known
        subscription.isOwed = false
        subscription.hasMore = false
        subscription.told = revisions[subscription.subject, default: 0]
        subscription.lastSent = now
        subscription.queued = nil
        subscription.lastSize = size
        subscriptions[key] = subscription
        return subscription.session == nil ? dialogs[key.dialog]?.dialog.makeRequest(.notify) : nil
    }

    /// The document is a part of the list of rooms.
    mutating func listed(_ part: RoomList.Part, to key: Key) {
        subscriptions[key]?.listed = part.known
        subscriptions[key]?.hasMore = !part.isLast
    }

    /// The NOTIFY is on its way.
    mutating func sent(_ key: Key, as request: RequestKey) {
        guard let subscription = subscriptions[key] else { return }
        if let earlier = subscription.inFlight { requests[earlier] = nil }
        requests[request] = key
        subscriptions[key]?.inFlight = request
    }

    /// What came of a NOTIFY. A subscriber that does not know it or does not answer has gone (RFC 6665 §4.2.2), unless the document may
    /// have been too long for its way: then it gets a short one.
    mutating func finished(_ request: RequestKey, _ outcome: RequestOutcome, now: ContinuousClock.Instant) {
        guard outcome.isFinal, let key = requests.removeValue(forKey: request), let subscription = subscriptions[key]
        else { return }
        subscriptions[key]?.inFlight = nil
        switch outcome {
        case .response(let response) where response.isSuccess:
            subscriptions[key]?.hasAnswered = true
            if subscription.form == .partsUntilItAnswers { subscriptions[key]?.beginAnew(as: .whole) }
            if subscriptions[key]?.isOwed == true { urgent.append(key) } else { enqueue(key, now: now) }
        case .response(let response) where ![413, 513].contains(response.status):
            remove(key)
        case .response, .transportError, .timeout:
            guard subscription.lastSize > Self.longestDatagram, let form = subscription.shorterForm(after: outcome)
            else { return remove(key) }
            if case .response = outcome { subscriptions[key]?.hasAnswered = true }
            // It has not had that one: the versions of a list have no gaps (RFC 4662 §5.2).
            if subscription.subject == .list { subscriptions[key]?.version &-= 1 }
            subscriptions[key]?.beginAnew(as: form)
            urgent.append(key)
        }
    }

    // MARK: Waking

    /// When the focus looks again by itself.
    var wake: ContinuousClock.Instant?
}
