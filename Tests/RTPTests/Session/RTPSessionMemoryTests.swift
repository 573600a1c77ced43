// SPDX-License-Identifier: GPL-3.0-or-later

import Glibc
import Testing

@testable import RTP

@Suite(.serialized) struct RTPSessionMemoryTests {
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

    @Test(.enabled(if: !isUnderAddressSanitizer)) func tenThousandSessionsLeaveNothingBehind() throws {
        func live(_ count: Int) {
            for _ in 0..<count {
                let leg = Leg("a@confab", port: 2)
                _ = leg.receive(rtpPacket(sequence: 1))
                leg.session.send([1].span, as: OutgoingPacket(payloadType: 0, timestamp: 0), now: .zero)
                leg.session.sayGoodbye(now: .zero)
            }
        }
        live(2000)
        let before = try residentBytes()
        live(10_000)
        // Nothing of the 10 KB of each; other tests run beside this one.
        #expect(try residentBytes() - before < 20_000_000)
    }
}
