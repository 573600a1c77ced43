// SPDX-License-Identifier: GPL-3.0-or-later

import RTP

// Packets that a receiver asks for again.
extension VideoForwarder {
    /// Where the packet that has, or would have had, the outgoing number `sequence` came from; nil where that is not
    /// remembered, or was a parameter set. Holes are answered too: the source may have sent it again since.
    package func origin(of sequence: UInt16) -> ForwardOrigin? {
        guard let (found, incoming) = find(sequence) else { return nil }
        return ForwardOrigin(
            source: found.source, ssrc: found.ssrc, sequenceNumber: UInt16(truncatingIfNeeded: incoming))
    }

    /// The rewriting of a packet that is sent again under the outgoing number `sequence`, the same as the first time.
    /// - Returns: nil where the packet is not the one that `origin` named, or its codec is not taken any more.
    package func resend(_ packet: VideoPacket, as sequence: UInt16) -> ForwardedPacket? {
        guard let (found, incoming) = find(sequence), packet.header.ssrc == found.ssrc,
            packet.header.sequenceNumber == UInt16(truncatingIfNeeded: incoming),
            let payloadType = configuration.payloadTypes[packet.codec]
        else { return nil }
        let header = packet.header
        var sent = ForwardedPacket(
            payloadType: payloadType, marker: header.marker, sequenceNumber: sequence,
            timestamp: header.timestamp &+ found.timestampOffset, ssrc: configuration.ssrc,
            contributor: found.contributor, rest: header.payload)
        guard var descriptor = packet.vp8 else { return sent }
        if let number = descriptor.pictureID, let pictures = found.pictures {
            descriptor.pictureID = pictures.mapped(number)
            descriptor.isLongPictureID = true
        }
        if let number = descriptor.baseLayerIndex, let layers = found.baseLayers {
            descriptor.baseLayerIndex = UInt8(truncatingIfNeeded: layers.mapped(UInt16(number)))
        }
        if let number = descriptor.keyIndex, let keys = found.keyframes {
            descriptor.keyIndex = UInt8(truncatingIfNeeded: keys.mapped(UInt16(number)))
        }
        sent.descriptor = descriptor
        sent.rest = (header.payload.lowerBound + packet.descriptorSize)..<header.payload.upperBound
        return sent
    }

    private func find(_ sequence: UInt16) -> (run: ForwardRun, incoming: Int64)? {
        guard let run else { return nil }
        let distance = UInt16(truncatingIfNeeded: run.newestOutgoing).sequenceDistance(to: sequence)
        let outgoing = run.newestOutgoing + Int64(distance)
        if (run.firstOutgoing...run.newestOutgoing).contains(outgoing) {
            return (run, outgoing - run.sequenceOffset)
        }
        for old in past.reversed() where (old.firstOutgoing...old.newestOutgoing).contains(outgoing) {
            return (old, outgoing - old.sequenceOffset)
        }
        return nil
    }
}
