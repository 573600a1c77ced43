// SPDX-License-Identifier: GPL-3.0-or-later

import TestSupport
import Testing

@testable import Audio

/// A member that starts and stops talking moves to a stream of its own and back; what it hears must not show it.
@Suite struct StreamSwitchTests {
    /// What `member` hears of a steady tone while it talks now and then (or, for comparison, never).
    private func heard(_ codec: AudioCodec, ptime: Int = 20, talks: Bool, others: Int) throws -> (MixRig, [Int16]) {
        let rig = MixRig()
        _ = try rig.add(codec, tone: 440, level: -12, ptime: ptime)
        let member = try rig.add(codec, ptime: ptime)
        for _ in 0..<others { _ = try rig.add(codec, ptime: ptime) }
        // Not heard by itself, so what it says does not matter: short words, 0.6 s apart, 0.4 s of hangover each.
        var noise = Noise(seed: 5)
        var tick = 0
        if talks {
            rig.setSource(member) { count in
                tick += 1
                return tick % 60 < 8 ? noise.next(count, amplitude: 3000) : nil
            }
        }
        rig.run(ticks: 600)
        return (rig, try #require(rig.heard[member]))
    }

    @Test(arguments: AudioCodec.allCases, [0, 2])
    func aSteadyToneHasNoBreakBeyondCoding(codec: AudioCodec, others: Int) throws {
        let (reference, quiet) = try heard(codec, talks: false, others: others)
        let (rig, heard) = try heard(codec, talks: true, others: others)
        // Under a tone without end a G.722 member has no pause to return in, unless nobody shares its class.
        #expect(rig.mixer.counters.switches >= (codec == .g722 && others > 0 ? 2 : 18))
        #expect(reference.mixer.counters.switches == 1)
        #expect(heard.count == quiet.count)
        let continuity = ToneContinuity(frequency: 440, sampleRate: codec.sampleRate)
        let start = codec.sampleRate
        let coding = continuity.largestError(in: quiet[start...], amplitude: 8230)
        let switching = continuity.largestError(in: heard[start...], amplitude: 8230)
        #expect(switching <= max(coding * 1.5, coding + 0.02), "\(switching) of the amplitude against \(coding)")
        let slip = continuity.slip(in: Array(heard[start...]), block: codec.sampleRate / 50)
        let drift = slip.map { abs($0) * 48000 / Double(codec.sampleRate) }.max() ?? 99
        #expect(drift < 4, "\(drift) samples of 48 kHz")
        #expect(abs((rig.tones([440], heardBy: 1, seconds: 4)[440] ?? 0) + 12) < 1)
    }

    @Test(arguments: [AudioCodec.pcmu, .pcma])
    func g711IsBitExactAcrossSwitches(codec: AudioCodec) throws {
        #expect(try heard(codec, talks: false, others: 2).1 == heard(codec, talks: true, others: 2).1)
    }

    @Test(arguments: [40, 60])
    func longPacketsNeverCarryTheTalkerItself(ptime: Int) throws {
        let rig = MixRig()
        _ = try rig.add(.pcmu, tone: 440, level: -12, ptime: ptime)
        let tone = Box(ToneGenerator(frequency: 1900, level: -12, sampleRate: 8000))
        var tick = 0
        let member = try rig.add(.pcmu, ptime: ptime) { count in
            tick += 1
            return tick % 47 < 9 ? tone.value.next(count) : nil
        }
        _ = try rig.add(.pcmu, ptime: ptime)
        rig.run(ticks: 400)
        #expect(rig.mixer.counters.switches > 10)
        let heard = try #require(rig.heard[member])
        let glitches = ToneContinuity(frequency: 440, sampleRate: 8000)
            .glitches(in: Array(heard[8000...]), amplitude: 8230, tolerance: 0.08)
        #expect(glitches.isEmpty)
    }

    @Test func aG722MemberReturnsInThePauseOfTheOthers() throws {
        let rig = MixRig()
        let tone = Box(ToneGenerator(frequency: 440, level: -12, sampleRate: 16000))
        var tick = 0
        _ = try rig.add(.g722) { count in
            tick += 1
            let frame = tone.value.next(count)
            return (60..<70).contains(tick) ? frame.map { $0 / 200 } : frame
        }
        var noise = Noise(seed: 9)
        let member = try rig.add(.g722) { count in tick < 20 ? noise.next(count, amplitude: 3000) : nil }
        _ = try rig.add(.g722)
        var own: [Int] = []
        rig.run(ticks: 150) { if rig.mixer.hasOwnStream(member) { own.append(tick) } }
        #expect(own == Array(1...60))
        let heard = try #require(rig.heard[member])
        let continuity = ToneContinuity(frequency: 440, sampleRate: 16000)
        #expect(continuity.largestError(in: heard[(60 * 320 + 64)..<(69 * 320)], amplitude: 8230) < 0.02)
        // Half a second after the tone's return, as without a change of streams.
        #expect(continuity.largestError(in: heard.suffix(16000), amplitude: 8230) < 0.02)
    }

    @Test(arguments: [5, 12, 20, 40, 100])
    func g722BeginsCleanlyAfterASilence(pause: Int) throws {
        let rig = MixRig()
        let tone = Box(ToneGenerator(frequency: 440, level: -12, sampleRate: 16000))
        var tick = 0
        let talker = try rig.add(.g722) { count in
            tick += 1
            let frame = tone.value.next(count)
            return (50..<(70 + pause)).contains(tick) ? nil : frame
        }
        let listener = try rig.add(.g722)
        rig.run(ticks: 100 + pause)
        _ = talker
        let heard = try #require(rig.heard[listener])
        let start = (69 + pause) * 320
        let error = ToneContinuity(frequency: 440, sampleRate: 16000)
            .largestError(in: heard[(start + 1600)..<(start + 3200)], amplitude: 8230)
        #expect(error < 0.06, "\(error)")
        #expect(abs(ToneDetector(sampleRate: 16000).level(of: 440, in: heard.suffix(3200)) + 12) < 0.5)
    }
}
