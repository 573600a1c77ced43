// SPDX-License-Identifier: GPL-3.0-or-later

extension AudioCodec {
    /// RTP ticks of media in `payload`, from its form alone; 0 when it is no payload of this codec.
    func duration(of payload: UnsafeRawBufferPointer) -> Int {
        switch self {
        case .pcmu, .pcma, .g722: payload.count
        case .opus: unsafe OpusPacketShape(payload).map { $0.frames * $0.frameTicks } ?? 0
        }
    }
}

/// What the first bytes of an Opus packet say (RFC 6716 §3.1, §3.2).
struct OpusPacketShape: Hashable {
    let frames: Int
    /// Ticks of 48 kHz a frame.
    let frameTicks: Int
    private let configuration: UInt8
    private let firstFrame: UInt8?
    private let isStereo: Bool

    init?(_ payload: UnsafeRawBufferPointer) {
        guard let first = unsafe payload.first else { return nil }
        configuration = first >> 3
        isStereo = first & 4 != 0
        switch configuration {
        case 0..<12: frameTicks = configuration & 3 == 3 ? 2880 : 480 << Int(configuration & 3)
        case 12..<16: frameTicks = configuration & 1 == 0 ? 480 : 960
        default: frameTicks = 120 << Int(configuration & 3)
        }
        switch first & 3 {
        case 0: frames = 1
        case 1, 2: frames = 2
        default:
            guard payload.count > 1, unsafe payload[1] & 0x3F != 0 else { return nil }
            frames = unsafe Int(payload[1] & 0x3F)
        }
        guard frames * frameTicks <= 5760 else { return nil }
        firstFrame = first & 3 < 2 && payload.count > 1 ? unsafe payload[1] : nil
    }

    /// Whether the sender's codec took the packet for a voice (RFC 6716 §4.2.3): nil where that cannot be told from its
    /// first frame's head, the packet being CELT-only or its first frame behind a length field, or quiet with more frames
    /// or another channel after it.
    var hasVoice: Bool? {
        guard configuration < 16, let firstFrame else { return nil }
        let isFlagged = firstFrame >> UInt8(8 - max(1, frameTicks / 960)) != 0
        return isFlagged ? true : frames == 1 && !isStereo ? false : nil
    }

    /// Whether the packet carries a copy of the one before it: the LBRR flag, which follows one voice activity flag for
    /// each 20 ms (RFC 6716 §4.2.3); CELT-only packets have none. Frames behind a length field are not looked into.
    var carriesRedundancy: Bool {
        guard configuration < 16, let firstFrame else { return false }
        let voiceFlags = max(1, frameTicks / 960)
        return firstFrame >> UInt8(7 - voiceFlags) & 1 == 1
    }
}
