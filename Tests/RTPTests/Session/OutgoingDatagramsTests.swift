// SPDX-License-Identifier: GPL-3.0-or-later

import Glibc
import Testing

@testable import RTP

@Suite struct OutgoingDatagramsTests {
    private struct Sent: Hashable {
        let number: UInt8
        let length: Int
    }

    /// A socket of the loopback.
    private final class Port {
        let socket: MediaSocket

        init() throws {
            socket = try MediaSocket(binding: .loopback())
        }

        func route(to other: Port) -> DatagramRoute {
            DatagramRoute(descriptor: socket.descriptor, destination: other.socket.localAddress)
        }
    }

    /// Datagrams that say which they are, and hold nothing else than that.
    private func append(_ sent: Sent, to store: OutgoingDatagrams, _ route: DatagramRoute) {
        let whole = [UInt8](repeating: sent.number, count: sent.length)
        // In two parts, as video leaves.
        let head = min(12, sent.length)
        store.append(
            whole.span.extracting(0..<head), whole.span.extracting(head..<whole.count), channel: .media, route: route)
    }

    /// All that waits at `socket`, each checked to be of one piece.
    private func receive(_ socket: borrowing MediaSocket) throws -> [Sent] {
        let batch = DatagramBatch(capacity: 64)
        var received: [Sent] = []
        while try batch.receive(from: socket.descriptor) > 0 {
            for index in 0..<batch.count {
                batch.withDatagram(index) { datagram, _, _ in
                    let bytes = datagram.array
                    #expect(Set(bytes).count == 1, "parts of several datagrams in one")
                    received.append(Sent(number: bytes[0], length: bytes.count))
                }
            }
        }
        return received
    }

    @Test func aPicturesPacketsLeaveTogetherAndArriveOneByOne() throws {
        let sender = try MediaSocket(binding: .loopback())
        let receiver = try MediaSocket(binding: .loopback())
        let store = OutgoingDatagrams(capacity: 64)
        let route = DatagramRoute(descriptor: sender.descriptor, destination: receiver.localAddress)
        let picture = (0..<9).map { Sent(number: $0, length: $0 == 8 ? 417 : 1046) }
        for packet in picture { append(packet, to: store, route) }
        store.flush()
        #expect(try receive(receiver) == picture)
        #expect(store.sent == 9 && store.segmented == 9 && store.refused == 0 && store.refusedRuns == 0)
        #expect(store.count == 0)
    }

