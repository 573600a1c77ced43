// SPDX-License-Identifier: GPL-3.0-or-later

import Testing

@testable import RTP

/// Each test has a range of its own, outside the system's ephemeral ports and those that other tests take, so that they can run
/// beside each other.
@Suite struct MediaPortRangeTests {
    @Test func pairsAreEvenAndOddAndTheirOwn() throws {
        var range = try #require(MediaPortRange(7_001...7_020))
        #expect(range.capacity == 9)
        let first = try range.open(on: .loopback())
        let second = try range.open(on: .loopback())
        let control = first.control.localAddress.port
        #expect(first.media.localAddress.port % 2 == 0)
        #expect(control == first.media.localAddress.port + 1)
        #expect(second.media.localAddress.port != first.media.localAddress.port)
        #expect((7_002...7_019).contains(second.media.localAddress.port))
    }

    @Test func takenPortsArePassedOver() throws {
        var random = SeededRandom(state: 1)
        var range = try #require(MediaPortRange(7_100...7_105, using: &random))
        // An even port, and an odd one of another pair.
        let even = try MediaSocket(binding: .loopback(port: 7_100))
        let odd = try MediaSocket(binding: .loopback(port: 7_103))
        let pair = try range.open(on: .loopback())
        #expect(pair.media.localAddress.port == 7_104)
        #expect(throws: MediaSocketError.portsExhausted(7_100...7_105)) { _ = try range.open(on: .loopback()) }
        #expect(even.localAddress.port == 7_100)
        #expect(odd.localAddress.port == 7_103)
    }

    @Test func closedPairsComeBackAndRestFirst() throws {
        var range = try #require(MediaPortRange(7_200...7_207))
        var ports: [UInt16] = []
        for _ in 0..<8 {
            let pair = try range.open(on: .loopback())
            ports.append(pair.media.localAddress.port)
        }
        #expect(Set(ports.prefix(4)).count == 4)
        #expect(ports.prefix(4) == ports.suffix(4))
    }

    @Test("who knows the ports of one call does not know those of the next")
    func orderIsNotTheRanges() throws {
        var random = SeededRandom(state: 7)
        var range = try #require(MediaPortRange(7_500...7_599, using: &random))
        var ports: [UInt16] = []
        for _ in 0..<50 { ports.append(try range.open(on: .loopback()).media.localAddress.port) }
        #expect(ports.sorted() == Array(stride(from: 7_500, to: 7_600, by: 2)))
        #expect(zip(ports, ports.dropFirst()).count { $1 == $0 + 2 } < 5)
    }

    @Test func foreignAddressIsTheSystemsError() throws {
        var range = try #require(MediaPortRange(7_400...7_403))
        // TEST-NET-1: not ours.
        let foreign = try #require(SocketAddress(host: "192.0.2.1", port: 0))
        #expect {
            _ = try range.open(on: foreign)
        } throws: { error in
            guard case .system(.addressNotAvailable, _) = error as? MediaSocketError else { return false }
            return true
        }
    }

    @Test func rangesWithoutAPairAreRefused() {
        #expect(MediaPortRange(20_001...20_001) == nil)
        #expect(MediaPortRange(20_001...20_002) == nil)
        #expect(MediaPortRange(0...9) == nil)
        #expect(MediaPortRange(65_534...65_535)?.capacity == 1)
        #expect(MediaPortRange(20_000...20_001)?.capacity == 1)
    }
}
