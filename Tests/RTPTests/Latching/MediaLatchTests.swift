// SPDX-License-Identifier: GPL-3.0-or-later

import Testing

@testable import RTP

@Suite struct MediaLatchTests {
    private let signalled = SocketAddress(ipv4: 0x0A00_0005, port: 4000)
    private let signalledControl = SocketAddress(ipv4: 0x0A00_0005, port: 4001)
    private let outside = SocketAddress(ipv4: 0xC633_6401, port: 31_000)
    private let stranger = SocketAddress(ipv4: 0xCB00_7107, port: 666)

    private func latch(_ address: SocketAddress?, isMultiplexed: Bool = false) -> MediaLatch {
        MediaLatch(
            signalled: address, control: signalledControl, isMultiplexed: isMultiplexed, payloadTypes: [0, 101])
    }

    private func packet(_ sequence: UInt16, ssrc: UInt32 = 1, payloadType: UInt8 = 0) -> RTPHeader {
        RTPHeader(payloadType: payloadType, sequenceNumber: sequence, timestamp: 0, ssrc: ssrc)
    }

    private func at(_ milliseconds: Int) -> MediaInstant { .zero.advanced(byMilliseconds: milliseconds) }

    /// A latch that a NAT'd peer has latched.
    private func latchedOutside() -> MediaLatch {
        var latch = latch(signalled)
        for sequence in 1...3 { _ = latch.receive(packet(UInt16(sequence)), from: outside, now: at(20 * sequence)) }
        return latch
    }

    @Test func signalledAddressIsBelievedAtOnce() {
        var latch = latch(signalled)
        #expect(latch.destination == signalled)
        #expect(latch.controlDestination == signalledControl)
        #expect(latch.receive(packet(1), from: signalled, now: at(0)) == .accept)
        #expect(latch.destination == signalled)
    }

    @Test func anotherSourceNeedsThreeInARow() {
        var latch = latch(signalled)
        #expect(latch.receive(packet(65535), from: outside, now: at(0)) == .drop(.probing))
        #expect(latch.destination == signalled)
        #expect(latch.receive(packet(0), from: outside, now: at(20)) == .drop(.probing))
        #expect(latch.receive(packet(1), from: outside, now: at(40)) == .acceptAndLatch)
        #expect(latch.destination == outside)
        #expect(latch.controlDestination == outside.with(port: 31_001))
        #expect(latch.receive(packet(9, ssrc: 7), from: outside, now: at(60)) == .accept)
    }

    @Test(arguments: [
        [(1, 1, 0), (3, 1, 0), (4, 1, 0)],  // a gap
        [(1, 1, 0), (1, 1, 0), (2, 1, 0)],  // a repetition
        [(1, 1, 0), (2, 2, 0), (3, 2, 0)],  // another SSRC
        [(1, 1, 0), (2, 1, 96), (3, 1, 0)],  // a payload type that was not negotiated
    ])
    func notInARowIsNotEnough(_ packets: [(Int, Int, Int)]) {
        var latch = latch(signalled)
        for (sequence, ssrc, payloadType) in packets {
            let verdict = latch.receive(
                packet(UInt16(sequence), ssrc: UInt32(ssrc), payloadType: UInt8(payloadType)), from: outside,
                now: at(0))
            #expect(verdict != .accept && verdict != .acceptAndLatch)
        }
        #expect(latch.destination == signalled)
    }

    @Test func strangersDoNotTakeOverALiveLeg() {
        for known in [signalled, outside] {
            var latch = known == outside ? latchedOutside() : latch(signalled)
            _ = latch.receive(packet(4), from: known, now: at(80))
            for step in 0..<500 {
                let now = at(100 + 20 * step)
                #expect(latch.receive(packet(UInt16(step)), from: stranger, now: now) == .drop(.foreignSource))
                #expect(latch.receive(packet(UInt16(5 + step)), from: known, now: now) == .accept)
            }
            #expect(latch.destination == known)
        }
    }

    @Test func floodOfStrangersDoesNotKeepThePeerOut() {
        var latch = latch(signalled)
        var verdict = MediaLatchVerdict.accept
        for step in 0..<3 {
            for port in 1...3 {
                let source = stranger.with(port: UInt16(port))
                #expect(latch.receive(packet(UInt16(step * 7)), from: source, now: at(step)) == .drop(.probing))
            }
            verdict = latch.receive(packet(UInt16(step)), from: outside, now: at(step))
        }
        #expect(verdict == .acceptAndLatch)
    }

    @Test func silenceLetsAnotherSourceFollow() {
        var latch = latchedOutside()
        let moved = outside.with(port: 40_000)
        #expect(latch.receive(packet(50), from: moved, now: at(3059)) == .drop(.foreignSource))
        #expect(latch.receive(packet(51), from: moved, now: at(3060)) == .drop(.probing))
        #expect(latch.receive(packet(52), from: moved, now: at(3080)) == .drop(.probing))
        #expect(latch.receive(packet(53), from: moved, now: at(3100)) == .acceptAndLatch)
        #expect(latch.destination == moved)
    }

