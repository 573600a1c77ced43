// SPDX-License-Identifier: GPL-3.0-or-later

/// What an operator sets about session timers.
package struct SessionTimerSettings: Hashable, Sendable {
    /// Whether `timer` is supported at all.
    package var isEnabled: Bool
    /// The session interval we ask for, seconds.
    package var interval: Int
    /// The smallest interval we accept, seconds; never under `floor`.
    package var minimumInterval: Int
    /// What no interval is ever under, seconds: 90 (RFC 4028 §5). Less only where a test cannot wait for so long.
    package var floor: Int

    package init(isEnabled: Bool = true, interval: Int = 1800, minimumInterval: Int = 90, floor: Int = 90) {
        self.isEnabled = isEnabled
        self.floor = floor
        self.minimumInterval = max(minimumInterval, floor)
        self.interval = max(interval, self.minimumInterval)
    }
}

/// What a session refresh request, or its response, says about the session timer.
package struct SessionTimerFields: Hashable, Sendable {
    /// `timer` stands in Supported (or Require).
    package var supportsTimer: Bool
    package var sessionExpires: SessionExpires?
    /// Min-SE, seconds.
    package var minimumInterval: Int?

    package init(supportsTimer: Bool, sessionExpires: SessionExpires? = nil, minimumInterval: Int? = nil) {
        self.supportsTimer = supportsTimer
        self.sessionExpires = sessionExpires
        self.minimumInterval = minimumInterval
    }
}

