// SPDX-License-Identifier: GPL-3.0-or-later

@testable import RTP

/// A session with a store of its own, whose datagrams the test carries.
final class Leg {
    let store = OutgoingDatagrams(capacity: 64, whenFull: .drop)
    let session: RTPSession
    let address: SocketAddress

    init(
        _ name: String, port: UInt16, ssrc: UInt32? = nil, clockRate: Int = 8000, reportInterval: Int = 5000,
        mixerToClientLevel: UInt8? = nil, clientToMixerLevel: UInt8? = nil
    ) {
        var clocks = PayloadClocks()
        clocks.insert(0, clockRate: 8000)
        clocks.insert(111, clockRate: 48000)
        clocks.insert(101, clockRate: 8000, isTelephoneEvent: true)
        address = .loopback(port: port)
        session = RTPSession(
            RTPSessionConfiguration(
                canonicalName: name, ssrc: ssrc, sendClockRate: clockRate, receiving: clocks,
                reportInterval: reportInterval, mixerToClientLevel: mixerToClientLevel,
                clientToMixerLevel: clientToMixerLevel),
            outgoing: store)
        let route = DatagramRoute(descriptor: -1, destination: .loopback(port: port ^ 1))
        session.mediaRoute = route
        session.controlRoute = route
    }

    /// What waits in the store, taken out.
    func take() -> [(bytes: [UInt8], channel: DatagramChannel)] {
        var datagrams: [(bytes: [UInt8], channel: DatagramChannel)] = []
        store.drain { bytes, channel, _ in datagrams.append((bytes.array, channel)) }
        return datagrams
    }

    /// The RTCP that waits, media thrown away.
    func takeControl() -> [[UInt8]] {
        take().filter { $0.channel == .control }.map(\.bytes)
    }

    func receive(_ bytes: [UInt8], from port: UInt16 = 9, at milliseconds: Int = 1000) -> RTPVerdict {
        session.receive(
            bytes.span, from: .loopback(port: port), now: .zero.advanced(byMilliseconds: milliseconds))
    }

    /// The packets of an RTCP datagram.
    static func packets(_ bytes: [UInt8]) throws -> [RTCPPacket] {
        var reader = RTCPCompoundReader()
        var found: [RTCPPacket] = []
        while let packet = try reader.next(in: bytes.span) { found.append(packet) }
        return found
    }
}

extension RTPVerdict {
    var header: RTPHeader? {
        if case .packet(let header, _) = self { header } else { nil }
    }

    var continuity: RTPContinuity? {
        if case .packet(_, let continuity) = self { continuity } else { nil }
    }
}
