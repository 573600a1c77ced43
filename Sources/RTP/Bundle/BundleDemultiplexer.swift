// SPDX-License-Identifier: GPL-3.0-or-later

/// Which line of a bundle an RTP packet belongs to (RFC 9143 §9.2): the one that its MID header extension names, else the one that
/// its SSRC was announced for or came on before, else the only one with its payload type. A pure machine; `line` allocates nothing.
package struct BundleDemultiplexer: Sendable {
    /// What is known of the packets of one line.
    package struct Line: Hashable, Sendable {
        /// Announced by the peer (`a=ssrc`, RFC 5576).
        package var ssrcs: [UInt32]
        /// `a=mid`, as UTF-8, and the number of the header extension that carries it; nil where that is not agreed.
        package var mid: [UInt8]
        package var midExtension: UInt8?
        package var payloadTypes: PayloadTypeSet

        package init(
            ssrcs: [UInt32] = [], mid: [UInt8] = [], midExtension: UInt8? = nil, payloadTypes: PayloadTypeSet
        ) {
            self.ssrcs = ssrcs
            self.mid = mid
            self.midExtension = midExtension
            self.payloadTypes = payloadTypes
        }
    }

    private let lines: [Line]
    /// SSRCs and their lines; what was announced stands first and stays.
    private var sources: [(ssrc: UInt32, line: Int)] = []
    private let announced: Int
    /// The place that the next SSRC to be learnt takes.
    private var next = 0

    /// SSRCs that are believed of a description, two for each of 34 lines, and as many more that are learnt of packets: a stranger's
    /// inventions push out one another.
    private static let most = 72

    package init(_ lines: [Line]) {
        self.lines = lines
        sources.reserveCapacity(2 * Self.most)
        for (index, line) in lines.enumerated() {
            for ssrc in line.ssrcs where sources.count < Self.most { sources.append((ssrc, index)) }
        }
        announced = sources.count
    }

    /// The line that the packet belongs to, by its place in the list; nil where that cannot be told.
    package mutating func line(of header: RTPHeader, in datagram: Span<UInt8>) -> Int? {
        if !header.extensionElements.isEmpty, let named = named(header, in: datagram) {
            learn(header.ssrc, named)
            return named
        }
        if let known = sources.first(where: { $0.ssrc == header.ssrc }) { return known.line }
        guard let only = lines.firstIndex(where: { $0.payloadTypes.contains(header.payloadType) }),
            !lines[(only + 1)...].contains(where: { $0.payloadTypes.contains(header.payloadType) })
        else { return nil }
        learn(header.ssrc, only)
        return only
    }

    private func named(_ header: RTPHeader, in datagram: Span<UInt8>) -> Int? {
        for (index, line) in lines.enumerated() {
            guard let number = line.midExtension, let range = header.extensionElement(number, in: datagram),
                range.count == line.mid.count
            else { continue }
            if range.allSatisfy({ datagram[$0] == line.mid[$0 - range.lowerBound] }) { return index }
        }
        return nil
    }

    private mutating func learn(_ ssrc: UInt32, _ line: Int) {
        if let index = sources.firstIndex(where: { $0.ssrc == ssrc }) {
            sources[index].line = line
        } else if sources.count < announced + Self.most {
            sources.append((ssrc, line))
        } else {
            sources[announced + next] = (ssrc, line)
            next = (next + 1) % Self.most
        }
    }
}
