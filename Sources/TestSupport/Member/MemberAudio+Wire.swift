// SPDX-License-Identifier: GPL-3.0-or-later

import Audio
import RTP
import Synchronization

// What the pacer's thread does for one member.
extension MemberAudio: PacedStream {
    /// Who looks at one member's recording, and loses the processor over it, makes no other member late: its turn comes again.
    func turn(now: MediaInstant) {
        _ = state.withLockIfAvailable { $0.turn(now: now) }
    }

    /// Takes what waits in its sockets now, not at the pacer's next turn: a busy machine may let that be late.
    package func takesWhatCame() {
        state.withLock { $0.turn(now: .now()) }
    }
}

extension MemberAudio.State {
    fileprivate mutating func turn(now: MediaInstant) {
        if let turned, now.milliseconds(since: turned) > 20 {
            pauses.append((recording?.samples.count ?? 0, now.milliseconds(since: turned)))
        }
        turned = now
        receive(from: sockets, isFormer: false)
        for former in former { receive(from: former, isFormer: true) }
        sendDue(now: now)
    }

    mutating func receive(from sockets: MemberAudio.Sockets, isFormer: Bool) {
        for descriptor in [sockets.pair.media.descriptor, sockets.pair.control.descriptor] {
            while let count = try? batch.receive(from: descriptor), count > 0 {
                for index in 0..<count {
                    var bytes: [UInt8] = []
                    batch.withDatagram(index) { datagram, _, _ in
                        bytes = unsafe datagram.withUnsafeBytes { unsafe Array($0) }
                    }
                    take(bytes, isFormer: isFormer)
                }
            }
        }
    }

    private mutating func take(_ bytes: [UInt8], isFormer: Bool) {
        switch DatagramKind(of: bytes.span) {
        case .rtp:
            guard let header = try? RTPHeader(parsing: bytes.span) else { return }
            if isFormer { arrivals.atFormerPort += 1 } else { arrivals.packets += 1 }
            firstArrival = firstArrival ?? .now()
            talkers = [:]
            let sources = header.contributingSources(levels: mixLevelID, in: bytes.span)
            for index in 0..<sources.count {
                talkers[sources.ssrc(index)] = sources.level(index).decibelsBelowOverload
            }
            record(header, bytes)
        case .rtcp:
            arrivals.reports += 1
            var reader = RTCPCompoundReader()
            while let packet = try? reader.next(in: bytes.span) {
                if packet.type == .bye { arrivals.goodbyes += 1 }
            }
        case .stun, .zrtp, .dtls, .turnChannel, .unknown:
            break
        }
    }

    private mutating func record(_ header: RTPHeader, _ bytes: [UInt8]) {
        guard records, let codec = formats[header.payloadType], !header.payload.isEmpty else { return }
        if decoder?.codec != codec {
            decoder = try? AudioDecoder(codec)
            recording = Recording(codec)
        }
        guard let decoder else { return }
        var samples = [Int16](repeating: 0, count: codec.sampleRate * 120 / 1000)
        let count = unsafe bytes.withUnsafeBytes { datagram in
            let payload = unsafe UnsafeRawBufferPointer(rebasing: datagram[header.payload])
            return unsafe samples.withUnsafeMutableBufferPointer { output in
                (try? unsafe decoder.decode(payload, into: output)) ?? 0
            }
        }
        samples.removeLast(samples.count - count)
        recording?.insert(header, samples)
    }

    // MARK: Out

    mutating func sendDue(now: MediaInstant) {
        guard !isPaused, let destination else { return }
        while let due = sending?.nextDue, due <= now {
            sending?.nextDue = due.advanced(byMilliseconds: 20)
            sendOne(to: destination)
            toneBegan = toneBegan ?? due
        }
    }

    private mutating func sendOne(to destination: SocketAddress) {
        guard let parameters = sending?.encoder.parameters, let timestamp = sending?.timestamp,
            let sequence = sending?.sequence, let payloadType = sending?.payloadType
        else { return }
        var samples = Array(speech.prefix(parameters.samplesPerPacket))
        speech = speech.dropFirst(samples.count)
        let rest = parameters.samplesPerPacket - samples.count
        samples += tone?.next(rest) ?? [Int16](repeating: 0, count: rest)
        let level = levelID.map { ($0, AudioLevel(decibelsBelowOverload: UInt8(-levelInDBov(samples).rounded()))) }
        if let keyPayloadType, let key = keys?.next(at: timestamp) {
            let event = key.event.bytes
            let payload = event.indices.map { event[$0] }
            send(payload, keyPayloadType, marker: key.marker, sequence, key.timestamp, nil, to: destination)
        } else {
            var payload = [UInt8](repeating: 0, count: 1400)
            let count = unsafe samples.withUnsafeBufferPointer { frame in
                unsafe payload.withUnsafeMutableBytes { output in
                    (try? unsafe sending?.encoder.encode(frame, into: output)) ?? 0
                }
            }
            payload.removeLast(payload.count - count)
            send(payload, payloadType, marker: false, sequence, timestamp, level, to: destination)
        }
        sending?.sequence = sequence &+ 1
        sending?.timestamp = timestamp &+ UInt32(parameters.ticksPerPacket)
    }

    private func send(
        _ payload: [UInt8], _ payloadType: UInt8, marker: Bool, _ sequence: UInt16, _ timestamp: UInt32,
        _ level: (id: UInt8, level: AudioLevel)?, to destination: SocketAddress
    ) {
        if let lossInterval, sequence.isMultiple(of: lossInterval) { return }
        let packet = RTPBytes(
            payloadType: payloadType, marker: marker, sequence: sequence, timestamp: timestamp, ssrc: ssrc,
            level: level.map { ($0.id, $0.level.clientToMixerByte) }, payload: payload)
        try? sockets.pair.media.send(packet.bytes.span, to: destination)
    }
}
