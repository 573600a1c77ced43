// SPDX-License-Identifier: GPL-3.0-or-later

import RTP

extension AudioReceiver {
    /// Samples of a fade where two things meet that do not continue each other: 5 ms.
    var spliceLength: Int { stage.sampleRate / 200 }

    /// Samples for which concealment is played at full level: 60 ms; it is silence after as much again.
    private var concealmentHold: Int { stage.frameLength * 3 }

    /// Appends a packet's time to the queue: its audio, or silence where it is only listened to.
    func take(_ packet: BufferedPacket) {
        guard let codec = codec(of: packet.payloadType) else { return appendSilence(for: packet) }
        if codec != self.codec { change(to: codec) }
        if restarts {
            restarts = false
            decoders.decoder(codec)?.reset()
            decoders.scout?.reset()
            trust = LevelTrust(turn: turn)
            hint = VoiceHint(turn: turn)
            splices = true
        }
        if codec != .opus {
            attention.onset()
        } else if !attention.isFull {
            guard listen(to: packet) else {
                counters.undecoded += 1
                return appendSilence(for: packet)
            }
            attention.onset()
            warmUp()
        }
        decode(packet)
    }

    private func change(to codec: AudioCodec) {
        guard (try? decoders.prepare(codec)) != nil else { return }
        self.codec = codec
        decoders.decoder(codec)?.reset()
        attention.listen()
        stage.change(sampleRate: codec.sampleRate)
        rate.reset()
        splices = true
        concealedRun = 0
    }

    private func appendSilence(for packet: BufferedPacket) {
        stage.queue.appendSilence(samples(packet.duration - packet.skip), splice: spliceLength)
    }

    /// Whether the packet of a leg that is not decoded is an onset.
    private func listen(to packet: BufferedPacket) -> Bool {
        ticksSinceHeard = 0
        // RFC 6716 §3.1, RFC 7587 §3.1.3: a frame of at most a byte or two is discontinuous transmission.
        if unsafe packet.payload.count <= 3 {
            heardLevel = .silence
            return false
        }
        if trust.isTrusted, let claimed = packet.level {
            heardLevel = claimed
            if !claimed.reaches(Attention.onset), trust.wantsCheck() {
                if trust.isFirstOfCheck { decoders.scout?.reset() }
                trust.heard(scout(packet), claimed: claimed)
            }
        } else if hint.spares(unsafe OpusPacketShape(packet.payload), bytes: unsafe packet.payload.count) {
            heardLevel = .silence
        } else {
            if hint.isFirstOfRun { decoders.scout?.reset() }
            heardLevel = scout(packet)
            hint.heard(heardLevel)
        }
        return isWanted && heardLevel.reaches(Attention.onset)
    }

    /// Goes back to listening. The scout has heard nothing for a while: what it remembers would mislead it.
    func stopDecoding() {
        attention.listen()
        decoders.scout?.reset()
    }

    private func scout(_ packet: BufferedPacket) -> AudioLevel {
        guard let scout = decoders.scout else { return .silence }
        counters.scoutDecodes += 1
        guard let count = try? unsafe scout.decode(packet.payload, into: scratch) else { return .silence }
        return unsafe AudioLevel(measuring: UnsafeBufferPointer(rebasing: scratch[..<count]))
    }

    /// Lets the full decoder hear the last packets before an onset, so that the onset itself sounds right.
    private func warmUp() {
        guard let decoder = decoders.decoder(.opus) else { return }
        decoder.reset()
        splices = true
        for back in (1..<JitterBuffer.historyLength).reversed() {
            guard let packet = jitterBuffer.recent(back), codec(of: packet.payloadType) == .opus else { continue }
            counters.warmUpDecodes += 1
            _ = try? unsafe decoder.decode(packet.payload, into: scratch)
        }
    }

    private func decode(_ packet: BufferedPacket) {
        let length = samples(packet.duration)
        let room = unsafe stage.queue.room(length)
        guard let decoder = decoders.decoder(codec),
            let count = try? unsafe decoder.decode(packet.payload, into: room), count > 0
        else {
            counters.malformedPayloads += 1
            return conceal(samples: length - samples(packet.skip), asGap: false)
        }
        counters.fullDecodes += 1
        claimedLevel = packet.level
        playedShape = codec == .opus ? unsafe OpusPacketShape(packet.payload) : nil
        stage.queue.commit(
            count, skip: samples(packet.skip), splice: splices || concealedRun > concealmentHold ? spliceLength : 0)
        splices = false
        concealedRun = 0
    }

    /// Restores a lost packet from the one after it.
    func restore(_ length: Int, from next: BufferedPacket) -> Bool {
        guard let decoder = decoders.decoder(.opus) else { return false }
        let room = unsafe stage.queue.room(length)
        guard let count = try? unsafe decoder.decodeFEC(next.payload, samples: room.count, into: room), count > 0 else {
            return false
        }
        stage.queue.commit(count)
        counters.fecRecovered += 1
        return true
    }

    /// Fills `length` samples for which there is no packet: like what was before, fading to silence.
    /// - Parameter asGap: the sender meant it (DTX): a short fade, and nothing to report.
    func conceal(samples length: Int, asGap: Bool) {
        let (hold, fade) = asGap ? (0, stage.frameLength) : (concealmentHold, stage.frameLength * 3)
        guard attention.isFull, concealedRun < hold + fade, let decoder = decoders.decoder(codec) else {
            stage.queue.appendSilence(length, splice: spliceLength)
            splices = true
            return
        }
        let room = unsafe stage.queue.room(length)
        let count = unsafe decoder.conceal(samples: room.count, into: room)
        for index in 0..<count {
            let into = concealedRun + index - hold
            guard into > 0 else { continue }
            let gain = max(0, fade - into)
            unsafe room[index] = Int16(clamping: Int(room[index]) * gain / fade)
        }
        stage.queue.commit(count)
        concealedRun += count
        guard !asGap else { return }
        concealedInTick = true
        counters.concealedMilliseconds += count * 1000 / stage.sampleRate
    }
}
