// SPDX-License-Identifier: GPL-3.0-or-later

import Picture
import RTP
import SDP
import Video

/// What a test member is sent on one video line, decoded.
struct MemberScreen: ~Copyable {
    private(set) var remoteSSRC: UInt32 = 0
    private(set) var newest: UInt16 = 0
    var wantedAgain: UInt16?
    var commands: UInt8 = 0
    private var assembler: FrameAssembler?
    private var decoder: (any VideoDecoder)?
    private var nextAsk: MediaInstant?

    mutating func begin(_ codec: VideoCodecDescription) {
        let kind: VideoCodec = codec.isH264 ? .h264 : .vp8
        // Pictures may come before the answer that agrees on them is heard of, and are not to be begun with again then.
        guard assembler?.codec != (codec.isH264 ? .h264 : .vp8) else { return }
        decoder = try? kind.makeDecoder()
        assembler = FrameAssembler(codec: codec.isH264 ? .h264 : .vp8)
    }

    /// Takes a packet.
    /// - Returns: whether a key frame is needed.
    mutating func take(
        _ header: RTPHeader, _ bytes: [UInt8], _ agreed: NegotiatedVideo?, _ sights: inout MemberVideo.Sights,
        now: MediaInstant
    ) -> Bool {
        sights.packets += 1
        if agreed?.receiveRetransmissions[header.payloadType] != nil {
            guard let original = RetransmissionPacket.originalSequenceNumber(of: header, in: bytes.span) else {
                return false
            }
            sights.retransmitted += 1
            if original == wantedAgain { sights.repeated += 1 }
            return false
        }
        sights.sources.insert(header.ssrc)
        if let name = header.extensionElement(MemberVideo.nameExtension, in: bytes.span) {
            sights.names[String(decoding: bytes[name], as: UTF8.self), default: 0] += 1
        }
        sights.contributor = header.contributingSource(0, in: bytes.span)
        remoteSSRC = header.ssrc
        newest = header.sequenceNumber
        if newest == wantedAgain {
            sights.repeated += 1
            wantedAgain = nil
        }
        guard let codec = agreed?.receivePayloadTypes[header.payloadType] else { return false }
        if assembler?.codec != (codec.isH264 ? .h264 : .vp8) { begin(codec) }
        assembler?.insert(header, datagram: bytes.span, now: now)
        return show(&sights, now: now)
    }

    private mutating func show(_ sights: inout MemberVideo.Sights, now: MediaInstant) -> Bool {
        var needsKeyframe = false
        while let output = assembler?.next(now: now) {
            switch output {
            case .keyframeNeeded:
                decoder?.missedFrames()
                needsKeyframe = true
            case .frame(let frame):
                let decoded = assembler?.withFrame { bytes in
                    try? decoder?.decode(bytes, timestamp: frame.timestamp)
                }
                guard let picture = decoded else {
                    sights.broken += 1
                    needsKeyframe = true
                    continue
                }
                sights.pictures += 1
                sights.last = .now
                sights.picture = SharedPicture(picture)
                sights.size = picture.size
                sights.note(TestPattern.color(of: picture), TestPattern.clock(of: picture))
            }
        }
        guard needsKeyframe, now >= nextAsk ?? now else { return false }
        nextAsk = now.advanced(byMilliseconds: 500)
        return true
    }
}

extension MemberVideo.Sights {
    fileprivate mutating func note(_ color: PictureColor?, _ clock: UInt32?) {
        self.color = color
        self.clock = clock
        guard let color else { return }
        guard let known = colors.firstIndex(where: { $0.isLike(color) }) else {
            colors.append(color)
            clocks.append(clock ?? 0)
            return
        }
        guard let clock else { return }
        if clock < clocks[known] { rewound += 1 }
        clocks[known] = clock
    }
}
