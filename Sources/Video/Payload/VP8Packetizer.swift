// SPDX-License-Identifier: GPL-3.0-or-later

/// Cuts VP8 frames into RTP payloads (RFC 7741 §4.4), all packets of a frame about equally large. Partition boundaries
/// are not looked at: PID is 0 everywhere and S is set on the first packet alone, which §4.4 allows.
///
/// For each frame: `begin`, then `next` until nil. Allocates nothing.
package struct VP8Packetizer: Sendable {
    /// Octets of the largest payload, descriptor included.
    package let maximumPayload: Int
    /// The picture ID of the frame begun last, 15 bits.
    package private(set) var pictureID: UInt16

    private var isNonReference = false
    private var offset = 0
    private var chunk = 1

    /// - Parameter pictureID: that of the first frame; random by custom.
    package init(maximumPayload: Int = defaultVideoPayloadSize, pictureID: UInt16) {
        precondition(maximumPayload > VP8PayloadDescriptor.maximumSize, "no room for VP8 data beside its descriptor")
        self.maximumPayload = maximumPayload
        self.pictureID = (pictureID & 0x7FFF) &- 1 & 0x7FFF
    }

    /// Begins the next frame, of `size` octets.
    /// - Parameter isNonReference: the encoder says that nothing will refer to it (N).
    package mutating func begin(size: Int, isNonReference: Bool = false) {
        pictureID = (pictureID &+ 1) & 0x7FFF
        self.isNonReference = isNonReference
        offset = 0
        let room = maximumPayload - descriptor.size
        let packets = max(1, (size + room - 1) / room)
        chunk = max(1, (size + packets - 1) / packets)
    }

    /// Writes the next payload of `frame` at `place` of `buffer`, which must hold `maximumPayload` octets from there.
    /// - Returns: nil when the frame is done.
    package mutating func next(
        of frame: Span<UInt8>, into buffer: inout MutableSpan<UInt8>, at place: Int
    ) -> PacketizedPayload? {
        guard offset < frame.count else { return nil }
        let descriptor = descriptor
        let end = min(offset + chunk, frame.count)
        descriptor.write(into: &buffer, at: place)
        buffer.copy(frame.extracting(offset..<end), at: place + descriptor.size)
        let written = descriptor.size + end - offset
        offset = end
        return PacketizedPayload(size: written, isLast: end == frame.count)
    }

    private var descriptor: VP8PayloadDescriptor {
        var descriptor = VP8PayloadDescriptor()
        descriptor.isNonReference = isNonReference
        descriptor.startsPartition = offset == 0
        descriptor.pictureID = pictureID
        return descriptor
    }
}
