// SPDX-License-Identifier: GPL-3.0-or-later

/// To tags for answers without a transaction: the same request gets the same tag each time (RFC 3261 §8.2.7).
enum StatelessTag {
    private static let salt = UInt64.random(in: .min ... .max)

    static func make(_ request: some SIPMessageFields) -> String {
        // FNV-1a: spread is all that is asked of it, the salt makes it unpredictable from outside.
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325 ^ salt
        for name in ["Call-ID", "Via", "From", "CSeq"] {
            for byte in (request.headers.first(name) ?? "").utf8 {
                hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
            }
        }
        return String(hash, radix: 36)
    }
}
