// SPDX-License-Identifier: GPL-3.0-or-later

/// Makes names for factory rooms that nobody guesses: 80 random bits as four groups of four letters and digits, without
/// the ones people mix up (`0 1 l o`): `k7xm-29qp-fhcd-zt4w`.
package struct RoomNameGenerator: Sendable {
    private static let alphabet = Array("abcdefghijkmnpqrstuvwxyz23456789")

    private var random: any RandomNumberGenerator & Sendable

    /// - Parameter random: The source of randomness. It must be unpredictable outside tests.
    package init(_ random: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()) {
        self.random = random
    }

    package mutating func next() -> String {
        var name = ""
        for index in 0..<16 {
            if index > 0, index % 4 == 0 { name.append("-") }
            let bits: UInt64 = random.next()
            name.append(Self.alphabet[Int(bits >> 59)])
        }
        return name
    }
}
