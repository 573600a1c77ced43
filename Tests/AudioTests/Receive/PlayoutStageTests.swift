// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import RTP
import Testing

@testable import Audio

@Suite struct PlayoutStageTests {
    @Test(arguments: [8000, 16000, 48000])
    func theResamplerIsSwitchedInWithoutAStep(rate: Int) {
        var stage = PlayoutStage(sampleRate: rate, largestRate: 48000)
        let omega = 2 * Double.pi * 440 / Double(rate)
        var input = 0
        var output: [Int16] = []
        for tick in 0..<400 {
            let correction =
                switch tick {
                case 50..<100: 200
                case 100..<150: -10_000
                case 150..<200: 5_000
                case 200..<250: -37
                default: 0
                }
            stage.select(partsPerMillion: correction, isQuiet: false)
            while stage.pending < stage.needed(partsPerMillion: correction) {
                let room = stage.queue.room(rate / 50)
                for index in room.indices { room[index] = Int16(12_000 * sin(omega * Double(input + index))) }
                stage.queue.commit(room.count)
                input += room.count
            }
            var frame = [Int16](repeating: 0, count: rate / 50)
            frame.withUnsafeMutableBufferPointer { stage.produce(into: $0, partsPerMillion: correction) }
            output += frame
        }
        let isEngaged = stage.isEngaged
        #expect(isEngaged)
        // A sine obeys y[n] = 2 cos(w) y[n-1] - y[n-2]; a step of s samples would leave about s * w * 12000.
        var largest = 0.0
        for index in (rate / 10)..<output.count {
            let predicted = 2 * cos(omega) * Double(output[index - 1]) - Double(output[index - 2])
            largest = max(largest, abs(Double(output[index]) - predicted))
        }
        #expect(largest < 12_000 * omega * 0.03 + 12_000 * omega * omega * 0.022 + 8)
    }

    @Test func silenceIsOnlyCounted() {
        var queue = SampleQueue(capacity: 1000)
        queue.reset(count: 10)
        queue.appendSilence(100)
        var state = (queue.isSilent, queue.count)
        #expect(state == (true, 110))
        queue.consume(60)
        let room = queue.room(20)
        room.update(repeating: 500)
        queue.commit(20, skip: 5, splice: 4)
        state = (queue.isSilent, queue.count)
        #expect(state == (false, 65))
        let samples = Array(queue.waiting(65))
        #expect(samples[..<50].allSatisfy { $0 == 0 })
        #expect(Array(samples[50...]) == [99, 199, 299, 399] + [Int16](repeating: 500, count: 11))
        queue.hush()
        state = (queue.isSilent, queue.count)
        #expect(state == (true, 65))
    }
}
