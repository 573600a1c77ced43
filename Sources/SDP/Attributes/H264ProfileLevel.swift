// SPDX-License-Identifier: GPL-3.0-or-later

/// The sub-profile that a `profile-level-id` stands for (RFC 6184 §8.1, table 5): different bytes may mean the same one.
package enum H264Profile: Hashable, Sendable {
    case constrainedBaseline
    case baseline
    case main
    case extended
    case high
    /// High without what costs delay: no interlacing, no B slices.
    case constrainedHigh
    /// One that table 5 does not have, by its bytes.
    case other(idc: UInt8, constraints: UInt8)

    init(idc: UInt8, constraints: UInt8) {
        switch (idc, constraints) {
        case (0x42, let bits) where bits & 0x4F == 0x40: self = .constrainedBaseline
        case (0x4D, let bits) where bits & 0x8F == 0x80: self = .constrainedBaseline
        case (0x58, let bits) where bits & 0xCF == 0xC0: self = .constrainedBaseline
        case (0x42, let bits) where bits & 0x4F == 0: self = .baseline
        case (0x58, let bits) where bits & 0xCF == 0x80: self = .baseline
        case (0x4D, let bits) where bits & 0xAF == 0: self = .main
        case (0x58, let bits) where bits & 0xCF == 0: self = .extended
        case (0x64, 0): self = .high
        case (0x64, 0x0C): self = .constrainedHigh
        default: self = .other(idc: idc, constraints: constraints)
        }
    }

    /// Whether a stream may be exchanged between the two. Baseline counts as constrained baseline: Polycom, Cisco and
    /// Linphone say `4280…` and use none of the tools (FMO, ASO, redundant slices) that make the difference.
    package func isCompatible(with other: H264Profile) -> Bool {
        self == other || (isBaseline && other.isBaseline)
    }

    private var isBaseline: Bool { self == .baseline || self == .constrainedBaseline }
}

/// `profile-level-id` (RFC 6184 §8.1): three bytes in hexadecimal.
package struct H264ProfileLevel: Hashable, Sendable {
    /// What is meant where the parameter is absent: Baseline at level 1.
    package static let absent = H264ProfileLevel(profileIDC: 0x42, constraints: 0, levelIDC: 10)

    package var profileIDC: UInt8
    /// The constraint flags, `constraint_set0_flag` the most significant bit ("profile-iop").
    package var constraints: UInt8
    package var levelIDC: UInt8

    package init(profileIDC: UInt8, constraints: UInt8, levelIDC: UInt8) {
        self.profileIDC = profileIDC
        self.constraints = constraints
        self.levelIDC = levelIDC
    }

    /// nil for anything but six hexadecimal digits, of either case.
    package init?(parsing text: String) {
        guard let number = text.trimmed.hexadecimal(digits: 6) else { return nil }
        self.init(
            profileIDC: UInt8(number >> 16 & 0xFF), constraints: UInt8(number >> 8 & 0xFF),
            levelIDC: UInt8(number & 0xFF))
    }

    package var value: String {
        let number = UInt32(profileIDC) << 16 | UInt32(constraints) << 8 | UInt32(levelIDC)
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 6 - digits.utf8.count) + digits
    }

    package var profile: H264Profile {
        // In these three bit 4 belongs to the level and does not tell profiles apart (§8.2.2).
        let bits = hasLevel1bFlag ? constraints & ~Self.level1bFlag : constraints
        return H264Profile(idc: profileIDC, constraints: bits)
    }

    package var level: H264Level {
        get {
            let is1b = hasLevel1bFlag && levelIDC == 11 && constraints & Self.level1bFlag != 0
            return is1b ? .level1b : H264Level(idc: levelIDC)
        }
        set {
            levelIDC = newValue.idc
            guard hasLevel1bFlag else { return }
            constraints &= ~Self.level1bFlag
            if newValue == .level1b {
                constraints |= Self.level1bFlag
                levelIDC = 11
            }
        }
    }

    private static let level1bFlag: UInt8 = 0x10
    private var hasLevel1bFlag: Bool { [0x42, 0x4D, 0x58].contains(profileIDC) }
}
