// SPDX-License-Identifier: GPL-3.0-or-later

package import RTP

/// One leg's way in: packets as they come, 20 ms of PCM a tick.
///
///     insert -> jitter buffer -> (levels or scout: does anybody talk?) -> decode | conceal | silence
///            -> queue -> drift and delay correction -> tick
///
/// Time is an argument; sans-I/O. Nothing is allocated per packet or tick, only once when a codec is first seen.
/// Belongs to one thread. The parts are in `AudioReceiver+Decoding` and `AudioReceiver+Playout`.
@safe package final class AudioReceiver {
    private var codecs = InlineArray<128, AudioCodec?>(repeating: nil)
    var jitterBuffer: JitterBuffer
    var stage: PlayoutStage
    var decoders = DecoderSet()
    var attention = Attention()
    var trust: LevelTrust
    var hint: VoiceHint
    let turn: Int
    var rate = PlayoutRate()
    var counters = ReceiveStatistics()

    /// The codec of the packets now played.
    package internal(set) var codec: AudioCodec
    /// The caller's word: false while nobody will hear this leg, so that it is only listened to.
    var isWanted = true
    /// What a leg that is not decoded is known to be at, and for how many ticks nothing more was heard of it.
    var heardLevel = AudioLevel.silence
    var ticksSinceHeard = 0
    /// What the sender said of the last packet decoded in full.
    var claimedLevel: AudioLevel?
    /// The form of the last packet decoded in full, if it was Opus.
    var playedShape: OpusPacketShape?
    /// Samples concealed in a row.
    var concealedRun = 0
    var concealedInTick = false
    /// What is appended next does not continue what is in the queue.
    var splices = false
    /// The jitter buffer began anew; the decoder has to as well, when the first packet after it is played.
    var restarts = false
    /// Ticks in a row that the delay has been off.
    var ticksOff = 0
    private var lastTick = MediaInstant.zero
    /// How many packets behind the newest a packet of the codec before may still come.
    private static let stragglerPackets: Int16 = 64
    private var insertedSource: UInt32?
    private var insertedSequence: UInt16 = 0

    private let frame: UnsafeMutableBufferPointer<Int16>
    /// For what is decoded and not played: 120 ms, the longest Opus packet.
    let scratch: UnsafeMutableBufferPointer<Int16>
    private var frameIsZero = true

    /// - Parameters:
    ///   - codec: the one expected, which sets the frames' rate until packets say otherwise.
    ///   - payloadTypes: what may be received, by payload type.
    ///   - turn: not negative, another number for each receiver of a thread: what all do now and then, they do in turn.
    package init(
        codec: AudioCodec, payloadTypes: [UInt8: AudioCodec],
        configuration: JitterBufferConfiguration = JitterBufferConfiguration(), turn: Int = 0
    ) throws(AudioCodecError) {
        precondition(configuration.tickMilliseconds == 20, "an AudioReceiver's tick is 20 ms")
        self.codec = codec
        self.turn = turn
        trust = LevelTrust(turn: turn)
        hint = VoiceHint(turn: turn)
        jitterBuffer = JitterBuffer(clockRate: codec.rtpClockRate, configuration: configuration)
        // Room for every codec from the start: a call that changes it must not allocate between ticks.
        stage = PlayoutStage(sampleRate: codec.sampleRate, largestRate: 48000)
        unsafe scratch = .allocate(capacity: 5760)
        unsafe scratch.initialize(repeating: 0)
        unsafe frame = .allocate(capacity: 960)
        unsafe frame.initialize(repeating: 0)
        setPayloadTypes(payloadTypes)
        try decoders.prepare(codec)
    }

    deinit {
        unsafe frame.deallocate()
        unsafe scratch.deallocate()
    }

    /// What may be received from now on, by payload type (after a re-negotiation).
    package func setPayloadTypes(_ payloadTypes: [UInt8: AudioCodec]) {
        codecs = InlineArray(repeating: nil)
        for (type, codec) in payloadTypes where type < 128 { codecs[Int(type)] = codec }
    }

    func codec(of payloadType: UInt8) -> AudioCodec? {
        codecs[Int(payloadType & 0x7F)]
    }

    /// Takes a packet.
    /// - Parameters:
    ///   - payload: copied.
    ///   - level: its RFC 6464 level, where negotiated and there.
    /// - Returns: what became of it. `.malformed` also for a payload type that was not negotiated.
    @discardableResult
    package func insert(
        _ header: RTPHeader, payload: UnsafeRawBufferPointer, arrival: MediaInstant, level: AudioLevel? = nil
    ) -> JitterBufferVerdict {
        guard let codec = codec(of: header.payloadType) else {
            counters.unknownPayloadTypes += 1
            return .malformed
        }
        if codec.rtpClockRate != jitterBuffer.clockRate {
            // Timestamps count other ticks now. A straggler from before the change must not turn it back; what lies farther
            // back is a stream that counts anew.
            let ahead = Int16(bitPattern: header.sequenceNumber &- insertedSequence)
            if header.ssrc == insertedSource, (-Self.stragglerPackets...0).contains(ahead) { return .late }
            jitterBuffer.reset(clockRate: codec.rtpClockRate)
        }
        let verdict = unsafe jitterBuffer.insert(
            header, payload: payload, duration: codec.duration(of: payload), level: level, arrival: arrival)
        if verdict.isKept {
            insertedSource = header.ssrc
            insertedSequence = header.sequenceNumber
        }
        if verdict == .reset { restarts = true }
        return verdict
    }

    /// Gives the next 20 ms.
    /// - Parameters:
    ///   - now: the tick's deadline, not when it came to run: a late tick is not delay.
    ///   - wanted: false while nobody will hear this leg: it is then listened to, not decoded (Opus; others always are).
    package func tick(_ now: MediaInstant, wanted: Bool = true) -> ReceivedFrame {
        isWanted = wanted
        lastTick = now
        concealedInTick = false
        ticksSinceHeard += 1
        if !wanted, attention.isFull, codec == .opus { stopDecoding() }

        play(now)

        let output = unsafe UnsafeMutableBufferPointer(rebasing: frame[..<stage.frameLength])
        let silent = stage.queue.isSilent
        if silent {
            if !frameIsZero { unsafe frame.update(repeating: 0) }
            frameIsZero = true
            stage.queue.consume(stage.frameLength)
        } else {
            unsafe stage.produce(into: output, partsPerMillion: rate.partsPerMillion)
            frameIsZero = false
        }
        let samples = UnsafeBufferPointer(output)
        let level = unsafe judge(samples, isSilent: silent)
        let kind: ReceivedFrame.Kind =
            silent || (level == .silence && !attention.isFull) ? .silence : concealedInTick ? .concealed : .audio
        return unsafe ReceivedFrame(
            samples: samples, sampleRate: stage.sampleRate, kind: kind, level: level,
            isActive: attention.isFull ? isAudible : level.reaches(Attention.onset))
    }

    /// The counters alone, for who asks of a thousand legs at once.
    package var tallies: ReceiveStatistics { counters }

    /// Counters, and the playout's state as of the last tick.
    package var statistics: ReceiveStatistics {
        var result = counters
        result.jitterBuffer = jitterBuffer.statistics
        result.levelsDistrusted = !trust.isTrusted
        result.driftPartsPerMillion = jitterBuffer.driftEstimate
        if let delay = playoutDelay {
            result.delayMilliseconds = Double(delay.now) * 1e-6
            result.targetMilliseconds = Double(delay.target) * 1e-6
        }
        return result
    }

    /// Nanoseconds that a packet waits from its arrival to its playout, as of the last tick, and should wait; nil while nothing plays.
    package var playoutDelay: (now: Int64, target: Int64)? {
        jitterBuffer.delay(now: lastTick.advanced(byMilliseconds: 20), unplayed: unplayedTicks)
    }

    /// What is believed of the tick's level, and what follows for how closely the leg is listened to.
    private func judge(_ samples: UnsafeBufferPointer<Int16>, isSilent: Bool) -> AudioLevel {
        if isSilent {
            if ticksSinceHeard > 5 { heardLevel = .silence }
            quietTicks += 1
            return heardLevel
        }
        let measured = unsafe AudioLevel(measuring: samples)
        outputLevel = measured
        quietTicks = measured.reaches(Attention.sustain) ? 0 : quietTicks + 1
        guard attention.isFull else {
            // The tail of what was decoded has run out.
            if measured == .silence { stage.queue.hush() }
            return ticksSinceHeard > 5 ? measured : heardLevel
        }
        if !concealedInTick {
            if let claimedLevel { trust.decoded(measured, claimed: claimedLevel) }
            hint.decoded(measured, playedShape)
        }
        if attention.heard(measured), codec == .opus { stopDecoding() }
        return measured
    }

    private var outputLevel = AudioLevel.silence
    private var quietTicks = 0
    private var isAudible: Bool { quietTicks < 25 }
    /// The last tick was so quiet that samples may be dropped or inserted unheard.
    var isQuiet: Bool { quietTicks > 0 }
}
