// SPDX-License-Identifier: GPL-3.0-or-later

import RTP

/// The octets before the VP8 data in each payload (RFC 7741 §4.2).
///
/// ```
///      |X|R|N|S|R| PID |            X: extended control bits follow
///   X: |I|L|T|K| RSV   |
///   I: |M| PictureID   |            7 bits, or 15 with M
///   L: |   TL0PICIDX   |
/// T/K: |TID|Y| KEYIDX  |
/// ```
package struct VP8PayloadDescriptor: Hashable, Sendable {
    /// The most octets that one takes.
    package static let maximumSize = 6

    /// N: nothing refers to this frame.
    package var isNonReference = false
    /// S: the payload begins with the beginning of a partition.
    package var startsPartition = false
    /// PID: the partition of the payload's first octet, 0–7.
    package var partition: UInt8 = 0
    /// The running number of the frame; nil where it is not sent.
    package var pictureID: UInt16?
    /// M: the picture ID has 15 bits, not 7.
    package var isLongPictureID = true
    /// TL0PICIDX: the running number of the base-layer frame that this one is or rests on.
    package var baseLayerIndex: UInt8?
    /// TID: the temporal layer, 0–3; nil without T.
    package var temporalLayer: UInt8?
    /// Y: rests on the base layer alone.
    package var isLayerSync = false
    /// KEYIDX: the running number of the key frame, 0–31; nil without K.
    package var keyIndex: UInt8?

    package init() {}

    /// The payload is the beginning of a frame: S with partition 0 (§4.5.1).
    package var startsFrame: Bool { startsPartition && partition == 0 }

    private var hasExtension: Bool {
        pictureID != nil || baseLayerIndex != nil || temporalLayer != nil || keyIndex != nil
    }

    /// Octets on the wire.
    package var size: Int {
        guard hasExtension else { return 1 }
        var size = 2
        if pictureID != nil { size += isLongPictureID ? 2 : 1 }
        if baseLayerIndex != nil { size += 1 }
        if temporalLayer != nil || keyIndex != nil { size += 1 }
        return size
    }

    /// Reads the descriptor at the beginning of `payload`.
    /// - Returns: it with the octets that it took, at most `payload.count`; nil where the payload is too short.
    package static func parse(_ payload: Span<UInt8>) -> (descriptor: VP8PayloadDescriptor, size: Int)? {
        guard payload.count >= 1 else { return nil }
        let first = payload[0]
        var read = VP8PayloadDescriptor()
        read.isNonReference = first & 0x20 != 0
        read.startsPartition = first & 0x10 != 0
        read.partition = first & 0x07
        guard first & 0x80 != 0 else { return (read, 1) }
        guard payload.count >= 2 else { return nil }
        let bits = payload[1]
        var offset = 2
        if bits & 0x80 != 0 {
            guard payload.count > offset else { return nil }
            let high = payload[offset]
            read.isLongPictureID = high & 0x80 != 0
            if read.isLongPictureID {
                guard payload.count > offset + 1 else { return nil }
                read.pictureID = payload.bigEndianUInt16(at: offset) & 0x7FFF
                offset += 2
            } else {
                read.pictureID = UInt16(high)
                offset += 1
            }
        }
        if bits & 0x40 != 0 {
            guard payload.count > offset else { return nil }
            read.baseLayerIndex = payload[offset]
            offset += 1
        }
        if bits & 0x30 != 0 {
            guard payload.count > offset else { return nil }
            if bits & 0x20 != 0 { read.temporalLayer = payload[offset] >> 6 }
            read.isLayerSync = payload[offset] & 0x20 != 0
            if bits & 0x10 != 0 { read.keyIndex = payload[offset] & 0x1F }
            offset += 1
        }
        return (read, offset)
    }

    /// Writes `size` octets at `offset`, which the caller has checked to fit.
    package func write(into buffer: inout MutableSpan<UInt8>, at offset: Int) {
        buffer[offset] =
            (hasExtension ? 0x80 : 0) | (isNonReference ? 0x20 : 0) | (startsPartition ? 0x10 : 0) | partition & 0x07
        guard hasExtension else { return }
        buffer[offset + 1] =
            (pictureID != nil ? 0x80 : 0) | (baseLayerIndex != nil ? 0x40 : 0) | (temporalLayer != nil ? 0x20 : 0)
            | (keyIndex != nil ? 0x10 : 0)
        var place = offset + 2
        if let pictureID {
            if isLongPictureID {
                buffer.setBigEndian(pictureID | 0x8000, at: place)
                place += 2
            } else {
                buffer[place] = UInt8(truncatingIfNeeded: pictureID & 0x7F)
                place += 1
            }
        }
        if let baseLayerIndex {
            buffer[place] = baseLayerIndex
            place += 1
        }
        if temporalLayer != nil || keyIndex != nil {
            buffer[place] = (temporalLayer ?? 0) << 6 | (isLayerSync ? 0x20 : 0) | (keyIndex ?? 0) & 0x1F
        }
    }
}
