// SPDX-License-Identifier: GPL-3.0-or-later

import Geometry
package import RTP

// From packets in order to pictures.
extension FrameAssembler {
    /// What comes next, nil where nothing does for now. To be called until nil after each packet, and at
    /// `nextDeadline`.
    package func next(now: MediaInstant) -> AssemblerOutput? {
        while true {
            if let gap {
                self.gap = nil
                // A key frame that is here already makes up for it.
                if needsKeyframe { return .keyframeNeeded(gap) }
            }
            guard !needsKeyframe else {
                missedSince = nil
                return nil
            }
            switch scan() {
            case .frame(let end):
                if let frame = assemble(through: end) { return .frame(frame) }
            case .malformed(let end):
                giveUp(to: end + 1, because: .malformed)
            case .missing(let sequence):
                let newest = unwrapper.highest ?? sequence
                guard sequence <= newest else {
                    missedSince = nil
                    return nil
                }
                let since = missedSince ?? now
                missedSince = since
                guard newest - sequence >= Int64(window) || now.milliseconds(since: since) >= patience else {
                    return nil
                }
                giveUp(to: sequence + 1, because: .loss)
            }
        }
    }

    private enum Scan {
        /// The frame from `floor` to this packet is whole.
        case frame(Int64)
        case malformed(Int64)
        /// This packet is not here.
        case missing(Int64)
    }

    private func scan() -> Scan {
        while let tag = ring.tag(scanned) {
            if tag.isEmpty {
                if scanned == floor {
                    ring.remove(floor)
                    floor += 1
                }
                advance()
                continue
            }
            if scanned == floor {
                guard tag.startsFrame else { return .malformed(scanned) }
            } else if let first = ring.tag(floor), first.timestamp != tag.timestamp {
                // The last packet had no marker. VP8 must have one (RFC 7741 §4.1), so this is the rest of a stream
                // that was switched away; of H.264 it is only expected (RFC 6184 §5.1), and fragments know their end.
                return codec == .h264 ? .frame(scanned - 1) : .malformed(scanned - 1)
            }
            guard !tag.marker else { return .frame(scanned) }
            advance()
        }
        return .missing(scanned)
    }

    private func advance() {
        scanned += 1
        missedSince = nil
    }

    /// Gives up everything below `sequence`; goes on with the first key frame that is here from there on.
    func giveUp(to sequence: Int64, because reason: AssemblerGap) {
        note(reason)
        let newest = unwrapper.highest ?? sequence
        let start = max(floor, newest - Int64(ring.capacity) + 1)
        if start < sequence {
            for given in start..<sequence { ring.remove(given) }
        }
        floor = sequence
        scanned = sequence
        missedSince = nil
        needsKeyframe = true
        var candidate = sequence
        while candidate <= newest {
            if ring.tag(candidate)?.startsKeyframe == true {
                begin(at: candidate)
                return
            }
            candidate += 1
        }
    }

    /// A key frame begins at `sequence`; what came before it is not needed any more.
    func begin(at sequence: Int64) {
        floor = sequence
        scanned = sequence
        missedSince = nil
        needsKeyframe = false
    }

    func note(_ reason: AssemblerGap) {
        gap = reason
        gaps[reason.rawValue] += 1
    }

    private func assemble(through end: Int64) -> AssembledFrame? {
        bytes.removeAll(keepingCapacity: true)
        var isWhole = true
        var isKeyframe = false
        var size: PictureSize?
        var arrival = MediaInstant.zero
        let timestamp = ring.tag(floor)?.timestamp ?? 0
        var fragment: H264UnitType?
        for sequence in floor...end {
            guard let tag = ring.tag(sequence), !tag.isEmpty else { continue }
            isKeyframe = isKeyframe || tag.startsKeyframe
            if tag.width > 0 { size = PictureSize(Int(tag.width), Int(tag.height)) }
            arrival = max(arrival, tag.arrival)
            switch codec {
            case .h264: isWhole = appendUnits(of: sequence, fragment: &fragment) && isWhole
            default:
                isWhole = tag.descriptorSize > 0 && isWhole
                ring.append(Int(tag.descriptorSize)..<Int.max, of: sequence, to: &bytes)
            }
        }
        guard isWhole, fragment == nil, !bytes.isEmpty else {
            giveUp(to: end + 1, because: .malformed)
            return nil
        }
        let packets = Int(end - floor + 1)
        for sequence in floor...end { ring.remove(sequence) }
        floor = end + 1
        scanned = floor
        missedSince = nil
        frames += 1
        return AssembledFrame(
            timestamp: timestamp, isKeyframe: isKeyframe, pictureSize: size, size: bytes.count, packets: packets,
            arrival: arrival)
    }

    /// Appends the NAL units of one packet with their start codes; `fragment` is the one that is open between packets.
    /// - Returns: false where they do not continue what came before, or cannot be read.
    private func appendUnits(of sequence: Int64, fragment: inout H264UnitType?) -> Bool {
        var reader = H264PayloadReader()
        var isReadable = true
        while true {
            let piece = ring.withPayload(sequence) { payload -> H264Piece? in
                do throws(H264PayloadError) {
                    return try reader.next(in: payload)
                } catch {
                    isReadable = false
                    return nil
                }
            }
            guard let found = piece, let piece = found else { return isReadable }
            guard piece.begins == (fragment == nil), piece.begins || piece.type == fragment else { return false }
            if piece.begins {
                bytes.append(0)
                bytes.append(0)
                bytes.append(0)
                bytes.append(1)
                bytes.append(piece.header)
            }
            ring.append(piece.body, of: sequence, to: &bytes)
            fragment = piece.ends ? nil : piece.type
        }
    }
}
