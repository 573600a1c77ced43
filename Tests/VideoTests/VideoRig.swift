// SPDX-License-Identifier: GPL-3.0-or-later

import RTP
import TestSupport
import Testing

@testable import Video

/// A datagram on its way, with its header read.
struct Datagram {
    var header: RTPHeader
    var bytes: [UInt8]

    init(
        sequence: UInt16, timestamp: UInt32 = 0, marker: Bool = false, ssrc: UInt32 = 1, payloadType: UInt8 = 96,
        payload: [UInt8]
    ) {
        bytes = [0x80, payloadType | (marker ? 0x80 : 0)]
        bytes += [UInt8(sequence >> 8), UInt8(sequence & 0xFF)]
        for shift in [24, 16, 8, 0] as [UInt32] { bytes.append(UInt8(timestamp >> shift & 0xFF)) }
        for shift in [24, 16, 8, 0] as [UInt32] { bytes.append(UInt8(ssrc >> shift & 0xFF)) }
        header = RTPHeader(
            payloadType: payloadType, marker: marker, sequenceNumber: sequence, timestamp: timestamp, ssrc: ssrc,
            payload: 12..<(12 + payload.count))
        bytes += payload
    }

    var payload: [UInt8] { Array(bytes[header.payload]) }

    func packet(_ codec: PayloadFormat) -> VideoPacket { VideoPacket(header, codec: codec, datagram: bytes.span) }
}

/// A VP8 frame of `size` octets: a true frame header, then noise.
func vp8Frame(keyframe: Bool, size: Int, width: Int = 640, height: Int = 360, seed: UInt64) -> [UInt8] {
    var random = SeededGenerator(seed: seed)
    let count = max(size, 10)
    let noise = (0..<(count + 7) / 8).map { _ in random.next() }
    var frame = noise.withUnsafeBytes { Array(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
    frame[0] = keyframe ? 0x10 : 0x11
    if keyframe {
        frame.replaceSubrange(
            3..<10,
            with: [
                0x9D, 0x01, 0x2A, UInt8(width & 0xFF), UInt8(width >> 8), UInt8(height & 0xFF), UInt8(height >> 8),
            ])
    }
    return frame
}

/// A camera that sends VP8, every picture 33 ms after the one before.
struct VP8Camera {
    var ssrc: UInt32
    var sequence: UInt16
    var timestamp: UInt32
    var packetizer: VP8Packetizer
    var payloadType: UInt8 = 96
    var seed: UInt64

    init(ssrc: UInt32, sequence: UInt16, timestamp: UInt32, pictureID: UInt16) {
        self.ssrc = ssrc
        self.sequence = sequence
        self.timestamp = timestamp
        packetizer = VP8Packetizer(maximumPayload: 200, pictureID: pictureID)
        seed = UInt64(ssrc) << 32
    }

    mutating func picture(keyframe: Bool, size: Int) -> (frame: [UInt8], packets: [Datagram]) {
        seed += 1
        let frame = vp8Frame(keyframe: keyframe, size: size, seed: seed)
        var packets: [Datagram] = []
        packetizer.begin(size: frame.count)
        var bytes = [UInt8](repeating: 0, count: 1500)
        var buffer = bytes.mutableSpan
        var written: [(PacketizedPayload, [UInt8])] = []
        while let payload = packetizer.next(of: frame.span, into: &buffer, at: 0) {
            written.append((payload, buffer.prefix(payload.size)))
        }
        for (payload, octets) in written {
            packets.append(
                Datagram(
                    sequence: sequence, timestamp: timestamp, marker: payload.isLast, ssrc: ssrc,
                    payloadType: payloadType, payload: octets))
            sequence &+= 1
        }
        timestamp &+= 2970
        return (frame, packets)
    }
}

extension MutableSpan<UInt8> {
    /// In one piece: octet by octet, copying would be most of what many tests do.
    fileprivate func prefix(_ count: Int) -> [UInt8] {
        withUnsafeBufferPointer { Array(UnsafeBufferPointer(rebasing: $0[..<count])) }
    }
}

/// The payloads of an access unit.
func h264Payloads(_ unit: [UInt8], mode: H264PacketizationMode, maximum: Int = 100) -> [(payload: [UInt8], last: Bool)]
{
    var packetizer = H264Packetizer(mode: mode, maximumPayload: maximum)
    packetizer.begin(unit.span)
    var bytes = [UInt8](repeating: 0, count: maximum + 3)
    var buffer = bytes.mutableSpan
    var payloads: [([UInt8], Bool)] = []
    while let payload = packetizer.next(of: unit.span, into: &buffer, at: 3) {
        payloads.append(((0..<payload.size).map { buffer[3 + $0] }, payload.isLast))
    }
    return payloads
}

/// 640x480, baseline, level 3.0; as x264 writes it.
let smallSequenceSet: [UInt8] = [0x67, 0x42, 0xC0, 0x1E, 0xD9, 0x00, 0xA0, 0x3D, 0xA1, 0x08]
let smallPictureSet: [UInt8] = [0x68, 0xCB, 0x83, 0xCB, 0x20]
let startCode: [UInt8] = [0, 0, 0, 1]

/// A slice of `size` octets without a start code in it.
func h264Slice(_ type: UInt8, size: Int, first: Bool = true, seed: UInt64) -> [UInt8] {
    var random = SeededGenerator(seed: seed)
    var slice = (0..<size).map { _ in UInt8.random(in: 4...255, using: &random) }
    slice[0] = 0x60 | type
    slice[1] = first ? 0x88 : 0x48
    return slice
}

func at(_ milliseconds: Int) -> MediaInstant { MediaInstant.zero.advanced(byMilliseconds: milliseconds) }

extension ForwardVerdict {
    var forwarded: ForwardedPacket? {
        if case .forward(let packet) = self { packet } else { nil }
    }
}

// `#expect` takes no spans and calls nothing that mutates.

func vp8Descriptor(of payload: [UInt8]) -> (descriptor: VP8PayloadDescriptor, size: Int)? {
    VP8PayloadDescriptor.parse(payload.span)
}

func sequenceParameterSet(_ bytes: [UInt8]) -> H264SequenceParameterSet? { H264SequenceParameterSet(bytes.span) }

func take(_ payload: [UInt8], into sets: inout H264ParameterSets) -> Bool { sets.take(payload.span) }

extension H264ParameterSets {
    /// The aggregate in a buffer of `room` octets.
    func aggregate(room: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: room)
        var buffer = bytes.mutableSpan
        guard let size = writeAggregate(into: &buffer, at: 0) else { return nil }
        return (0..<size).map { buffer[$0] }
    }
}

extension H264PayloadReader {
    mutating func next(in payload: [UInt8]) throws(H264PayloadError) -> H264Piece? { try next(in: payload.span) }
}

extension AnnexBReader {
    mutating func next(in stream: [UInt8]) -> Range<Int>? { next(in: stream.span) }
}