/// The session timer of one dialog, in both roles (RFC 4028).
///
///            2xx, we refresh                    half the interval gone
///     off ------------------> refreshing -------------------------------> (refresh) -- 2xx --> refreshing
///      |   2xx, peer refreshes                                                |  no 2xx until the end
///      +--------------------> waiting -- no refresh until the end --> expired <
///
/// Only a 2xx to an INVITE or UPDATE moves the end. A refresh that failed with something else than 408 or 481 is tried
/// again when half of what is left is gone, as long as that is 8 seconds or more.
///
/// A peer that knows no session timers is refreshed by us (Table 2, first row), or one that died on hold would stay for
/// good. It has promised nothing, so any answer of its own but 408 and 481 shows that it lives and moves the end too.
package struct SessionTimer: Sendable {
    /// What is due.
    package enum Due: Hashable, Sendable {
        /// Send a session refresh request.
        case refresh
        /// Send BYE.
        case expired
    }

    private enum State: Sendable {
        case off
        /// `isAlone`: the peer takes no part in it.
        case refreshing(
            interval: Int, refreshAt: ContinuousClock.Instant?, expiresAt: ContinuousClock.Instant, isAlone: Bool)
        case waiting(interval: Int, expiresAt: ContinuousClock.Instant)
    }

    private let settings: SessionTimerSettings
    private var state: State = .off
    /// The largest Min-SE seen in 422 responses and in refresh requests, seconds.
    private var peerMinimum: Int?

    package init(settings: SessionTimerSettings) {
        self.settings = settings
    }

    /// When `fire(now:)` has something to say.
    package var nextDeadline: ContinuousClock.Instant? {
        switch state {
        case .off: nil
        case .refreshing(_, let refreshAt, let expiresAt, _): refreshAt ?? expiresAt
        case .waiting(_, let expiresAt): expiresAt
        }
    }

    /// The interval in force, seconds; nil when the session does not expire.
    package var interval: Int? {
        switch state {
        case .off: nil
        case .refreshing(let interval, _, _, _): interval
        case .waiting(let interval, _): interval
        }
    }

    /// Whether we are to refresh.
    package var isRefresher: Bool {
        switch state {
        case .off: false
        case .refreshing: true
        case .waiting: false
        }
    }

    // MARK: Requests that we send

    /// Session-Expires and Min-SE for an INVITE or UPDATE of ours (RFC 4028 §7.1, §7.4).
    package var requestFields: SessionTimerFields {
        guard settings.isEnabled else { return SessionTimerFields(supportsTimer: false) }
        let floor = max(peerMinimum ?? 0, settings.minimumInterval)
        let minimum = peerMinimum == nil && settings.minimumInterval == settings.floor ? nil : floor
        switch state {
        case .off:
            return SessionTimerFields(
                supportsTimer: true, sessionExpires: SessionExpires(interval: max(settings.interval, floor)),
                minimumInterval: minimum)
        case .refreshing(let interval, _, _, _):
            return SessionTimerFields(
                supportsTimer: true, sessionExpires: SessionExpires(interval: max(interval, floor), refresher: .uac),
                minimumInterval: minimum)
        case .waiting(let interval, _):
            return SessionTimerFields(
                supportsTimer: true, sessionExpires: SessionExpires(interval: max(interval, floor), refresher: .uas),
                minimumInterval: minimum)
        }
    }

    /// Takes a 2xx to an INVITE or UPDATE that we sent (RFC 4028 §7.2). Without Session-Expires we refresh alone.
    package mutating func receivedSuccess(_ fields: SessionTimerFields, now: ContinuousClock.Instant) {
        guard settings.isEnabled else {
            state = .off
            return
        }
        guard let expires = fields.sessionExpires, expires.interval > 0 else {
            return start(interval: ownInterval, byUs: true, isAlone: true, now: now)
        }
        // A response under 90 s would make us refresh without end: RFC 4028 §4 forbids it.
        start(interval: max(expires.interval, settings.floor), byUs: expires.refresher != .uas, now: now)
    }

    /// Takes the Min-SE of a 422 to a request of ours; false when another try is pointless (no Min-SE, or not larger than
    /// what was asked before).
    package mutating func receivedTooSmall(minimumInterval: Int?) -> Bool {
        guard let minimumInterval, let asked = requestFields.sessionExpires, minimumInterval > asked.interval else {
            return false
        }
        peerMinimum = max(peerMinimum ?? 0, minimumInterval)
        return true
    }

    /// Says that our refresh failed with something else than 408 and 481.
    /// - Parameter isAnswered: whether a final response came; false where the request could not even be sent.
    package mutating func refreshFailed(isAnswered: Bool, now: ContinuousClock.Instant) {
        guard case .refreshing(let interval, _, let expiresAt, let isAlone) = state else { return }
        if isAlone, isAnswered { return start(interval: interval, byUs: true, isAlone: true, now: now) }
        let left = expiresAt - now
        state = .refreshing(
            interval: interval, refreshAt: left >= .seconds(16) ? now + left / 2 : nil, expiresAt: expiresAt,
            isAlone: isAlone)
    }

    /// What we ask for where nobody else has asked, seconds.
    private var ownInterval: Int { max(settings.interval, peerMinimum ?? 0, settings.minimumInterval) }

    // MARK: Requests that we receive

    /// The Min-SE for a 422, when the request asks for too short an interval (RFC 4028 §9).
    package func refusal(of fields: SessionTimerFields) -> Int? {
        guard settings.isEnabled, fields.supportsTimer, let expires = fields.sessionExpires,
            expires.interval < settings.minimumInterval
        else { return nil }
        return settings.minimumInterval
    }

    /// Takes an INVITE or UPDATE that is now answered with 2xx; returns what that 2xx carries (RFC 4028 §9, Table 2).
    /// `supportsTimer` in the result asks for `Require: timer`.
    package mutating func accepted(_ fields: SessionTimerFields, now: ContinuousClock.Instant) -> SessionTimerFields {
        if let minimum = fields.minimumInterval { peerMinimum = max(peerMinimum ?? 0, minimum) }
        guard settings.isEnabled else {
            state = .off
            return SessionTimerFields(supportsTimer: false)
        }
        let floor = max(fields.minimumInterval ?? 0, settings.minimumInterval)
        // With Session-Expires in the request the value may shrink but never grow; without it the choice is ours.
        let wanted = fields.sessionExpires.map { min($0.interval, max(settings.interval, floor)) }
        let interval = max(wanted ?? max(settings.interval, floor), settings.floor)
        let refresher: SessionExpires.Refresher =
            fields.supportsTimer ? fields.sessionExpires?.refresher ?? keptRefresher ?? .uac : .uas
        start(interval: interval, byUs: refresher == .uas, isAlone: !fields.supportsTimer, now: now)
        return SessionTimerFields(
            supportsTimer: fields.supportsTimer,
            sessionExpires: SessionExpires(interval: interval, refresher: refresher))
    }

    /// The role that keeps the refresher of a running timer, from the viewpoint of an answering server.
    private var keptRefresher: SessionExpires.Refresher? {
        switch state {
        case .off: nil
        case .refreshing: .uas
        case .waiting: .uac
        }
    }

    // MARK: Time

    private mutating func start(interval: Int, byUs: Bool, isAlone: Bool = false, now: ContinuousClock.Instant) {
        let span = Duration.seconds(interval)
        if byUs {
            state = .refreshing(
                interval: interval, refreshAt: now + span / 2, expiresAt: now + span, isAlone: isAlone)
        } else {
            // BYE goes out slightly before the end (RFC 4028 §10).
            state = .waiting(interval: interval, expiresAt: now + span - min(.seconds(32), span / 3))
        }
    }

    /// What is due at `now`; asked again, it does not repeat itself.
    package mutating func fire(now: ContinuousClock.Instant) -> Due? {
        switch state {
        case .off:
            return nil
        case .refreshing(let interval, let refreshAt, let expiresAt, let isAlone):
            if now >= expiresAt {
                state = .off
                return .expired
            }
            guard let refreshAt, now >= refreshAt else { return nil }
            state = .refreshing(interval: interval, refreshAt: nil, expiresAt: expiresAt, isAlone: isAlone)
            return .refresh
        case .waiting(_, let expiresAt):
            guard now >= expiresAt else { return nil }
            state = .off
            return .expired
        }
    }

    /// Stops for good.
    package mutating func stop() {
        state = .off
    }
}
