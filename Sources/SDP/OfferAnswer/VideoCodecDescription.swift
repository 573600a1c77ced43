// SPDX-License-Identifier: GPL-3.0-or-later

/// A video codec as SDP names it. The clock is 90 kHz for all of them.
package struct VideoCodecDescription: Hashable, Sendable {
    /// Lower case: `vp8`, `h264`, `vp9`, `av1`, `rtx`.
    package var encodingName: String
    /// Of the RTP timestamp, in Hz.
    package var clockRate: Int
    package var fmtp: FormatParameters

    package init(encodingName: String, clockRate: Int = 90_000, fmtp: FormatParameters = FormatParameters()) {
        self.encodingName = encodingName
        self.clockRate = clockRate
        self.fmtp = fmtp
    }

    /// 1280 × 720 at 30 pictures a second at most.
    package static let vp8 = VideoCodecDescription(
        encodingName: "vp8", fmtp: FormatParameters(parsing: "max-fr=30;max-fs=3600"))
    /// Constrained baseline at level 3.1 with fragments and aggregation.
    package static let h264 = VideoCodecDescription(
        encodingName: "h264",
        fmtp: FormatParameters(parsing: "profile-level-id=42e01f;packetization-mode=1;level-asymmetry-allowed=1"))
    /// The same in single NAL units, for phones that know no other mode.
    package static let h264SingleNALUnit = VideoCodecDescription(
        encodingName: "h264", fmtp: FormatParameters(parsing: "profile-level-id=42e01f;level-asymmetry-allowed=1"))
    /// This format with as large pictures as 1920 × 1080, of what we ask for. In a bundle it keeps its payload type: a receiver's limits do not
    /// make another codec of it.
    var forScreens: VideoCodecDescription {
        var larger = self
        for index in fmtp.parameters.indices {
            switch fmtp.parameters[index].name {
            case "max-fs": larger.fmtp.parameters[index].value = "8160"
            case "profile-level-id":
                guard var profileLevel = h264Parameters?.profileLevel else { continue }
                profileLevel.level = max(profileLevel.level, H264Level(idc: 40))
                larger.fmtp.parameters[index].value = profileLevel.value
            default: continue
            }
        }
        return larger
    }

    package static let vp9 = VideoCodecDescription(
        encodingName: "vp9", fmtp: FormatParameters(parsing: "profile-id=0"))
    package static let av1 = VideoCodecDescription(encodingName: "av1")

    /// Retransmission of the format `apt` (RFC 4588 §8.1).
    static func retransmission(of apt: UInt8) -> VideoCodecDescription {
        VideoCodecDescription(encodingName: "rtx", fmtp: FormatParameters(parsing: "apt=\(apt)"))
    }

    package var isH264: Bool { encodingName == "h264" }
    package var isRetransmission: Bool { encodingName == "rtx" }
    /// Repairs other formats, and is never sent by itself: RTX, RED, FEC.
    var isRepair: Bool { ["rtx", "red", "ulpfec", "flexfec", "flexfec-03"].contains(encodingName) }

    /// What a retransmission retransmits.
    package var associatedPayloadType: UInt8? {
        isRetransmission ? fmtp.value("apt").flatMap { RTPMap.payloadType($0) } : nil
    }

    /// nil for other codecs.
    package var h264Parameters: H264Parameters? { isH264 ? H264Parameters(fmtp) : nil }

    /// Whether what one side sends in this format the other can take as its own: for H.264 the same packetization mode
    /// and a compatible profile, whatever the level (RFC 6184 §8.2.2); VP8 always, its parameters being the receiver's
    /// limits; VP9 and AV1 of the same profile, all else of theirs being such limits too (RFC 9628 §6, AV1 RTP §7.2.1);
    /// others when the parameters are equal, which is all we understand of them.
    package func isSameFormat(as other: VideoCodecDescription) -> Bool {
        guard encodingName == other.encodingName, clockRate == other.clockRate else { return false }
        // Offers are compared format by format with all that the session has had: most of them are as they were.
        guard fmtp != other.fmtp else { return true }
        switch encodingName {
        case "vp8": return true
        case "h264":
            return H264Parameters.packetizationMode(in: fmtp) == H264Parameters.packetizationMode(in: other.fmtp)
                && H264Parameters.profileLevel(in: fmtp).profile
                    .isCompatible(with: H264Parameters.profileLevel(in: other.fmtp).profile)
        case "vp9": return fmtp.value("profile-id") ?? "0" == other.fmtp.value("profile-id") ?? "0"
        case "av1": return fmtp.value("profile") ?? "0" == other.fmtp.value("profile") ?? "0"
        default: return comparable == other.comparable
        }
    }

    /// Parameters by lower-case name.
    private var comparable: [String: String] {
        let stated = fmtp.parameters.map { ($0.name.lowercased(), $0.value ?? "") }
        return Dictionary(stated) { _, last in last }
    }

    /// Reads a map; a clock that is not 90 kHz stays and will match nothing.
    init(_ map: RTPMap, fmtp: FormatParameters) {
        self.init(encodingName: map.encodingName.lowercased(), clockRate: map.clockRate, fmtp: fmtp)
    }

    func rtpMap(payloadType: UInt8) -> RTPMap {
        RTPMap(
            payloadType: payloadType, encodingName: isRetransmission ? encodingName : encodingName.uppercased(),
            clockRate: clockRate)
    }

    /// This format as we write it in answer to `offered`, which is the same format: parameters of the format itself as they
    /// were offered, those of a receiver ours (RFC 6184 §8.2.2).
    func answering(_ offered: VideoCodecDescription, direction: MediaDirection) -> VideoCodecDescription {
        guard let ours = h264Parameters, let theirs = offered.h264Parameters else {
            return isKnown ? self : offered
        }
        var profileLevel = theirs.profileLevel
        profileLevel.level =
            theirs.levelAsymmetryAllowed && ours.levelAsymmetryAllowed
            ? ours.profileLevel.level : min(ours.profileLevel.level, profileLevel.level)
        var parameters = [FormatParameters.Parameter("profile-level-id", profileLevel.value)]
        // A mode that was left out stays out: some phones refuse what they did not say.
        if let mode = offered.fmtp.value("packetization-mode") { parameters.append(.init("packetization-mode", mode)) }
        if theirs.levelAsymmetryAllowed && ours.levelAsymmetryAllowed {
            parameters.append(.init("level-asymmetry-allowed", "1"))
        }
        let settled: Set<String> = ["profile-level-id", "packetization-mode", "level-asymmetry-allowed"]
        parameters += fmtp.parameters.filter { parameter in
            let name = parameter.name.lowercased()
            return !settled.contains(name)
                && (direction.receives || !H264Parameters.receiverParameters.contains(name))
        }
        return VideoCodecDescription(
            encodingName: encodingName, clockRate: clockRate, fmtp: FormatParameters(parameters))
    }

    private var isKnown: Bool { encodingName == "vp8" || isH264 }
}

/// A payload type and what it stands for.
package struct VideoFormat: Hashable, Sendable {
    package var payloadType: UInt8
    package var codec: VideoCodecDescription

    package init(payloadType: UInt8, codec: VideoCodecDescription) {
        self.payloadType = payloadType
        self.codec = codec
    }
}
