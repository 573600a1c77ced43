// SPDX-License-Identifier: GPL-3.0-or-later
import Devices
import Picture
import RTP
import Synchronization
import TestSupport
import Video

/// A bad network between two UDP ports, in real time: each end sends to a port of the path's and is heard at the other.
final class LossyPath: Sendable {
    /// What passed, by the first end's packets and the second's.
    struct Traffic: Sendable {
        var packets = 0
        var lost = 0
        /// RTCP feedback: packets asked for again, pictures lost.
        var asksForPackets = 0
        var asksForPictures = 0
        /// VP8 key frames begun.
        var keyframes = 0
        /// RTP packets by what they are.
        var streams: [Stream: Int] = [:]
        /// Limits told (TMMBN), by whom and of how many bits a second.
        var limitsInForce: [UInt32: Int] = [:]

        /// Packets of that stream.
        func count(_ payloadType: UInt8, _ ssrc: UInt32) -> Int {
            streams[Stream(payloadType: payloadType, ssrc: ssrc)] ?? 0
        }
    }

    struct Stream: Hashable, Sendable {
        var payloadType: UInt8
        var ssrc: UInt32
    }

    let near: SocketAddress
    let far: SocketAddress
    private let nearSocket: MediaSocket
    private let farSocket: MediaSocket
    private let ends: Mutex<(SocketAddress, SocketAddress)>
    private let state: Mutex<State>
    private let poll: Mutex<EventPoll>
    private let thread = Mutex<DeviceThread?>(nil)

    private struct State {
        var emulators: [NetworkEmulator<[UInt8]>]
        var traffic = [Traffic(), Traffic()]
    }

    /// - Parameters:
    ///   - ends: where either side receives.
    ///   - condition: of both directions.
    ///   - near: where the first end is to send to.
    init(
        between first: SocketAddress, _ second: SocketAddress, _ condition: NetworkCondition, seed: UInt64 = 1,
        near: SocketAddress = .loopback()
    ) throws {
        nearSocket = try MediaSocket(binding: near)
        farSocket = try MediaSocket(binding: .loopback())
        self.near = nearSocket.localAddress
        far = farSocket.localAddress
        ends = Mutex((first, second))
        state = Mutex(
            State(emulators: [NetworkEmulator(condition, seed: seed), NetworkEmulator(condition, seed: seed + 1)]))
        let poll = try EventPoll()
        try poll.add(nearSocket.descriptor, token: 0)
        try poll.add(farSocket.descriptor, token: 1)
        self.poll = Mutex(poll)
        let thread = try DeviceThread(name: "lossy-path") { [weak self] thread in
            while !thread.isStopping, let self { turn() }
        }
        self.thread.withLock { $0 = thread }
    }

    /// Of the first end's packets, and of the second's.
    var traffic: (Traffic, Traffic) { state.withLock { ($0.traffic[0], $0.traffic[1]) } }

    /// - Parameter second: of the second end's packets; nil: as of the first's.
    func set(_ condition: NetworkCondition, second: NetworkCondition? = nil) {
        state.withLock { state in
            state.emulators[0].condition = condition
            state.emulators[1].condition = second ?? condition
        }
    }

    /// Gives the first end a datagram as from the second.
    func inject(_ datagram: Span<UInt8>) throws {
        try nearSocket.send(datagram, to: ends.withLock { $0.0 })
    }

    func stop() {
        thread.withLock { $0 }?.stop()
    }

    private func turn() {
        // What waits in the emulators may be due as soon.
        poll.withLock { _ = try? $0.wait(milliseconds: 1) }
        let now = MediaInstant.now().nanoseconds
        take(from: nearSocket, as: 0, now: now)
        take(from: farSocket, as: 1, now: now)
        let (first, second) = ends.withLock { $0 }
        // What comes to the first end's port of the path leaves from the other.
        for packet in arrived(0, now: now) { try? farSocket.send(packet.span, to: second) }
        for packet in arrived(1, now: now) { try? nearSocket.send(packet.span, to: first) }
    }

    private func take(from socket: borrowing MediaSocket, as index: Int, now: Int64) {
        var buffer = [UInt8](repeating: 0, count: 2048)
        while true {
            let length = unsafe buffer.withUnsafeMutableBytes { bytes in
                (try? unsafe socket.receive(into: bytes))??.length
            }
            guard let length else { return }
            let packet = Array(buffer.prefix(length))
            state.withLock { state in
                let lost = state.emulators[index].lost
                state.emulators[index].send(packet, bytes: length, at: now)
                state.traffic[index].packets += 1
                state.traffic[index].lost += state.emulators[index].lost - lost
                state.traffic[index].note(packet)
            }
        }
    }

    private func arrived(_ index: Int, now: Int64) -> [[UInt8]] {
        state.withLock { state in
            var packets: [[UInt8]] = []
            while let (packet, _) = state.emulators[index].receive(by: now) { packets.append(packet) }
            return packets
        }
    }
}

extension LossyPath.Traffic {
    fileprivate mutating func note(_ packet: [UInt8]) {
        var reader = RTCPCompoundReader()
        guard DatagramKind(of: packet.span) == .rtcp else {
            guard let header = try? RTPHeader(parsing: packet.span) else { return }
            if VideoPacket(header, codec: .vp8, datagram: packet.span).startsKeyframe { keyframes += 1 }
            streams[LossyPath.Stream(payloadType: header.payloadType, ssrc: header.ssrc), default: 0] += 1
            return
        }
        while let part = try? reader.next(in: packet.span) {
            switch RTCPFeedbackMessage(part, in: packet.span) {
            case .lost: asksForPackets += 1
            case .pictureLoss, .fullIntra: asksForPictures += 1
            case .bitrateLimits(let limits) where limits.isNotification:
                limitsInForce[limits.senderSSRC] = limits.limit(0, in: packet.span)?.bitsPerSecond
            default: break
            }
        }
    }
}

extension TestPattern {
    /// How much of a stretch of time shows a picture that is no older than 300 ms, by the pattern's clock.
    static func freshness(
        for duration: Duration, of picture: @escaping @Sendable () -> PictureFrame?
    ) async throws -> Double {
        var (looks, fresh, last, changed) = (0, 0, UInt32(0), ContinuousClock.now)
        try await Condition.watch(for: duration, every: .milliseconds(20)) {
            if let clock = picture().flatMap({ TestPattern.clock(of: $0) }), clock != last {
                (last, changed) = (clock, .now)
            }
            looks += 1
            if ContinuousClock.now - changed < .milliseconds(300) { fresh += 1 }
        }
        return Double(fresh) / Double(looks)
    }
}
