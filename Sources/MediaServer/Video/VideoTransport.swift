// SPDX-License-Identifier: GPL-3.0-or-later
import RTP
import Video

/// A pair of video ports of a leg, with the line that uses it or the lines that share it (RFC 9143):
///
///     datagram -> classify -> latch -> which line -> its camera or screen
///
/// Confined to its room's thread. Nothing is allocated per packet in here.
final class VideoTransport {
    let number: UInt8
    let sockets: LegSockets
    let outgoing: OutgoingDatagrams
    private(set) var lines: [VideoLine] = []
    /// Of the lines, as last taken over.
    private var settings: [VideoLineSettings] = []
    private var latch: MediaLatch
    private var demultiplexer = BundleDemultiplexer([])
    private(set) var mediaRoute: DatagramRoute?
    private var controlRoute: DatagramRoute?
    private(set) var drops = DropCounters()
    private(set) var controlHistory = ControlHistory()

    /// - Parameter settings: of any of its lines: what regards the peer's address is the same for all.
    init(_ number: UInt8, _ sockets: LegSockets, _ settings: VideoLineSettings, outgoing: OutgoingDatagrams) {
        self.number = number
        self.sockets = sockets
        self.outgoing = outgoing
        latch = MediaLatch(
            signalled: settings.remoteMedia, control: settings.remoteControl, isMultiplexed: settings.multiplexed,
            payloadTypes: [], signallingHost: settings.signallingHost)
    }

    /// Takes over which lines use it, and what was negotiated for them.
    func carry(_ lines: [VideoLine]) {
        self.lines = lines
        let settings = lines.map(\.settings)
        guard settings != self.settings, let first = settings.first else { return }
        self.settings = settings
        latch.remoteChanged(
            signalled: first.remoteMedia, control: first.remoteControl,
            isMultiplexed: first.multiplexed,
            payloadTypes: PayloadTypeSet(settings.flatMap(\.incomingPayloadTypes)),
            signallingHost: first.signallingHost)
        demultiplexer = BundleDemultiplexer(settings.map(\.marks))
        route()
    }

    private func route() {
        guard let settings = settings.first else { return }
        let media = sockets.mediaDescriptor
        mediaRoute = latch.destination.map { DatagramRoute(descriptor: media, destination: $0) }
        let descriptor = settings.multiplexed ? media : sockets.controlDescriptor
        controlRoute =
            settings.sendsReports
            ? latch.controlDestination.map { DatagramRoute(descriptor: descriptor, destination: $0) } : nil
    }

    // MARK: In

    func drop(_ reason: DropReason) { drops.count(reason) }

    /// Reads a datagram that is RTP.
    /// - Returns: nil where it is of no camera or screen of the leg's; counted.
    func accept(
        _ datagram: Span<UInt8>, from address: SocketAddress, now: MediaInstant
    ) -> (line: VideoLine, header: RTPHeader)? {
        guard let header = try? RTPHeader(parsing: datagram) else {
            drop(.malformed)
            return nil
        }
        switch latch.receive(header, from: address, now: now) {
        case .accept: break
        case .acceptAndLatch: route()
        case .drop(.payloadType):
            drop(.payloadType)
            return nil
        case .drop(.probing):
            drop(.probing)
            return nil
        case .drop(.foreignSource):
            drop(.foreignSource)
            return nil
        }
        // Our own packets, sent back.
        guard !lines.contains(where: { $0.identity.ssrc == header.ssrc }) else {
            drop(.session)
            return nil
        }
        // A line that is alone takes whatever comes: many phones change their SSRC without a word.
        let index = lines.count == 1 ? 0 : demultiplexer.line(of: header, in: datagram)
        guard let line = index.map({ lines[$0] }) else {
            drop(.unknownLine)
            return nil
        }
        guard line.accepts(header) else {
            drop(.notReceiving)
            return nil
        }
        return (line, header)
    }

    /// Whether an RTCP datagram is the leg's.
    func acceptControl(_ datagram: Span<UInt8>, from address: SocketAddress, now: MediaInstant) -> Bool {
        switch latch.receiveControl(from: address, now: now) {
        case .accept: break
        case .acceptAndLatch: route()
        case .drop:
            drop(.foreignSource)
            return false
        }
        controlHistory.note(datagram, isSent: false, at: now)
        return true
    }

    /// The line that sends `ssrc`; a `0` means the only one there is.
    func line(sending ssrc: UInt32) -> VideoLine? {
        if ssrc == 0, lines.count == 1 { return lines.first }
        return lines.first { $0.identity.ssrc == ssrc }
    }

    // MARK: Out

    /// Keeps an RTP packet made of two parts.
    /// - Returns: false where it cannot leave: no address yet, or it is too long.
    func send(_ head: Span<UInt8>, _ rest: Span<UInt8>) -> Bool {
        outgoing.append(head, rest, channel: .media, route: mediaRoute)
    }

    /// Keeps an RTP packet that ends with a part of what the store keeps for many.
    /// - Returns: false where it cannot leave: no address yet, or it is too long.
    func send(_ head: Span<UInt8>, _ payload: SharedPayload, _ part: Range<Int>) -> Bool {
        outgoing.append(head, payload, part, channel: .media, route: mediaRoute)
    }

    /// Keeps an RTCP datagram.
    func send(control datagram: Span<UInt8>) {
        guard !datagram.isEmpty, controlRoute != nil else { return }
        controlHistory.note(datagram, isSent: true, at: .now())
        outgoing.append(datagram, datagram.extracting(0..<0), channel: .control, route: controlRoute)
    }
}