    @Test("a silent leg follows its own stream to another host, and nobody else's")
    func silentLegFollowsItsStreamOnly() {
        var latch = latchedOutside()
        for sequence in 50...60 {
            let verdict = latch.receive(packet(UInt16(sequence), ssrc: 9), from: stranger, now: at(9000 + sequence))
            #expect(verdict == .drop(.foreignSource))
        }
        #expect(latch.destination == outside)
        for sequence in 4...6 { _ = latch.receive(packet(UInt16(sequence)), from: stranger, now: at(9100 + sequence)) }
        #expect(latch.destination == stranger)
    }

    @Test func rtcpKeepsASilentLegItsOwn() {
        var latch = latchedOutside()
        let control = outside.with(port: 31_005)
        #expect(latch.receiveControl(from: control, now: at(2900)) == .acceptAndLatch)
        #expect(latch.controlDestination == control)
        #expect(latch.receive(packet(50), from: stranger, now: at(3500)) == .drop(.foreignSource))
        #expect(latch.receiveControl(from: stranger, now: at(3500)) == .drop(.foreignSource))
    }

    @Test func multiplexedControlComesFromTheSourceOfMediaOnly() {
        var latch = latch(signalled, isMultiplexed: true)
        #expect(latch.controlDestination == signalled)
        #expect(latch.receiveControl(from: signalled, now: at(0)) == .accept)
        for sequence in 1...3 { _ = latch.receive(packet(UInt16(sequence)), from: outside, now: at(0)) }
        #expect(latch.controlDestination == outside)
        #expect(latch.receiveControl(from: outside, now: at(1)) == .accept)
        #expect(latch.receiveControl(from: outside.with(port: 1), now: at(1)) == .drop(.foreignSource))
    }

    @Test func signalledAddressTakesALegBack() {
        var latch = latch(signalled)
        for sequence in 1...3 { _ = latch.receive(packet(UInt16(sequence)), from: stranger, now: at(0)) }
        #expect(latch.destination == stranger)
        #expect(latch.receive(packet(1), from: signalled, now: at(20)) == .acceptAndLatch)
        #expect(latch.receive(packet(4), from: stranger, now: at(21)) == .drop(.foreignSource))
    }

    @Test func newAddressOpensTheLatch() {
        var latch = latchedOutside()
        let next = SocketAddress(ipv4: 0x0A00_0009, port: 5000)
        latch.remoteChanged(signalled: next, control: nil, isMultiplexed: false, payloadTypes: [8])
        #expect(latch.destination == next)
        #expect(latch.controlDestination == next.with(port: 5001))
        #expect(latch.receive(packet(4), from: outside, now: at(80)) == .drop(.payloadType))
        #expect(latch.receive(packet(4, payloadType: 8), from: next, now: at(80)) == .accept)
        #expect(latch.receive(packet(5, payloadType: 8), from: outside, now: at(80)) == .drop(.foreignSource))
    }

    /// A latch whose NAT'd peer has just re-negotiated with the same address, at 80 ms; heard last at 60 ms.
    private func refreshed() -> MediaLatch {
        var latch = latchedOutside()
        latch.remoteChanged(
            signalled: signalled, control: signalledControl, isMultiplexed: false, payloadTypes: [0, 101])
        return latch
    }

    @Test("after a resume the peer may come from another port, with its stream or a new one", arguments: [1, 9])
    func refreshLetsThePeerFollowSoon(_ ssrc: UInt32) {
        var latch = refreshed()
        #expect(latch.destination == outside)
        let moved = outside.with(port: 40_000)
        for sequence in 5...7 {
            let verdict = latch.receive(packet(UInt16(sequence), ssrc: ssrc), from: moved, now: at(100))
            #expect(verdict == .drop(.foreignSource))
        }
        for sequence in 8...10 {
            _ = latch.receive(packet(UInt16(sequence), ssrc: ssrc), from: moved, now: at(260))
        }
        #expect(latch.destination == moved)
        for sequence in 8...12 { _ = latch.receive(packet(UInt16(sequence)), from: stranger, now: at(280)) }
        #expect(latch.destination == moved)
    }

    @Test("a refresh, or a hold of minutes, lets no stranger in", arguments: [true, false])
    func refreshLetsNoStrangerIn(_ isHeld: Bool) {
        var latch = refreshed()
        for step in 0..<500 {
            let now = at(100 + 20 * step)
            if !isHeld { #expect(latch.receive(packet(UInt16(4 + step)), from: outside, now: now) == .accept) }
            #expect(
                latch.receive(packet(UInt16(step), ssrc: 7), from: stranger, now: now.advanced(byMilliseconds: 5))
                    == .drop(.foreignSource))
        }
        #expect(latch.receive(packet(600), from: outside, now: at(10_200)) == .accept)
        #expect(latch.destination == outside)
    }

