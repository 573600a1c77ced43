// SPDX-License-Identifier: GPL-3.0-or-later

/// The latest RTCP datagrams of a leg, both ways, for whoever asks why a call is as it is. Kept as they were, and read when asked:
/// noting one is a copy of its beginning, without an allocation.
package struct ControlHistory {
    /// One datagram.
    package struct Entry: Hashable, Sendable {
        package var at: MediaInstant
        package var isSent: Bool
        /// Its beginning, at most `longest` bytes.
        package var bytes: [UInt8]
    }

    package static let most = 16
    /// Bytes kept of one: a report, a name and two feedback messages.
    static let longest = 128

    private var bytes = [UInt8](repeating: 0, count: most * longest)
    private var places: [(at: MediaInstant, isSent: Bool, length: Int)] = []
    /// Which place is written next, once all are taken.
    private var oldest = 0

    package init() { places.reserveCapacity(Self.most) }

    package mutating func note(_ datagram: Span<UInt8>, isSent: Bool, at now: MediaInstant) {
        let length = min(datagram.count, Self.longest)
        var place = places.count
        if place < Self.most {
            places.append((now, isSent, length))
        } else {
            place = oldest
            places[place] = (now, isSent, length)
            oldest = (oldest + 1) % Self.most
        }
        for index in 0..<length { bytes[place * Self.longest + index] = datagram[index] }
    }

    /// Oldest first.
    package var entries: [Entry] {
        (places[oldest...] + places[..<oldest]).enumerated().map { index, place in
            let start = (oldest + index) % places.count * Self.longest
            return Entry(at: place.at, isSent: place.isSent, bytes: Array(bytes[start..<(start + place.length)]))
        }
    }
}

/// RTCP in words.
package enum ControlText {
    /// What a datagram says, its messages in their order; what was cut off is not said.
    /// - Parameter clockRate: Hz, of the streams that reports are about.
    package static func describe(_ bytes: [UInt8], clockRate: Int) -> String {
        let datagram = bytes.span
        var reader = RTCPCompoundReader()
        var parts: [String] = []
        while let packet = try? reader.next(in: datagram) {
            if let text = describe(packet, in: datagram, clockRate: clockRate) { parts.append(text) }
        }
        return parts.isEmpty ? "nothing that is known" : parts.joined(separator: "; ")
    }

    private static func describe(_ packet: RTCPPacket, in datagram: Span<UInt8>, clockRate: Int) -> String? {
        switch packet.type {
        case .senderReport:
            guard let report = SenderReport(packet, in: datagram) else { return nil }
            let blocks = blocks(packet, from: packet.body.lowerBound + 24, in: datagram, clockRate: clockRate)
            return "SR \(report.packetCount) packets sent" + blocks
        case .receiverReport:
            return "RR" + blocks(packet, from: packet.body.lowerBound + 4, in: datagram, clockRate: clockRate)
        // A name says nothing new.
        case .sourceDescription: return nil
        case .bye: return "BYE" + (packet.goodbyeReason(in: datagram).map { " (\($0))" } ?? "")
        case .applicationDefined: return "APP"
        case .extendedReport: return "XR"
        default: return RTCPFeedbackMessage(packet, in: datagram).map { describe($0, in: datagram) }
        }
    }

    private static func blocks(
        _ packet: RTCPPacket, from start: Int, in datagram: Span<UInt8>, clockRate: Int
    ) -> String {
        let blocks = (0..<Int(packet.count)).compactMap { ReportBlock(at: start + $0 * ReportBlock.size, in: datagram) }
        guard !blocks.isEmpty else { return "" }
        return ", "
            + blocks.map { block in
                let share = (Double(block.fractionLost) / 256 * 1000).rounded() / 10
                let jitter = Int(block.jitter) * 1000 / max(1, clockRate)
                return "of \(hex(block.ssrc)) lost \(share) %, \(block.cumulativeLost) in all, jitter \(jitter) ms"
            }.joined(separator: ", ")
    }

    private static func describe(_ message: RTCPFeedbackMessage, in datagram: Span<UInt8>) -> String {
        switch message {
        case .pictureLoss(let loss): return "PLI for \(hex(loss.mediaSSRC))"
        case .fullIntra(let requests):
            let named = (0..<requests.count).compactMap { requests.request($0, in: datagram) }
            return "FIR for \(named.map { hex($0.ssrc) }.joined(separator: ", "))"
        case .lost(let lost):
            var count = 0
            lost.forEach(in: datagram) { _ in count += 1 }
            return "NACK for \(count) of \(hex(lost.mediaSSRC))"
        case .bitrateLimits(let limits):
            let named = (0..<limits.count).compactMap { limits.limit($0, in: datagram) }
            return (limits.isNotification ? "TMMBN" : "TMMBR")
                + named.map { " \(hex($0.ssrc)) \($0.bitsPerSecond / 1000) kbit/s" }.joined(separator: ",")
        case .estimatedBitrate(let estimate): return "REMB \(estimate.bitsPerSecond / 1000) kbit/s"
        case .other: return "other feedback"
        }
    }

    private static func hex(_ ssrc: UInt32) -> String { String(ssrc, radix: 16) }
}
