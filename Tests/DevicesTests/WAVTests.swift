// SPDX-License-Identifier: GPL-3.0-or-later

import Audio
import Devices
import Foundation
import Testing

@Suite struct WAVTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test(arguments: [
        (WAVBytes(bits: 8, data: [128, 255, 0]), [0, 32512, -32768]),
        (WAVBytes(bits: 16, data: [0, 0, 0xFF, 0x7F, 0, 0x80]), [0, 32767, -32768]),
        (WAVBytes(bits: 24, data: [0, 0, 0, 0, 0xFF, 0x7F, 0, 0, 0x80]), [0, 32767, -32768]),
        (WAVBytes(bits: 32, data: [0, 0, 0xFF, 0x7F, 0, 0, 0, 0x80]), [32767, -32768]),
        (WAVBytes(tag: 3, bits: 32, data: [0, 0, 0, 0x3F, 0, 0, 0x80, 0xBF]), [16384, -32767]),
        (WAVBytes(tag: 3, bits: 32, data: [0, 0, 0xC0, 0x7F, 0, 0, 0, 0x40]), [0, 32767]),
        (WAVBytes(bits: 16, channels: 2, data: [100, 0, 50, 0, 0, 1, 0, 1]), [75, 256]),
        (WAVBytes(bits: 16, data: [1, 0, 2, 0, 3], claimed: 0), [1, 2]),
        (WAVBytes(bits: 16, data: [1, 0, 2, 0], claimed: 0xFFFF_FFFF), [1, 2]),
        (WAVBytes(bits: 16, data: [1, 0, 2, 0, 9, 9], claimed: 4), [1, 2]),
        (WAVBytes(data: [7, 0], before: Array("LIST".utf8) + [3, 0, 0, 0, 1, 2, 3, 0]), [7]),
    ])
    func everyUsualFormIsRead(file: WAVBytes, expected: [Int16]) throws {
        let path = try folder.write(file.bytes, as: "x.wav")
        let recording = try WAVRecording(path: path)
        #expect(recording.samples == expected)
        #expect(recording.sampleRate == 8000)
    }

    @Test(arguments: [
        ([], "not a WAV file"),
        (Array("this is text and not sound".utf8), "not a WAV file"),
        (WAVBytes(tag: 6, bits: 8, data: [1]).bytes, "compressed"),
        (WAVBytes(bits: 12, data: [1, 2]).bytes, "12-bit"),
        (WAVBytes(channels: 0, data: [1, 2]).bytes, "0 channels"),
        (WAVBytes(rate: 3, data: [1, 2]).bytes, "rate of 3 Hz"),
        (WAVBytes(data: []).bytes, "no samples"),
        (Array(WAVBytes(data: [1, 2]).bytes.prefix(30)), "too short"),
        (Array(WAVBytes(data: [1, 2]).bytes.prefix(36)), "no data chunk"),
    ])
    func aBadFileSaysWhy(bytes: [UInt8], reason: String) throws {
        let path = try folder.write(bytes, as: "bad.wav")
        let error = #expect(throws: DeviceError.self) { try WAVRecording(path: path) }
        #expect(error?.description.contains(reason) == true, "\(String(describing: error))")
    }

    @Test func aMissingFileAndAFolderSayWhy() {
        let missing = #expect(throws: DeviceError.self) { try WAVRecording(path: folder.path("none.wav")) }
        #expect(missing?.description.contains("No such file") == true)
        let directory = #expect(throws: DeviceError.self) { try WAVRecording(path: folder.path("")) }
        #expect(directory?.description.contains("folder") == true)
    }

    @Test func aRecordingIsValidWhileItIsWritten() throws {
        let path = folder.path("growing.wav")
        var writer = try WAVWriter(path: path, sampleRate: 8000)
        let second = (0..<8000).map { Int16($0 % 100) }
        for index in 0..<5 { try writer.append(Array(second[(index * 1600)..<(index * 1600 + 1600)]).span) }
        // Half a second at most is not yet stated; nothing was closed.
        let header = try [UInt8](Data(contentsOf: URL(filePath: path)).prefix(44))
        let stated = (0..<4).reduce(0) { $0 | Int(header[40 + $1]) << (8 * $1) }
        #expect(stated >= 8000 && stated <= 16_000)
        #expect(try WAVRecording(path: path).samples.count * 2 == stated)
        try writer.finish()
        #expect(try WAVRecording(path: path) == WAVRecording(samples: second, sampleRate: 8000))
    }

    @Test func aRecordingIntoNowhereSaysWhy() {
        let error = #expect(throws: DeviceError.self) {
            try AudioDevices.sink(.file(path: folder.path("no/such/x.wav")), sampleRate: 8000) { _ in }
        }
        #expect(error?.description.contains("No such file") == true)
    }

    @Test func whatIsWrittenBeforeStopIsInTheFile() throws {
        let path = folder.path("heard.wav")
        let sink = try AudioDevices.sink(.file(path: path), sampleRate: 16_000) { Issue.record("\($0)") }
        let samples = (0..<16_000).map { Int16(truncatingIfNeeded: $0) }
        for start in stride(from: 0, to: 16_000, by: 320) { sink.write(samples.span.extracting(start..<start + 320)) }
        sink.stop()
        sink.write(samples.span)
        sink.stop()
        #expect(try WAVRecording(path: path) == WAVRecording(samples: samples, sampleRate: 16_000))
    }
}