    @Test("who sends to all ports at random and is first does not keep a phone out that calls from another host")
    func signallingsHostTakesItsLegFromAStranger() {
        var latch = MediaLatch(
            signalled: signalled, control: signalledControl, isMultiplexed: false, payloadTypes: [0, 101],
            signallingHost: outside.with(port: 5060))
        for sequence in 1...3 { _ = latch.receive(packet(UInt16(sequence), ssrc: 7), from: stranger, now: at(0)) }
        #expect(latch.destination == stranger)
        #expect(latch.receive(packet(1), from: outside, now: at(20)) == .drop(.probing))
        #expect(latch.receive(packet(4, ssrc: 7), from: stranger, now: at(21)) == .accept)
        #expect(latch.receive(packet(2), from: outside, now: at(40)) == .drop(.probing))
        #expect(latch.receive(packet(3), from: outside, now: at(60)) == .acceptAndLatch)
        for sequence in 5...10 {
            let verdict = latch.receive(packet(UInt16(sequence), ssrc: 7), from: stranger, now: at(80))
            #expect(verdict == .drop(.foreignSource))
        }
        // The signalled address itself gives way to nobody: there may be a proxy in between.
        #expect(latch.receive(packet(1), from: signalled, now: at(100)) == .acceptAndLatch)
        for sequence in 4...10 {
            #expect(latch.receive(packet(UInt16(sequence)), from: outside, now: at(120)) == .drop(.foreignSource))
        }
    }

    @Test func heardAgainTheRefreshedSourceIsSettled() {
        var latch = refreshed()
        for sequence in 4...6 {
            #expect(latch.receive(packet(UInt16(sequence)), from: outside, now: at(20 * sequence)) == .accept)
        }
        let neighbour = outside.with(port: 40_000)
        for sequence in 50...60 {
            let verdict = latch.receive(packet(UInt16(sequence), ssrc: 9), from: neighbour, now: at(2000))
            #expect(verdict == .drop(.foreignSource))
        }
    }

    @Test("what a neighbour behind the same NAT took over in a silence goes back with the phone's next packet")
    func formerSourceComesBackAtOnce() {
        var latch = latchedOutside()
        let neighbour = outside.with(port: 40_000)
        for sequence in 50...52 {
            _ = latch.receive(packet(UInt16(sequence), ssrc: 9), from: neighbour, now: at(9000))
        }
        #expect(latch.destination == neighbour)
        #expect(latch.receive(packet(4, ssrc: 3), from: outside, now: at(9010)) == .drop(.foreignSource))
        #expect(latch.receive(packet(4), from: outside, now: at(9020)) == .acceptAndLatch)
        for sequence in 53...60 {
            let verdict = latch.receive(packet(UInt16(sequence), ssrc: 9), from: neighbour, now: at(9030))
            #expect(verdict == .drop(.foreignSource))
        }
        #expect(latch.destination == outside)
    }

    @Test func anotherPortOfTheHostTakesNoReportsWhileTheirOwnGoOn() {
        var latch = latchedOutside()
        let own = outside.with(port: 31_005)
        let neighbour = outside.with(port: 40_001)
        #expect(latch.receiveControl(from: own, now: at(100)) == .acceptAndLatch)
        #expect(latch.receiveControl(from: neighbour, now: at(15_099)) == .drop(.foreignSource))
        #expect(latch.controlDestination == own)
        #expect(latch.receiveControl(from: neighbour, now: at(15_100)) == .acceptAndLatch)
        #expect(latch.receiveControl(from: outside.with(port: 31_001), now: at(15_200)) == .acceptAndLatch)
        #expect(latch.controlDestination == outside.with(port: 31_001))
    }

    @Test func oldFormOfHoldStopsMediaAndResumesWhereItWas() {
        var latch = latchedOutside()
        latch.remoteChanged(
            signalled: .any(.ipv4, port: 4000), control: nil, isMultiplexed: false, payloadTypes: [0])
        #expect(latch.destination == nil)
        #expect(latch.controlDestination == nil)
        latch.remoteChanged(
            signalled: signalled, control: signalledControl, isMultiplexed: false, payloadTypes: [0])
        #expect(latch.destination == outside)
    }

    @Test func unknownPeerLatchesByTheRule() {
        var latch = latch(nil)
        #expect(latch.destination == nil)
        for sequence in 1...3 { _ = latch.receive(packet(UInt16(sequence)), from: outside, now: at(0)) }
        #expect(latch.destination == outside)
    }
}
