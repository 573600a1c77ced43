// SPDX-License-Identifier: GPL-3.0-or-later

import Geometry
import Glibc
import Testing

@testable import Picture

@Suite(.serialized) struct CodecMemoryTests {
    /// Resident memory of this process, bytes.
    private func residentBytes() throws -> Int {
        let descriptor = open("/proc/self/statm", O_RDONLY)
        defer { close(descriptor) }
        var text = [UInt8](repeating: 0, count: 128)
        let length = read(descriptor, &text, text.count)
        let fields = String(decoding: text.prefix(max(0, length)), as: UTF8.self).split(separator: " ")
        return try #require(Int(fields[1])) * 4096
    }

    /// Its quarantine keeps what was freed; its leak check says the same as this test.
    private static let isUnderAddressSanitizer = dlsym(nil, "__asan_init") != nil

    @Test(.enabled(if: !isUnderAddressSanitizer), arguments: VideoCodec.allCases)
    func damagedStreamsAndClosedCodecsLeaveNothingBehind(codec: VideoCodec) throws {
        let good = try DecoderTests.stream(codec)
        func live(_ count: Int) throws {
            for _ in 0..<count {
                var maker = try StreamMaker(codec, PictureSize(160, 90))
                _ = try maker.encode(Patches.picture(PictureSize(160, 90)))
                let decoder = try codec.makeDecoder()
                for (index, frame) in good.prefix(4).enumerated() {
                    _ = try? decoder.decode(index == 1 ? Array(frame.prefix(frame.count / 2)) : frame, timestamp: 0)
                }
                decoder.reset()
                _ = try? decoder.decode(good[0], timestamp: 0)
            }
        }
        try live(20)
        let before = try residentBytes()
        try live(200)
        // A picture of 320x180 is 86 kB and each round decodes several: a leak of one would be 17 MB.
        #expect(try residentBytes() - before < 12_000_000)
    }
}
