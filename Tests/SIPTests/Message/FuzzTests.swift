// SPDX-License-Identifier: GPL-3.0-or-later

import SIP
import TestSupport
import Testing

@Suite("Any bytes")
struct FuzzTests {
    /// SplitMix64: small, seeded, the same everywhere.
    struct Seeded: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }

    private func touch(_ outcome: SIPParseOutcome) {
        switch outcome {
        case .message(.request(let request)):
            _ = request.contacts.count + request.routes.count + request.recordRoutes.count + request.supported.count
            _ = request.expires
            #expect(!SIPResponse(to: request, status: 200, toTag: "x").serialized().isEmpty)
        case .message(.response(let response)): #expect(!response.serialized().isEmpty)
        case .badRequest(let answer): #expect(answer.status >= 400 && !answer.serialized().isEmpty)
        case .discard: break
        }
    }

    @Test("torture messages with bytes changed, cut and doubled never crash", arguments: TortureCase.all)
    func mutated(_ torture: TortureCase) throws {
        let original = try TortureMessages.bytes(torture.name)
        var random = Seeded(state: UInt64(torture.name.utf8.reduce(7) { $0 &* 31 &+ Int($1) }))
        let interesting: [UInt8] = [
            0, 0x0A, 0x0D, 0x20, 0x22, 0x25, 0x2C, 0x3A, 0x3B, 0x3C, 0x3D, 0x3E, 0x40, 0x5B, 0x5C, 0xFF,
        ]
        for _ in 0..<150 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                guard !bytes.isEmpty else { break }
                let index = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<5, using: &random) {
                case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes[index] = interesting.randomElement(using: &random) ?? 0
                case 2: bytes.removeSubrange(index..<min(bytes.count, index + Int.random(in: 1...20, using: &random)))
                case 3: bytes.insert(interesting.randomElement(using: &random) ?? 0, at: index)
                default: bytes.insert(contentsOf: bytes[index..<min(bytes.count, index + 20)], at: index)
                }
            }
            touch(SIPParser.parse(bytes))
            var framer = StreamFramer()
            framer.append(bytes)
            do {
                while let frame = try framer.next() {
                    if case .message(let one) = frame { touch(SIPParser.parse(one)) }
                }
            } catch {
                #expect(throws: StreamFramingError.self) { try framer.next() }
            }
        }
    }

    @Test("random bytes never crash")
    func random() {
        var random = Seeded(state: 42)
        for count in [0, 1, 2, 3, 17, 100, 1000, 65535, 70000] {
            for _ in 0..<10 {
                touch(SIPParser.parse((0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }))
            }
        }
    }

    @Test(
        "every prefix of a message is safe",
        arguments: ["wsinv", "intmeth", "badinv01", "multi01", "unreason", "longreq"])
    func prefixes(_ name: String) throws {
        let bytes = try TortureMessages.bytes(name)
        for count in stride(from: 0, through: bytes.count, by: name == "longreq" ? 37 : 1) {
            touch(SIPParser.parse(Array(bytes.prefix(count))))
        }
    }
}
