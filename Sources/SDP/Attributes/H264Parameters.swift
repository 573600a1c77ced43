// SPDX-License-Identifier: GPL-3.0-or-later

/// What an `a=fmtp` line of H.264 says (RFC 6184 §8.1). Values that cannot be read are as if absent.
package struct H264Parameters: Hashable, Sendable {
    package var profileLevel: H264ProfileLevel
    /// 0 single NAL units, which is what absence means; 1 with aggregation and fragments; 2 interleaved.
    package var packetizationMode: Int
    package var levelAsymmetryAllowed: Bool
    /// The highest level that may be received, where it is above that of `profileLevel`.
    package var maxRecvLevel: H264Level?
    /// Macroblocks a second, beyond those of the level.
    package var maxMBPS: Int?
    /// Macroblocks of a picture, beyond those of the level.
    package var maxFS: Int?
    /// Bits a second, beyond those of the level (1000 bits on the wire).
    package var maxBR: Int?
    /// Decoded picture buffer, beyond that of the level, in 8/3 of a macroblock.
    package var maxDPB: Int?

    package init(_ fmtp: FormatParameters) {
        profileLevel = Self.profileLevel(in: fmtp)
        packetizationMode = Self.packetizationMode(in: fmtp)
        levelAsymmetryAllowed = fmtp.number("level-asymmetry-allowed") == 1
        // Two bytes: constraint flags and level_idc.
        if let text = fmtp.value("max-recv-level"), let bytes = text.hexadecimal(digits: 4) {
            let highest = H264ProfileLevel(
                profileIDC: profileLevel.profileIDC, constraints: UInt8(bytes >> 8), levelIDC: UInt8(bytes & 0xFF)
            ).level
            maxRecvLevel = highest > profileLevel.level ? highest : nil
        }
        maxMBPS = fmtp.number("max-mbps")
        maxFS = fmtp.number("max-fs")
        maxBR = fmtp.number("max-br").flatMap { $0 < 1_000_000_000 ? $0 * 1_000 : nil }
        maxDPB = fmtp.number("max-dpb")
    }

    static func profileLevel(in fmtp: FormatParameters) -> H264ProfileLevel {
        fmtp.value("profile-level-id").flatMap { H264ProfileLevel(parsing: $0) } ?? .absent
    }

    static func packetizationMode(in fmtp: FormatParameters) -> Int { fmtp.number("packetization-mode") ?? 0 }

    /// Capability parameters, which describe a receiver and are not written where nothing is received (§8.2.2).
    static let receiverParameters: Set<String> = [
        "max-mbps", "max-smbps", "max-fs", "max-cpb", "max-dpb", "max-br", "redundant-pic-cap", "max-rcmd-nalu-size",
        "sar-understood", "sar-supported", "max-recv-level",
    ]

    /// The level that may be sent to whoever said `self`, when the other side said `ours`: with asymmetry allowed by both
    /// the highest it receives, else the lower of the two (§8.2.2).
    package func sendLevel(ours: H264Parameters) -> H264Level {
        levelAsymmetryAllowed && ours.levelAsymmetryAllowed
            ? maxRecvLevel ?? profileLevel.level : min(profileLevel.level, ours.profileLevel.level)
    }
}

/// What an `a=fmtp` line of VP8 says (RFC 7741 §6.1): the receiver's limits.
package struct VP8Parameters: Hashable, Sendable {
    /// Pictures a second.
    package var maxFrameRate: Int?
    /// Macroblocks of 16 × 16 in a picture.
    package var maxFrameSize: Int?

    package init(_ fmtp: FormatParameters) {
        maxFrameRate = fmtp.number("max-fr").flatMap { $0 > 0 ? $0 : nil }
        maxFrameSize = fmtp.number("max-fs").flatMap { $0 > 0 ? $0 : nil }
    }
}