    @Test func eachDestinationGetsItsOwnInOrder() throws {
        let senders = [try Port(), try Port()]
        let receivers = [try Port(), try Port(), try Port()]
        // Three destinations, the last two from one socket; lengths that make runs of every kind.
        let routes = [
            senders[0].route(to: receivers[0]), senders[1].route(to: receivers[1]), senders[1].route(to: receivers[2]),
        ]
        let lengths = [900, 900, 900, 100, 100, 1200, 900, 900, 1, 1400, 1400]
        let store = OutgoingDatagrams(capacity: 256)
        var expected: [[Sent]] = [[], [], []]
        // Twice: what was is forgotten.
        for round in 0..<2 {
            for (index, length) in lengths.enumerated() {
                for (place, route) in routes.enumerated() {
                    let packet = Sent(number: UInt8(round * 100 + index * 3 + place), length: length)
                    expected[place].append(packet)
                    append(packet, to: store, route)
                }
            }
            store.flush()
        }
        for place in 0..<3 { #expect(try receive(receivers[place].socket) == expected[place]) }
        #expect(store.sent == 66 && store.refused == 0)
        // Of each eleven 4, then one alone, 2, 2 and 2.
        #expect(store.segmented == 60)
    }

    @Test func aFullStoreSendsWhatItHas() throws {
        let sender = try MediaSocket(binding: .loopback())
        let receiver = try MediaSocket(binding: .loopback())
        let store = OutgoingDatagrams(capacity: 8)
        let route = DatagramRoute(descriptor: sender.descriptor, destination: receiver.localAddress)
        let packets = (0..<20).map { Sent(number: $0, length: 1000) }
        for packet in packets { append(packet, to: store, route) }
        #expect(store.count == 4 && store.sent == 16)
        store.flush()
        #expect(try receive(receiver) == packets)
    }

    @Test func moreThanOneMessageHolds() throws {
        let sender = try MediaSocket(binding: .loopback())
        let receiver = try MediaSocket(binding: .loopback(), options: MediaSocketOptions(receiveBuffer: 4_194_304))
        let store = OutgoingDatagrams(capacity: 255)
        let route = DatagramRoute(descriptor: sender.descriptor, destination: receiver.localAddress)
        let packets = (0..<255).map { Sent(number: $0, length: 60) }
        for packet in packets { append(packet, to: store, route) }
        store.flush()
        #expect(try receive(receiver) == packets)
        #expect(store.segmented == 255)
    }

    /// A socket that makes no checksums gets EINVAL from the kernel for a message with segments, and none without.
    @Test func whereTheSystemRefusesThemDatagramsLeaveOneByOne() throws {
        let plain = try Port()
        var on: Int32 = 1
        let size = socklen_t(MemoryLayout<Int32>.size)
        #expect(setsockopt(plain.socket.descriptor, SOL_SOCKET, SO_NO_CHECK, &on, size) == 0)
        let usual = try Port()
        let receivers = [try Port(), try Port()]
        let store = OutgoingDatagrams(capacity: 64)
        let packets = (0..<6).map { Sent(number: $0, length: $0 == 5 ? 20 : 1046) }
        for _ in 0..<2 {
            for packet in packets {
                append(packet, to: store, plain.route(to: receivers[0]))
                append(packet, to: store, usual.route(to: receivers[1]))
            }
            store.flush()
            #expect(try receive(receivers[0].socket) == packets)
            #expect(try receive(receivers[1].socket) == packets)
        }
        // Tried once, and only where it did not work.
        #expect(store.refusedRuns == 1 && store.refused == 0)
        #expect(store.sent == 24 && store.segmented == 12)
    }

    @Test func drainedDatagramsKeepTheOrderInWhichTheyCame() {
        let store = OutgoingDatagrams(capacity: 8)
        for number in 0..<6 {
            append(
                Sent(number: UInt8(number), length: 50), to: store,
                DatagramRoute(descriptor: 9, destination: .loopback(port: UInt16(5000 + number % 2))))
        }
        var seen: [UInt8] = []
        store.drain { bytes, _, route in
            seen.append(bytes[0])
            #expect(route.destination.port == 5000 + UInt16(bytes[0]) % 2)
        }
        #expect(seen == Array(0..<6) && store.count == 0)
    }

    @Test func aPayloadIsKeptOnceForAllWhoGetIt() throws {
        let sender = try Port()
        let receivers = [try Port(), try Port()]
        let store = OutgoingDatagrams(capacity: 2000)
        var expected: [[Sent]] = [[], []]
        // More packets than the store keeps payloads: those that wait leave first.
        for index in 0..<600 {
            let number = UInt8(index % 251)
            let payload = store.share([UInt8](repeating: number, count: 1200).span)
            for (place, receiver) in receivers.enumerated() {
                // Each gets another part, behind a head of its own.
                let head = [UInt8](repeating: number, count: 12 + place)
                let isKept = store.append(
                    head.span, payload, 100..<(600 + 100 * place), channel: .media, route: sender.route(to: receiver))
                #expect(isKept)
                expected[place].append(Sent(number: number, length: 12 + place + 500 + 100 * place))
            }
            if index % 100 == 99 {
                store.flush()
                for place in receivers.indices {
                    #expect(try receive(receivers[place].socket) == expected[place])
                    expected[place] = []
                }
            }
        }
        #expect(store.sent == 1200 && store.segmented == 1200 && store.refused == 0)
    }

    @Test func aPayloadThatIsGoneIsNotSent() {
        let store = OutgoingDatagrams(capacity: 8)
        let route = DatagramRoute(descriptor: 9, destination: .loopback(port: 5000))
        let old = store.share([1, 1, 1].span)
        for number in 0..<300 { _ = store.share([UInt8(number % 256)].span) }
        let isKept = store.append([1].span, old, 0..<3, channel: .media, route: route)
        #expect(!isKept)
        let tooLong = store.share([UInt8](repeating: 0, count: 1501).span)
        let isTooLongKept = store.append([1].span, tooLong, 0..<1, channel: .media, route: route)
        let short = store.share([7, 7].span)
        let isMoreKept = store.append([7].span, short, 0..<3, channel: .media, route: route)
        let isPartKept = store.append([7].span, short, 1..<2, channel: .media, route: route)
        #expect(!isTooLongKept && !isMoreKept && isPartKept)
        var seen: [[UInt8]] = []
        store.drain { bytes, _, _ in seen.append(bytes.array) }
        #expect(seen == [[7, 7]])
    }
}
