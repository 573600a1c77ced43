// SPDX-License-Identifier: GPL-3.0-or-later
import RTP
import SDP
import Video

/// One member of a load of video: a socket, the camera's script that it sends, if any, and what it sees.
final class VideoMember: Caller {
    let socket: MediaSocket
    /// Where its silent audio comes from, and what it does not listen to.
    private let audio: MediaSocket
    /// Its number among those who send; nil where it only sees.
    let sender: Int?
    let script: VideoScript?
    /// Lines for further cameras, besides the one for who speaks.
    let slots: Int
    /// What its lines take.
    private let codec: PayloadFormat
    /// Where its packets go; nowhere while nil.
    var destination: SocketAddress?
    private(set) var sent = 0
    /// When each of the last packets left, ns.
    private(set) var departures = [Int64](repeating: 0, count: 4096)
    var seen: Seen

    private let outgoing = OutgoingDatagrams(capacity: 64)
    private let ssrc = UInt32.random(in: 1 ... .max)
    private let firstSequence = UInt16.random(in: 0 ... .max)
    private let firstTimestamp = UInt32.random(in: 0 ... .max)
    private var scratch: [UInt8] = []
    private var head = [UInt8](repeating: 0, count: RTPHeader.fixedSize + VP8PayloadDescriptor.maximumSize)

    static let payloadType: UInt8 = 96

    /// - Parameter senders: how many there are, whose pictures it may see.
    init(sender: Int?, of senders: Int, script: VideoScript?, slots: Int = 0, codec: PayloadFormat = .vp8) throws {
        let options = MediaSocketOptions(receiveBuffer: 4_194_304)
        socket = try MediaSocket(binding: .loopback(), options: options)
        audio = try MediaSocket(binding: .loopback(), options: MediaSocketOptions(receiveBuffer: 4096))
        self.sender = sender
        self.script = script
        self.slots = slots
        self.codec = codec
        seen = Seen(senders: senders)
        scratch.reserveCapacity(1500)
    }

    func offer() -> String {
        VideoBenchOffer(
            audioPort: audio.localAddress.port, port: socket.localAddress.port, sends: script != nil, slots: slots,
            codec: codec
        ).text
    }

    func take(_ answer: SessionDescription) throws { destination = try answer.destination(1) }

    /// Says where it is, to who learns that from packets.
    func greet() {
        guard let destination else { return }
        try? socket.send([UInt8](repeating: 0x80, count: RTPHeader.fixedSize).span, to: destination)
    }

    /// Sends packets of the script's round number `round`; they leave together.
    /// - Parameter isLost: says of each whether it is lost on the way.
    func send(_ range: Range<Int>, round: Int, isLost: () -> Bool = { false }) {
        guard let destination, let script, let sender else { return }
        let route = DatagramRoute(descriptor: socket.descriptor, destination: destination)
        for index in range {
            let packet = script.packets[index]
            let number = round * script.packets.count + index
            let picture = round * VideoScript.pictures + packet.picture
            scratch.removeAll(keepingCapacity: true)
            scratch.append(contentsOf: packet.data)
            if script.isMarked {
                PacketMark(sender: UInt16(sender), number: UInt32(truncatingIfNeeded: number)).write(over: &scratch)
            }
            var descriptor = VP8PayloadDescriptor()
            descriptor.startsPartition = packet.isFirst
            descriptor.pictureID = UInt16(truncatingIfNeeded: picture) & 0x7FFF
            var header = head.mutableSpan
            header[0] = 0x80
            header[1] = Self.payloadType | (packet.isLast ? 0x80 : 0)
            header.put(UInt32(firstSequence &+ UInt16(truncatingIfNeeded: number)), 2, at: 2)
            header.put(firstTimestamp &+ UInt32(truncatingIfNeeded: picture * 90_000 / VideoScript.rate), 4, at: 4)
            header.put(ssrc, 4, at: 8)
            descriptor.write(into: &header, at: RTPHeader.fixedSize)
            let size = RTPHeader.fixedSize + descriptor.size
            if isLost() { continue }
            departures[number % departures.count] = MediaInstant.now().nanoseconds
            outgoing.append(head.span.extracting(0..<size), scratch.span, channel: .media, route: route)
            sent += 1
        }
        outgoing.flush()
    }
}

extension MutableSpan<UInt8> {
    /// Writes the lowest `octets` of `value`, the highest of them first.
    mutating func put(_ value: UInt32, _ octets: Int, at place: Int) {
        for index in 0..<octets {
            self[place + index] = UInt8(truncatingIfNeeded: value >> UInt32(8 * (octets - 1 - index)))
        }
    }
}

/// What a member saw of each sender's packets.
struct Seen {
    private struct Stream {
        var number: UInt32
        var sequence: UInt16
        var ssrc: UInt32
    }

    private(set) var packets = 0
    private(set) var bytes = 0
    /// Packets that never came, or not in their turn.
    private(set) var lost = 0
    /// Packets whose sequence number is not as far on as their mark says, or whose SSRC is another.
    private(set) var jumps = 0
    /// Packets that are not what was sent.
    private(set) var broken = 0
    /// RTCP.
    private(set) var reports = 0
    /// Senders of whom something came.
    var senders: Int { streams.count { $0 != nil } }

    private var streams: [Stream?]

    init(senders: Int) {
        streams = Array(repeating: nil, count: senders)
    }

    /// - Returns: whose packet it is, and which; nil of what is none.
    mutating func receive(_ datagram: Span<UInt8>, scripts: [VideoScript]) -> PacketMark? {
        guard let header = try? RTPHeader(parsing: datagram), DatagramKind(of: datagram) == .rtp else {
            reports += 1
            return nil
        }
        packets += 1
        bytes += datagram.count
        let payload = datagram.extracting(header.payload)
        guard let mark = PacketMark(of: payload), Int(mark.sender) < streams.count,
            Self.isWhole(payload, mark, scripts[Int(mark.sender)])
        else {
            broken += 1
            return nil
        }
        if let last = streams[Int(mark.sender)] {
            let ahead = mark.number &- last.number
            if ahead == 0 || ahead > 1 << 31 {
                lost += 1
            } else {
                lost += Int(ahead) - 1
                let isNext = header.sequenceNumber &- last.sequence == UInt16(truncatingIfNeeded: ahead)
                if !isNext || header.ssrc != last.ssrc { jumps += 1 }
            }
        }
        streams[Int(mark.sender)] = Stream(
            number: mark.number, sequence: header.sequenceNumber, ssrc: header.ssrc)
        return mark
    }

    /// Looks at every so many-th octet.
    private static func isWhole(_ payload: Span<UInt8>, _ mark: PacketMark, _ script: VideoScript) -> Bool {
        let packet = script.packets[Int(mark.number) % script.packets.count]
        let start = payload.count - packet.data.count
        guard (0...VP8PayloadDescriptor.maximumSize).contains(start) else { return false }
        var index = 0
        while index < packet.data.count - PacketMark.size {
            guard payload[start + index] == packet.data[index] else { return false }
            index += 97
        }
        return true
    }

    /// Forgets what was counted; the streams go on.
    mutating func restart() {
        let streams = streams
        self = Seen(senders: streams.count)
        self.streams = streams
    }
}
