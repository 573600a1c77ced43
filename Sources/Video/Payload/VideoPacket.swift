// SPDX-License-Identifier: GPL-3.0-or-later

package import Geometry
package import RTP

/// What there is to know of one RTP packet with video, read once when it comes and used for every receiver. Copyable,
/// without references.
package struct VideoPacket: Hashable, Sendable {
    package var header: RTPHeader
    package var codec: PayloadFormat
    /// The first packet of a picture that a decoder can begin with. With H.264 also one that only holds a sequence
    /// parameter set, because that stands before such a picture.
    package var startsKeyframe = false
    /// The size that a key frame states, where its packet says it (VP8, H.264).
    package var pictureSize: PictureSize?
    /// H.264: begins an IDR picture without the sequence parameter set in the same packet. Where no packet of the same
    /// picture had it before, whoever begins here needs `H264ParameterSets`.
    package var lacksParameterSets = false
    /// H.264: an aggregate or fragment, which a receiver of packetization-mode 0 cannot read.
    package var needsNonInterleavedMode = false
    /// VP8: the payload descriptor; nil where it cannot be read.
    package var vp8: VP8PayloadDescriptor?
    /// VP8: octets that it takes at the beginning of the payload.
    package var descriptorSize = 0

    /// Reads the packet whose header has been parsed from `datagram`. Never fails: what cannot be read starts nothing.
    /// No allocation.
    package init(_ header: RTPHeader, codec: PayloadFormat, datagram: Span<UInt8>) {
        self.header = header
        self.codec = codec
        guard header.payload.upperBound <= datagram.count, !header.payload.isEmpty else { return }
        let payload = datagram.extracting(header.payload)
        switch codec {
        case .vp8:
            guard let (descriptor, size) = VP8PayloadDescriptor.parse(payload) else { return }
            vp8 = descriptor
            descriptorSize = size
            guard descriptor.startsFrame, let frame = VP8FrameHeader(payload.extracting(size..<payload.count)) else {
                return
            }
            startsKeyframe = frame.isKeyframe
            pictureSize = frame.pictureSize
        case .h264:
            let contents = H264Contents(payload)
            startsKeyframe = contents.startsKeyframe
            pictureSize = contents.pictureSize
            lacksParameterSets = contents.startsKeyframe && !contents.hasSequenceParameterSet
            needsNonInterleavedMode = contents.needsNonInterleavedMode
        case .vp9:
            startsKeyframe = VP9PayloadDescriptor.startsKeyframe(payload)
        case .av1:
            startsKeyframe = AV1AggregationHeader.startsKeyframe(payload)
        }
    }
}
