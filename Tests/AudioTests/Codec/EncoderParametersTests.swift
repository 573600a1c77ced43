// SPDX-License-Identifier: GPL-3.0-or-later

import Testing

@testable import Audio

@Suite struct EncoderParametersTests {
    @Test(arguments: [(5, 10), (10, 10), (20, 20), (30, 20), (40, 40), (50, 40), (60, 60), (120, 60)])
    func opusTakesTheNextShorterFrameItHas(asked: Int, given: Int) {
        #expect(EncoderParameters(codec: .opus, ptime: asked).ptime == given)
    }

    @Test func settingsThatACodecLacksDoNotSplitItsClass() {
        #expect(
            EncoderParameters(codec: .pcmu, bitrate: 9000, fec: true, expectedLoss: 7, complexity: 9)
                == EncoderParameters(codec: .pcmu))
        #expect(EncoderParameters(codec: .pcmu).adapted(to: .heavy) == EncoderParameters(codec: .pcmu))
    }

    @Test func lossAdaptationYieldsAtMostThreeClasses() {
        let base = EncoderParameters(codec: .opus)
        let all = Set((0...100).map { base.adapted(to: LossBucket.none.next(fractionLost: Double($0) / 100)) })
        #expect(all.count == 3)
    }

    @Test(arguments: [(128_000, 96_000), (32_000, 24_000), (20_000, 18_000), (12_000, 12_000)])
    func heavyLossTakesAQuarterOfTheBitsButNoneThatRedundancyNeeds(bitrate: Int, spared: Int) {
        let base = EncoderParameters(codec: .opus, bitrate: bitrate)
        #expect(base.adapted(to: .light).bitrate == bitrate && base.adapted(to: .none) == base)
        #expect(base.adapted(to: .heavy).bitrate == spared)
    }

    @Test(arguments: [
        (LossBucket.none, 0.019, LossBucket.none), (.none, 0.021, .light), (.light, 0.012, .light),
        (.light, 0.009, .none),
        (.light, 0.1, .heavy), (.heavy, 0.07, .heavy), (.heavy, 0.05, .light), (.heavy, 0.0, .none),
    ])
    func bucketsHaveHysteresis(from: LossBucket, loss: Double, to: LossBucket) {
        #expect(from.next(fractionLost: loss) == to)
    }

    @Test func g722TicksAt8kHzAsRFC3551Says() {
        #expect(EncoderParameters(codec: .g722).ticksPerPacket == 160)
        #expect(EncoderParameters(codec: .g722).samplesPerPacket == 320)
        #expect(EncoderParameters(codec: .opus).ticksPerPacket == 960)
    }
}
