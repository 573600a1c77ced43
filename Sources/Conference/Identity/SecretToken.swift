// SPDX-License-Identifier: GPL-3.0-or-later

/// What nobody can guess: whoever has it may do what it stands for.
package enum SecretToken {
    /// 128 random bits as letters and digits.
    package static func make() -> String {
        String(UInt64.random(in: 0 ... .max), radix: 36) + String(UInt64.random(in: 0 ... .max), radix: 36)
    }
}
