// SPDX-License-Identifier: GPL-3.0-or-later
import Crypto

/// The nonces of a server: made without being kept, for each proves itself, and believed once for each count (RFC 7616 §3.3, §5.12),
/// from the host alone that it was given to: who forges its address never saw one for it.
///
/// A pure machine; time is an argument.
package struct NonceBook: Sendable {
    package enum Verdict: Hashable, Sendable {
        case fresh
        /// Ours, but old, or its counts are not known any more: the same password with a new nonce will do.
        case stale
        /// Seen before: somebody repeats what another said.
        case replayed
    }

    /// One that was made here, for the host that it came from.
    package struct Nonce: Sendable {
        fileprivate let text: String
        /// ms since `epoch`.
        fileprivate let made: UInt64
    }

    /// How long a nonce may be used.
    package static let lifetime: Duration = .seconds(300)
    /// Nonces whose counts are remembered.
    package static let remembered = 20_000

    private let key: SymmetricKey
    private let epoch: ContinuousClock.Instant
    private var counts: [String: Counts] = [:]
    /// Nonces in `counts` in the order of their first use, those before `head` forgotten.
    private var order: [Nonce] = []
    private var head = 0
    /// Nonces made earlier are stale: their counts may have been forgotten, ms since `epoch`.
    private var floor: UInt64 = 0

    private struct Counts {
        var highest: UInt32
        /// Bit n: the count n below the highest has been seen.
        var seen: UInt64
    }

    package init(now: ContinuousClock.Instant) {
        key = SymmetricKey(size: .bits256)
        epoch = now
    }

    /// A new nonce.
    ///
    /// - Parameter source: the host that it is for.
    package func issue(to source: String, now: ContinuousClock.Instant) -> String {
        text(time: milliseconds(now), salt: .random(in: 0 ... .max), source: source)
    }

    /// - Parameter source: the host that it came from.
    /// - Returns: nil for one that was not made here, or for another host; however old it is.
    package func recognize(_ text: String, from source: String) -> Nonce? {
        let bytes = Array(text.utf8)
        guard bytes.count == 64, let time = UInt64(String(decoding: bytes[..<16], as: UTF8.self), radix: 16),
            let salt = UInt64(String(decoding: bytes[16..<32], as: UTF8.self), radix: 16),
            constantTimeEqual(self.text(time: time, salt: salt, source: source), text)
        else { return nil }
        return Nonce(text: text, made: time)
    }

    /// Judges a nonce that came in credentials that are right, and remembers its count.
    ///
    /// - Parameter count: `nc`; 1 where a client sends none, which may use a nonce only once.
    package mutating func use(_ nonce: Nonce, count: UInt32, now: ContinuousClock.Instant) -> Verdict {
        let time = nonce.made
        let present = milliseconds(now)
        guard time >= floor, present >= time, present - time <= UInt64(Self.lifetime.components.seconds) * 1000 else {
            return .stale
        }
        guard count > 0 else { return .replayed }
        guard var counts = counts[nonce.text] else {
            remember(nonce)
            self.counts[nonce.text] = Counts(highest: count, seen: 1)
            return .fresh
        }
        if count > counts.highest {
            let step = count - counts.highest
            counts.seen = step >= 64 ? 1 : counts.seen << UInt64(step) | 1
            counts.highest = count
        } else {
            let back = counts.highest - count
            guard back < 64, counts.seen & (1 << UInt64(back)) == 0 else { return .replayed }
            counts.seen |= 1 << UInt64(back)
        }
        self.counts[nonce.text] = counts
        return .fresh
    }

    private mutating func remember(_ nonce: Nonce) {
        order.append(nonce)
        guard counts.count >= Self.remembered else { return }
        let oldest = order[head]
        head += 1
        counts[oldest.text] = nil
        // Whoever comes with it again must not find its counts unknown and be believed.
        floor = max(floor, oldest.made + 1)
        if head >= Self.remembered {
            order.removeFirst(head)
            head = 0
        }
    }

    // MARK: Text

    private func milliseconds(_ now: ContinuousClock.Instant) -> UInt64 {
        let passed = epoch.duration(to: now).components
        return UInt64(max(0, passed.seconds)) * 1000 + UInt64(max(0, passed.attoseconds)) / 1_000_000_000_000_000
    }

    private func text(time: UInt64, salt: UInt64, source: String) -> String {
        let body = Self.digits(time) + Self.digits(salt)
        let seal = HMAC<SHA256>.authenticationCode(for: Array((body + source).utf8), using: key)
        return body + DigestAlgorithm.hexadecimal(seal.prefix(16))
    }

    private static func digits(_ number: UInt64) -> String {
        let text = String(number, radix: 16)
        return String(repeating: "0", count: 16 - text.count) + text
    }
}

/// Compares without telling by its time where two texts differ.
package func constantTimeEqual(_ left: String, _ right: String) -> Bool {
    let (left, right) = (Array(left.utf8), Array(right.utf8))
    guard left.count == right.count else { return false }
    var difference: UInt8 = 0
    for (a, b) in zip(left, right) { difference |= a ^ b }
    return difference == 0
}
