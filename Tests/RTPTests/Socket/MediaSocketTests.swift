// SPDX-License-Identifier: GPL-3.0-or-later

import Glibc
import Testing

@testable import RTP

@Suite struct MediaSocketTests {
    private static let loopbacks: [SocketAddress] = {
        let candidates = [SocketAddress.loopback(), SocketAddress(ipv6: 0, 1, port: 0)]
        return candidates.filter { (try? MediaSocket(binding: $0))?.descriptor != nil }
    }()

    private func option(_ level: Int32, _ name: Int32, of descriptor: Int32) -> Int32 {
        var value: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(descriptor, level, name, &value, &length)
        return value
    }

    @Test(arguments: loopbacks) func datagramsCross(_ host: SocketAddress) throws {
        let left = try MediaSocket(binding: host)
        let right = try MediaSocket(binding: host)
        #expect(left.localAddress.port != 0)
        var room = [UInt8](repeating: 0, count: 64)
        #expect(try room.withUnsafeMutableBytes { try right.receive(into: $0) } == nil)
        try left.send([1, 2, 3].span, to: right.localAddress)
        let received = try #require(try room.withUnsafeMutableBytes { try right.receive(into: $0) })
        #expect(received.length == 3 && received.source == left.localAddress)
        #expect(room.prefix(3) == [1, 2, 3])
        try left.send([UInt8](repeating: 1, count: 65).span, to: right.localAddress)
        #expect(throws: SystemError.messageTooLong) {
            try room.withUnsafeMutableBytes { _ = try right.receive(into: $0) }
        }
    }

    @Test func socketsAreMarkedAndRoomy() throws {
        let socket = try MediaSocket(binding: .loopback(), options: MediaSocketOptions(receiveBuffer: 100_000))
        #expect(option(IPPROTO_IP.asInt32, IP_TOS, of: socket.descriptor) == 46 << 2)
        // Linux states twice what it was asked for.
        #expect(option(SOL_SOCKET, SO_RCVBUF, of: socket.descriptor) == 200_000)
        #expect(fcntl(socket.descriptor, F_GETFL) & O_NONBLOCK != 0)
        #expect(fcntl(socket.descriptor, F_GETFD) & FD_CLOEXEC != 0)
    }

    @Test(arguments: loopbacks) func batchTakesWhatWaits(_ host: SocketAddress) throws {
        let left = try MediaSocket(binding: host)
        let right = try MediaSocket(binding: host)
        let batch = DatagramBatch(capacity: 8)
        #expect(try batch.receive(from: right.descriptor) == 0)
        for value in 0..<10 { try left.send([UInt8(value)].span, to: right.localAddress) }
        try left.send([UInt8](repeating: 1, count: 3000).span, to: right.localAddress)
        var seen: [UInt8] = []
        while try batch.receive(from: right.descriptor) > 0 {
            for index in 0..<batch.count {
                batch.withDatagram(index) { bytes, source, _ in
                    #expect(source == left.localAddress)
                    seen.append(bytes[0])
                }
            }
        }
        #expect(seen == Array(0..<10))
        #expect(batch.oversized == 1)
    }

    @Test(arguments: loopbacks) func aDatagramHasItsArrivalHoweverLateItIsTaken(_ host: SocketAddress) throws {
        let left = try MediaSocket(binding: host)
        let right = try MediaSocket(binding: host)
        let batch = DatagramBatch()
        let before = MediaInstant.now()
        try left.send([1].span, to: right.localAddress)
        let after = MediaInstant.now()
        // The clock that the owner shows runs on by 300 ms, in which nobody looked.
        batch.begin(now: after.advanced(byMilliseconds: 300))
        #expect(try batch.receive(from: right.descriptor) == 1)
        batch.withDatagram(0) { _, _, arrival in
            // Two clocks are read one after the other.
            #expect(arrival.nanoseconds(since: before) > -1_000_000)
            #expect(arrival.nanoseconds(since: after) < 1_000_000)
        }
        // Nothing has come later than now, nor is anything believed to have waited for over a second.
        let late = after.advanced(byMilliseconds: 5000)
        for (now, expected) in [(before, before), (late, late.advanced(byMilliseconds: -1000))] {
            try left.send([1].span, to: right.localAddress)
            batch.begin(now: now)
            #expect(try batch.receive(from: right.descriptor) == 1)
            batch.withDatagram(0) { _, _, arrival in #expect(arrival == expected) }
        }
    }

    @Test func storeSendsEachDatagramByItsRoute() throws {
        let sender = try MediaSocket(binding: .loopback())
        let other = try MediaSocket(binding: .loopback())
        let receiver = try MediaSocket(binding: .loopback())
        let leg = Leg("a@confab", port: 2)
        let store = OutgoingDatagrams(capacity: 4)
        var clocks = PayloadClocks()
        clocks.insert(0, clockRate: 8000)
        let session = RTPSession(
            RTPSessionConfiguration(canonicalName: "a", sendClockRate: 8000, receiving: clocks), outgoing: store)
        // Two sockets in turn: runs of two, one, and a store that has to flush itself.
        for index in 0..<9 {
            let descriptor = index % 3 == 2 ? other.descriptor : sender.descriptor
            session.mediaRoute = DatagramRoute(descriptor: descriptor, destination: receiver.localAddress)
            session.send([UInt8(index)].span, as: OutgoingPacket(payloadType: 0, timestamp: 0), now: .zero)
        }
        session.mediaRoute = DatagramRoute(descriptor: -1, destination: receiver.localAddress)
        session.send([99].span, as: OutgoingPacket(payloadType: 0, timestamp: 0), now: .zero)
        store.flush()
        #expect(store.sent == 9 && store.refused == 1 && store.count == 0)
        let batch = DatagramBatch(capacity: 16)
        #expect(try batch.receive(from: receiver.descriptor) == 9)
        // Each route keeps its order; of those that waited together, one route's leave before the other's.
        var seen: [SocketAddress: [UInt8]] = [:]
        for index in 0..<batch.count {
            batch.withDatagram(index) { bytes, source, _ in
                guard let header = leg.session.receive(bytes, from: source, now: .zero).header else { return }
                seen[source, default: []].append(bytes[header.payload.lowerBound])
            }
        }
        #expect(seen == [sender.localAddress: [0, 1, 3, 4, 6, 7], other.localAddress: [2, 5, 8]])
    }
}

extension Int {
    fileprivate var asInt32: Int32 { Int32(self) }
}
