// SPDX-License-Identifier: GPL-3.0-or-later

extension SIPCore {
    /// Takes an event of `SIPTransport`. What it refused or dropped is for the log and changes nothing here.
    package mutating func receive(_ event: SIPTransportEvent, now: ContinuousClock.Instant) {
        switch event {
        case .message(let message, let flow): receive(message, over: flow, now: now)
        case .failed(let flow, _): closed(flow, now: now)
        case .closed(let flow): closed(flow, now: now)
        case .unsent(let bytes, _, _): unsent(bytes, now: now)
        case .refused, .discarded: break
        }
    }
}
