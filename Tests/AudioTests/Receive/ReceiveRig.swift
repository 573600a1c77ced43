// SPDX-License-Identifier: GPL-3.0-or-later

import Audio
import Foundation
import RTP
import TestSupport

/// What one packet is on the emulated wire.
struct WirePacket {
    var header: RTPHeader
    var payload: [UInt8]
    var level: AudioLevel?
}

/// A sender of a tone: codec, clock and RTP state are its own.
struct ToneSender {
    var codec: AudioCodec
    var payloadType: UInt8
    var ptime = 20
    var frequency = 450.0 { didSet { lastPayload = nil } }
    var amplitude = 8000.0 { didSet { lastPayload = nil } }
    /// Parts per million that its clock runs fast.
    var drift = 0.0
    /// Milliseconds (sender's clock) at which the tone sounds; nil: always.
    var spurts: [Range<Int>]?
    /// What it says of its level; nil: nothing.
    var claims: ((_ isSounding: Bool) -> AudioLevel?) = { _ in nil }
    /// Whether packets are sent while it is silent.
    var sendsSilence = true
    var ssrc: UInt32 = 0x1234
    var sequence: UInt16 = 65500
    var timestamp: UInt32 = 0xFFFF_F000
    private var encoder: AudioEncoder
    private var sample = 0
    /// What was encoded last.
    private var lastPayload: [UInt8]?

    init(_ codec: AudioCodec, payloadType: UInt8, ptime: Int = 20, fec: Bool = false, dtx: Bool = false) throws {
        self.codec = codec
        self.payloadType = payloadType
        self.ptime = ptime
        encoder = try AudioEncoder(
            EncoderParameters(
                codec: codec, ptime: ptime, fec: fec, expectedLoss: fec ? 20 : 0, dtx: dtx, complexity: 1))
    }

    /// True nanoseconds after the start at which the next packet is complete.
    var due: Int64 {
        let end = Double(sample + codec.sampleRate / 1000 * ptime) / Double(codec.sampleRate)
        return Int64(end / (1 + drift * 1e-6) * 1e9)
    }

    /// Whether all packets are alike: whole periods of the tone, and a codec that remembers nothing. Hours of that are
    /// made once.
    private var repeats: Bool {
        let periods = frequency * Double(ptime) / 1000
        return (codec == .pcmu || codec == .pcma) && spurts == nil && periods == periods.rounded()
    }

    mutating func next() throws -> WirePacket? {
        let length = codec.sampleRate / 1000 * ptime
        let start = sample * 1000 / codec.sampleRate
        let sounding = spurts?.contains { $0.overlaps(start..<(start + ptime)) } ?? true
        let payload = try (repeats ? lastPayload : nil) ?? encoded(length)
        lastPayload = payload
        let header = RTPHeader(payloadType: payloadType, sequenceNumber: sequence, timestamp: timestamp, ssrc: ssrc)
        sample += length
        timestamp &+= UInt32(codec.rtpClockRate / 1000 * ptime)
        guard sounding || sendsSilence else { return nil }
        sequence &+= 1
        return WirePacket(header: header, payload: payload, level: claims(sounding))
    }

    /// The next `length` samples of the tone.
    private func encoded(_ length: Int) throws -> [UInt8] {
        var pcm = [Int16](repeating: 0, count: length)
        for index in 0..<length {
            let milliseconds = (sample + index) * 1000 / codec.sampleRate
            guard spurts?.contains(where: { $0.contains(milliseconds) }) ?? true else { continue }
            let angle = 2 * Double.pi * frequency * Double(sample + index) / Double(codec.sampleRate)
            pcm[index] = Int16(amplitude * sin(angle))
        }
        var payload = [UInt8](repeating: 0, count: 1500)
        let count = try payload.withUnsafeMutableBytes { bytes in
            try pcm.withUnsafeBufferPointer { try encoder.encode($0, into: bytes) }
        }
        return Array(payload[..<count])
    }
}

/// One sender, one network, one receiver, in simulated time.
struct ReceiveRig {
    static let payloadTypes: [UInt8: AudioCodec] = [0: .pcmu, 8: .pcma, 9: .g722, 111: .opus]

