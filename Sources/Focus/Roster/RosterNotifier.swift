// SPDX-License-Identifier: GPL-3.0-or-later
import SIP

/// Who follows which room's roster, and when each is to be told (RFC 6665, RFC 4575 §3). Sans I/O.
///
/// A subscriber gets the full state at once and then at most one notification a second, however often the room changes, and never a
/// second one before it has answered the first.
struct RosterNotifier {
    /// What a subscription is to.
    enum Subject: Hashable, Sendable {
        case room(String)
        /// The list of rooms.
        case list
    }

    /// What names a subscription: its dialog.
    typealias Key = DialogID

    /// A NOTIFY under way.
    enum RequestKey: Hashable, Sendable {
        case inside(InDialogRequestID)
        case outside(OutOfDialogRequestID)
    }

    struct Subscription {
        let subject: Subject
        /// The call whose dialog is used too; nil for a dialog of its own.
        let session: SessionID?
        var dialog: Dialog
        let flow: Flow
        /// Contact user of ours.
        let contactUser: String?
        let eventID: String?
        var expires: ContinuousClock.Instant
        /// Version of the last document sent (RFC 4575 §4.4).
        var version: UInt32 = 0
        var isDirty = true
        var isInFlight = false
        var lastSent: ContinuousClock.Instant?
    }

    /// The least time between two notifications of one subscription (RFC 4575 §3.10).
    static let pace: Duration = .seconds(1)
    static let defaultExpiry = 3600
    static let longestExpiry = 3600
    /// Subscriptions at once; more get 503.
    static let limit = 20_000

    private(set) var subscriptions: [Key: Subscription] = [:]
    private var requests: [RequestKey: Key] = [:]

    var isFull: Bool { subscriptions.count >= Self.limit }

    func subscription(_ key: Key) -> Subscription? { subscriptions[key] }

    /// A new subscription, or a refresh of one; the subscriber is owed a full notification either way (RFC 6665 §4.2.1.2).
    mutating func subscribe(_ key: Key, _ make: () -> Subscription, expires: ContinuousClock.Instant) {
        var subscription = subscriptions[key] ?? make()
        subscription.expires = expires
        subscription.isDirty = true
        subscription.lastSent = nil
        subscriptions[key] = subscription
    }

    /// The sequence number of a request in the subscription's own dialog; false when it is out of order.
    mutating func receive(_ key: Key, sequence: UInt32) -> Bool {
        subscriptions[key]?.dialog.receive(sequence) ?? false
    }

    mutating func changed(_ room: String) {
        for key in subscriptions.keys {
            switch subscriptions[key]?.subject {
            case .room(room), .list: subscriptions[key]?.isDirty = true
            default: break
            }
        }
    }

    /// Takes what is to be sent now: subscriptions that have news and may be told, and those that have run out.
    mutating func takeDue(now: ContinuousClock.Instant) -> [Key] {
        subscriptions.filter { _, subscription in
            if now >= subscription.expires { return true }
            guard subscription.isDirty, !subscription.isInFlight else { return false }
            return subscription.lastSent.map { now >= $0 + Self.pace } ?? true
        }.map(\.key)
    }

    /// Counts a document and makes its NOTIFY in the dialog; nil where the subscription is gone.
    mutating func notify(_ key: Key, now: ContinuousClock.Instant) -> (version: UInt32, request: SIPRequest)? {
        guard var subscription = subscriptions[key] else { return nil }
        subscription.version += 1
        subscription.isDirty = false
        subscription.isInFlight = true
        subscription.lastSent = now
        let request = subscription.dialog.makeRequest(.notify)
        subscriptions[key] = subscription
        return (subscription.version, request)
    }

    mutating func sent(_ key: Key, as request: RequestKey) {
        requests[request] = key
    }

    /// What came of a NOTIFY. A subscriber that does not know it or does not answer has gone (RFC 6665 §4.2.2).
    mutating func finished(_ request: RequestKey, _ outcome: RequestOutcome, now: ContinuousClock.Instant) {
        guard outcome.isFinal, let key = requests.removeValue(forKey: request) else { return }
        subscriptions[key]?.isInFlight = false
        if case .response(let response) = outcome, response.isSuccess { return }
        gone.append(contentsOf: remove(key).map { [$0] } ?? [])
    }

    /// Dialogs whose subscriber has gone since the last look.
    private(set) var gone: [Key] = []

    mutating func takeGone() -> [Key] {
        defer { gone = [] }
        return gone
    }

    /// Forgets a subscription; returns its dialog where it had one of its own.
    @discardableResult
    mutating func remove(_ key: Key) -> Key? {
        guard let subscription = subscriptions.removeValue(forKey: key) else { return nil }
        return subscription.session == nil ? key : nil
    }

    /// A call ended: subscriptions in its dialog end with it.
    mutating func sessionEnded(_ session: SessionID) {
        for (key, subscription) in subscriptions where subscription.session == session { subscriptions[key] = nil }
    }
}
