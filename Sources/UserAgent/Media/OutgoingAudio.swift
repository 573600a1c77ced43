// SPDX-License-Identifier: GPL-3.0-or-later
import Audio
import Devices
import MediaServer
import RTP
import SDP

/// From the microphone to packets:
///
///     microphone -> echo and noise out -> mute -> films in -> level -> codec rate -> packets of ptime -> encode -> leg
///
/// Confined to the call's media thread. Allocates only when the codec changes.
final class OutgoingAudio {
    var isMuted: Bool
    /// The sound of films that are shown, by the line that shows them; `isMuted` is not about it.
    var films: [VideoRole: any AudioSource] = [:]
    /// Level of the last 20 ms after muting, decibels below overload.
    private(set) var level = AudioLevel.silence

    private let source: any AudioSource
    private let canceller: EchoCanceller?
    private let silence: [Int16]
    private let hearsSpeaker: Bool
    private var captured: [Int16]
    private var film: [Int16]
    private var encoder: AudioEncoder
    private var resampler: Resampler?
    /// Samples at the codec's rate that wait for a whole packet.
    private var pending: [Int16]
    private var pendingCount = 0
    private var payload: [UInt8]
    /// The loudest level in the packet that is being filled.
    private var packetLevel = AudioLevel.silence
    /// Media time in ms since the call's media began: runs on whether or not anything is sent.
    private var time = 0
    private var packetStart = 0
    /// The next packet is the first after a pause.
    private var beginsSpurt = true

    /// - Throws: what a codec refuses.
    init(_ devices: CallDevices, _ parameters: EncoderParameters, isMuted: Bool) throws(AudioCodecError) {
        source = devices.source
        self.isMuted = isMuted
        canceller = devices.sourceIsReal ? EchoCanceller(sampleRate: CallDevices.sampleRate) : nil
        hearsSpeaker = devices.sinkIsReal
        let frame = AudioFrame.samples(at: CallDevices.sampleRate)
        silence = Array(repeating: 0, count: frame)
        captured = silence
        film = silence
        // The longest packet and a frame more, at the highest rate.
        pending = Array(repeating: 0, count: 5 * frame)
        payload = Array(repeating: 0, count: 1280)
        encoder = try AudioEncoder(parameters)
        resampler = try Self.resampler(for: parameters.codec)
    }

    private static func resampler(for codec: AudioCodec) throws(AudioCodecError) -> Resampler? {
        guard codec.sampleRate != CallDevices.sampleRate else { return nil }
        return try Resampler(from: CallDevices.sampleRate, to: codec.sampleRate)
    }

    /// Passes over 20 ms frames that nobody can send any more.
    func skip(_ frames: Int) {
        guard frames > 0 else { return }
        time += 20 * frames
        restartPackets()
    }

    /// Takes 20 ms from the microphone and sends what has become a whole packet.
    ///
    /// - Parameter played: what the loudspeaker got in this tick, at the devices' rate.
    func tick(over leg: AudioLeg, played: [Int16], now: MediaInstant) {
        capture(played: played)
        follow(leg.encoder)
        defer { time += 20 }
        guard leg.settings.sends else { return restartPackets(at: time + 20) }
        if leg.isSendingDigits {
            let clock = leg.settings.sendEventClockRate / 1000
            leg.sendDueDigits(timestamp: UInt32(truncatingIfNeeded: time * clock), now: now)
        }
        convert()
        if level.decibelsBelowOverload < packetLevel.decibelsBelowOverload { packetLevel = level }
        let size = encoder.parameters.samplesPerPacket
        while pendingCount >= size {
            send(size, over: leg, now: now)
            for index in 0..<(pendingCount - size) { pending[index] = pending[index + size] }
            pendingCount -= size
            packetStart += encoder.parameters.ptime
        }
        if pendingCount == 0 { packetLevel = .silence }
    }

    private func capture(played: [Int16]) {
        var frame = captured.mutableSpan
        _ = source.read(into: &frame)
        let reference = hearsSpeaker ? played : silence
        canceller?.process(&frame, played: reference.span)
        if isMuted {
            for index in captured.indices { captured[index] = 0 }
        }
        for source in films.values { mix(source) }
        level = unsafe captured.withUnsafeBufferPointer { unsafe AudioLevel(measuring: $0) }
    }

    private func mix(_ source: any AudioSource) {
        var frame = film.mutableSpan
        let count = source.read(into: &frame)
        for index in 0..<min(count, captured.count) {
            captured[index] = Int16(clamping: Int32(captured[index]) + Int32(film[index]))
        }
    }

    /// Takes over a codec or bitrate negotiated or adapted since the last tick.
    private func follow(_ parameters: EncoderParameters) {
        guard parameters != encoder.parameters else { return }
        let restarts = parameters.codec != encoder.parameters.codec || parameters.ptime != encoder.parameters.ptime
        if parameters.codec == encoder.parameters.codec {
            // A setting that libopus refuses leaves the stream as it was.
            try? encoder.apply(parameters)
        } else if let fresh = try? AudioEncoder(parameters), let converter = try? Self.resampler(for: parameters.codec)
        {
            encoder = fresh
            resampler = converter
        }
        if restarts { restartPackets() }
    }

    private func restartPackets(at start: Int? = nil) {
        pendingCount = 0
        packetStart = start ?? time
        packetLevel = .silence
        beginsSpurt = true
    }

    private func convert() {
        let room = pending.count - pendingCount
        guard let resampler else {
            for index in 0..<min(room, captured.count) { pending[pendingCount + index] = captured[index] }
            pendingCount += min(room, captured.count)
            return
        }
        let start = pendingCount
        pendingCount += unsafe captured.withUnsafeBufferPointer { input in
            unsafe pending.withUnsafeMutableBufferPointer { output in
                unsafe resampler.process(input, into: UnsafeMutableBufferPointer(rebasing: output[start...])).produced
            }
        }
    }

    private func send(_ size: Int, over leg: AudioLeg, now: MediaInstant) {
        let encoder = encoder
        let length = unsafe pending.withUnsafeBufferPointer { samples in
            unsafe payload.withUnsafeMutableBytes { bytes in
                (try? unsafe encoder.encode(UnsafeBufferPointer(rebasing: samples[..<size]), into: bytes)) ?? 0
            }
        }
        // Two bytes or less are Opus's word that the packet need not be sent (RFC 7587 §3.1.3).
        guard length > 2 else {
            beginsSpurt = true
            return
        }
        guard !leg.isSendingDigits else { return }
        let clock = encoder.parameters.codec.rtpClockRate / 1000
        var stated = packetLevel
        stated.isVoice = packetLevel.decibelsBelowOverload < 50
        leg.send(
            payload.span.extracting(first: length), timestamp: UInt32(truncatingIfNeeded: packetStart * clock),
            marker: beginsSpurt, level: stated, now: now)
        beginsSpurt = false
    }
}
