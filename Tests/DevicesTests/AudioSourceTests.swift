// SPDX-License-Identifier: GPL-3.0-or-later

import Audio
import Devices
import Foundation
import Testing

@Suite struct AudioSourceTests {
    @Test(arguments: [(8000, 440.0), (16_000, 1000.0), (48_000, 440.0)])
    func aToneHasItsPitchAndLevelAndNoStep(rate: Int, frequency: Double) throws {
        let source = try AudioDevices.source(
            .tone(frequency: frequency, level: -20), sampleRate: rate
        ) { _ in }
        let samples = source.pulled(50)
        #expect(samples.count == rate)
        let rms = (samples.map { Double($0) * Double($0) }.reduce(0, +) / Double(rate)).squareRoot()
        #expect(abs(20 * log10(rms * 2.0.squareRoot() / 32_767) + 20) < 0.1)
        let power = samples.power(at: frequency, rate: rate)
        #expect(abs(10 * log10(power) + 20) < 0.1)
        #expect(samples.power(at: frequency * 1.3, rate: rate) < power / 10_000)
        // A step between frames would be far above what the sine itself climbs in a sample.
        let climb = 3277 * 2 * Double.pi * frequency / Double(rate) + 2
        #expect(zip(samples, samples.dropFirst()).allSatisfy { abs(Double($1) - Double($0)) <= climb })
    }

    @Test func aToneAboveHalfTheRateIsRefused() {
        #expect(throws: DeviceError.self) {
            try AudioDevices.source(.tone(frequency: 5000, level: 0), sampleRate: 8000) { _ in }
        }
    }

    @Test func aFileLoopsWithoutASeam() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(WAVBytes(data: (0..<200).flatMap { [UInt8($0), 0] }).bytes, as: "x.wav")
        let source = try AudioDevices.source(.file(path: path, once: false), sampleRate: 8000) { _ in }
        #expect(source.pulled(5) == (0..<800).map { Int16($0 % 200) })
        #expect(!source.hasEnded)
    }

    @Test func aFilePlayedOnceEndsInSilence() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(WAVBytes(data: (0..<200).flatMap { [UInt8($0) | 1, 0] }).bytes, as: "x.wav")
        let source = try AudioDevices.source(.file(path: path, once: true), sampleRate: 8000) { _ in }
        var frame = [Int16](repeating: 9, count: 160)
        var span = frame.mutableSpan
        #expect(source.read(into: &span) == 160)
        #expect(!source.hasEnded)
        span = frame.mutableSpan
        #expect(source.read(into: &span) == 40)
        #expect(frame[39] != 0)
        #expect(frame[40...].allSatisfy { $0 == 0 })
        #expect(source.hasEnded)
    }

    @Test(arguments: [(8000, 48_000), (44_100, 48_000), (22_050, 16_000), (48_000, 8000), (48_000, 16_000)])
    func aFileOfAnotherRateKeepsPitchAndLength(from: Int, to: Int) throws {
        let folder = try TemporaryFolder()
        let tone = ToneSource(frequency: 600, level: -10, sampleRate: from)
        var writer = try WAVWriter(path: folder.path("t.wav"), sampleRate: from)
        try writer.append(tone.pulled(50).span)
        try writer.finish()
        let recording = try WAVRecording(path: folder.path("t.wav")).resampled(to: to)
        #expect(recording.sampleRate == to)
        #expect(abs(recording.samples.count - to * from / 50 * 50 / from) <= 1)
        let middle = Array(recording.samples[(to / 10)..<(to * 9 / 10)])
        #expect(abs(10 * log10(middle.power(at: 600, rate: to)) + 10) < 0.5)
    }

    @Test func theAbsentDefaultDeviceIsSilenceWithAMessage() throws {
        // Without a sound card this substitutes; with one it opens it. Either way there is a source that gives frames.
        let source = try AudioDevices.source(.automatic, sampleRate: 16_000) { event in
            guard case .substituted = event else { return }
            #expect(event.description.contains("going on without"))
        }
        #expect(source.pulled(1).count == 320)
        source.stop()
    }

    @Test func anUnknownDeviceSaysWhatToDo() {
        for name in ["hw:31,7", "confab-no-such-device"] {
            let error = #expect(throws: DeviceError.self) {
                try AudioDevices.source(.alsa(name), sampleRate: 16_000) { _ in }
            }
            #expect(error?.description.contains("confab devices") == true, "\(String(describing: error))")
        }
    }

    /// ALSA's own `null` device has no clock and no sound: threads, pacing and stopping are the same as for a real one.
    @Test func anALSADeviceStartsGivesAndStops() async throws {
        let source = try AudioDevices.source(.alsa("null"), sampleRate: 16_000) { Issue.record("\($0)") }
        let sink = try AudioDevices.sink(.alsa("null"), sampleRate: 16_000) { Issue.record("\($0)") }
        let deadline = ContinuousClock.now + .seconds(10)
        var frame = [Int16](repeating: 0, count: 320)
        var given = 0
        while given == 0, ContinuousClock.now < deadline {
            sink.write(frame.span)
            var span = frame.mutableSpan
            given = source.read(into: &span)
            await Task.yield()
        }
        #expect(given == 320)
        source.stop()
        sink.stop()
    }

    @Test func theDeviceListIsReadable() {
        for device in AudioDevices.list() {
            #expect(!device.name.isEmpty)
            #expect(device.canCapture || device.canPlay)
        }
    }
}

extension AudioSource {
    /// The next frames, as samples.
    func pulled(_ frames: Int) -> [Int16] {
        var samples: [Int16] = []
        var frame = [Int16](repeating: 0, count: AudioFrame.samples(at: sampleRate))
        for _ in 0..<frames {
            var span = frame.mutableSpan
            _ = read(into: &span)
            samples += frame
        }
        return samples
    }
}

extension [Int16] {
    /// Power of one frequency, where 1 is a full-scale sine.
    func power(at frequency: Double, rate: Int) -> Double {
        var (real, imaginary) = (0.0, 0.0)
        for (index, sample) in enumerated() {
            let angle = 2 * Double.pi * frequency * Double(index) / Double(rate)
            real += Double(sample) / 32_767 * cos(angle)
            imaginary += Double(sample) / 32_767 * sin(angle)
        }
        let scale = 2 / Double(count)
        return (real * real + imaginary * imaginary) * scale * scale
    }
}
