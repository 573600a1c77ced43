// SPDX-License-Identifier: GPL-3.0-or-later

import TestSupport
import Testing

@testable import Audio

/// A room in simulated time: members with sources, and decoders that record what each of them hears.
final class MixRig {
    let mixer: RoomMixer
    private var sources: [Int: (Int) -> [Int16]?] = [:]
    private var decoders: [Int: AudioDecoder] = [:]
    private var codecs: [Int: AudioCodec] = [:]
    private var expected: [Int: UInt32] = [:]
    /// What each member heard, at its codec's rate, with zeros where nothing was sent.
    var heard: [Int: [Int16]] = [:]
    /// Before encoding, if recorded.
    var plain: [Int: [Int16]] = [:]
    var recordsPlain = false
    /// Packets of the last tick.
    var packets:
        [(
            slot: Int, kind: MixedPacket.Kind, payload: [UInt8], address: UInt, timestamp: UInt32, marker: Bool,
            contributors: [Contributor]
        )] = []

    init(_ configuration: MixerConfiguration = .quiet) {
        mixer = RoomMixer(configuration: configuration)
    }

    /// - Parameter source: called each tick with the count of samples wanted; nil sends nothing.
    func add(_ codec: AudioCodec, ptime: Int = 20, dtx: Bool = false, source: ((Int) -> [Int16]?)? = nil) throws -> Int
    {
        let parameters = EncoderParameters(codec: codec, ptime: ptime, dtx: dtx)
        let slot = try mixer.add(MemberSettings(output: parameters))
        decoders[slot] = try AudioDecoder(codec)
        codecs[slot] = codec
        sources[slot] = source
        heard[slot] = []
        plain[slot] = []
        expected[slot] = nil
        return slot
    }

    func add(_ codec: AudioCodec, tone frequency: Double, level: Double = -20, ptime: Int = 20) throws -> Int {
        let tone = Box(ToneGenerator(frequency: frequency, level: level, sampleRate: codec.sampleRate))
        return try add(codec, ptime: ptime) { tone.value.next($0) }
    }

    func setSource(_ slot: Int, _ source: ((Int) -> [Int16]?)?) { sources[slot] = source }

    func remove(_ slot: Int) {
        mixer.remove(slot)
        sources[slot] = nil
    }

    func run(ticks: Int, _ each: () -> Void = {}) {
        for _ in 0..<ticks {
            tick()
            each()
        }
    }

    private func tick() {
        var frames: [UnsafeMutableBufferPointer<Int16>] = []
        defer { for frame in frames { frame.deallocate() } }
        for slot in sources.keys.sorted() {
            guard let source = sources[slot], let rate = mixer.settings(of: slot)?.inputRate,
                let frame = source(rate / 50)
            else { continue }
            // The mixer reads it in the tick.
            let lent = UnsafeMutableBufferPointer<Int16>.allocate(capacity: frame.count)
            _ = lent.initialize(from: frame)
            frames.append(lent)
            mixer.offer(slot, level: UInt8(-levelInDBov(frame).rounded()), frame: UnsafeBufferPointer(lent))
        }
        mixer.select()
        mixer.tick()
        packets.removeAll()
        mixer.drainPackets { slot, packet in
            packets.append(
                (
                    slot, packet.kind, Array(packet.payload), UInt(bitPattern: packet.payload.baseAddress),
                    packet.timestamp, packet.marker, Array(packet.contributors)
                ))
            receive(slot, packet)
        }
        guard recordsPlain else { return }
        for slot in plain.keys { plain[slot]? += mixer.frameBeforeEncoding(of: slot) }
    }

    private func receive(_ slot: Int, _ packet: MixedPacket) {
        guard let decoder = decoders[slot], let codec = codecs[slot] else { return }
        let perTick = codec.sampleRate / codec.rtpClockRate
        if let next = expected[slot], packet.timestamp != next {
            heard[slot]? += [Int16](repeating: 0, count: Int(packet.timestamp &- next) * perTick)
        }
        guard let samples = try? CodecRoundTripTests.decode(Array(packet.payload), decoder) else {
            Issue.record("member \(slot) got a packet that its codec cannot decode")
            return
        }
        heard[slot]? += samples
        expected[slot] = packet.timestamp &+ UInt32(samples.count / perTick)
    }

    /// The tones of `frequencies` that `slot` heard in its last `seconds`, loudest level each.
    func tones(_ frequencies: [Double], heardBy slot: Int, seconds: Double = 0.5, above threshold: Double = -50)
        -> [Double: Double]
    {
        guard let codec = codecs[slot], let samples = heard[slot] else { return [:] }
        return ToneDetector(sampleRate: codec.sampleRate)
            .tones(frequencies, in: samples.suffix(Int(seconds * Double(codec.sampleRate))), above: threshold)
    }
}

final class Box<Value> {
    var value: Value
    init(_ value: Value) { self.value = value }
}

extension MixerConfiguration {
    /// Nothing of its own in the room.
    static var quiet: MixerConfiguration {
        var configuration = MixerConfiguration()
        configuration.chimes = false
        configuration.lonePattern = false
        return configuration
    }

    static func quiet(talkers: Int) -> MixerConfiguration {
        var configuration = quiet
        configuration.maximumTalkers = talkers
        return configuration
    }
}

/// Reproducible noise.
struct Noise {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next(_ count: Int, amplitude: Int) -> [Int16] {
        (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int16(clamping: Int((state >> 33) % UInt64(2 * amplitude + 1)) - amplitude)
        }
    }
}