    var sender: ToneSender
    var network: NetworkEmulator<WirePacket>
    let receiver: AudioReceiver
    /// Milliseconds from a packet's completion to the tick after it, on an ideal network.
    var phase: Double
    private(set) var tick = 0
    private(set) var output: [Int16] = []
    private(set) var kinds: [ReceivedFrame.Kind] = []
    private(set) var levels: [AudioLevel] = []
    private(set) var active: [Bool] = []
    private(set) var delays: [Double] = []
    private(set) var rates: [Int] = []
    private(set) var verdicts: [JitterBufferVerdict: Int] = [:]
    var change: (inout WirePacket) -> Void = { _ in }
    var isWanted: (Int) -> Bool = { _ in true }

    init(
        _ sender: ToneSender, condition: NetworkCondition = NetworkCondition(), phase: Double = 10, seed: UInt64 = 1
    ) throws {
        self.sender = sender
        self.phase = phase
        network = NetworkEmulator(condition, seed: seed)
        receiver = try AudioReceiver(codec: sender.codec, payloadTypes: Self.payloadTypes)
    }

    var sampleRate: Int { sender.codec.sampleRate }
    var now: MediaInstant { MediaInstant(nanoseconds: 1_000_000_000 + Int64(tick) * 20_000_000) }

    mutating func run(seconds: Double) throws {
        for _ in 0..<Int(seconds * 50) { try step() }
    }

    mutating func step() throws {
        tick += 1
        let now = now
        let offset = 1_000_000_000 - Int64(phase * 1e6)
        while sender.due + offset <= now.nanoseconds {
            let time = sender.due + offset
            if var packet = try sender.next() {
                change(&packet)
                network.send(packet, bytes: packet.payload.count + 40, at: time)
            }
        }
        while let (packet, arrival) = network.receive(by: now.nanoseconds) {
            let verdict = packet.payload.withUnsafeBytes { payload in
                receiver.insert(
                    packet.header, payload: payload, arrival: MediaInstant(nanoseconds: arrival), level: packet.level)
            }
            verdicts[verdict, default: 0] += 1
        }
        let frame = receiver.tick(now, wanted: isWanted(tick))
        output.append(contentsOf: frame.samples)
        kinds.append(frame.kind)
        levels.append(frame.level)
        active.append(frame.isActive)
        rates.append(frame.sampleRate)
        delays.append(statistics.delayMilliseconds)
    }

    var statistics: ReceiveStatistics { receiver.statistics }

    /// Amplitude and phase (in cycles, against the nominal frequency) of each 20 ms of the output, a second at a time
    /// from `start`.
    func track(frequency: Double? = nil, from start: Int = 0) -> [(amplitude: Double, phase: Double)] {
        let length = sampleRate / 50
        let omega = 2 * Double.pi * (frequency ?? sender.frequency) / Double(sampleRate)
        let (turnCosine, turnSine) = (cos(omega), sin(omega))
        return (start..<(output.count / length)).map { index in
            var (real, imaginary) = (0.0, 0.0)
            // By recurrence within the frame: sine and cosine of each sample would be most of the time.
            let angle = omega * Double(index * length)
            var (cosine, sine) = (cos(angle), sin(angle))
            for sample in (index * length)..<((index + 1) * length) {
                let value = Double(output[sample])
                real += value * cosine
                imaginary += value * sine
                (cosine, sine) = (cosine * turnCosine - sine * turnSine, sine * turnCosine + cosine * turnSine)
            }
            let scale = 2 / Double(length)
            return (
                (real * real + imaginary * imaginary).squareRoot() * scale, atan2(real, imaginary) / (2 * Double.pi)
            )
        }
    }

    /// Frames in which the tone is not what a smooth resampler could have made of it: `bend` is the speed change allowed
    /// (0.011: 1.1%), `level` the amplitude's.
    func glitches(from start: Int, bend: Double, level: Double = 0.08) -> [Int] {
        let track = track(from: start)
        var found: [Int] = []
        for index in track.indices.dropFirst() {
            var turn = track[index].phase - track[index - 1].phase
            turn -= turn.rounded()
            let amplitude = track[index].amplitude / sender.amplitude
            if abs(turn) > bend * sender.frequency * 0.02 || abs(amplitude - 1) > level { found.append(start + index) }
        }
        return found
    }
}
