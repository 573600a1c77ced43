// SPDX-License-Identifier: GPL-3.0-or-later

import Conference
import Focus
import RTP
import TestSupport
import Testing

extension LiveFocusTests {
    /// RFC 4475 through a running focus: what the standard's authors thought hard to read is answered as they say.
    @Suite(.serialized, .timeLimit(.minutes(Condition.minutes(2)))) struct TortureTests {
        enum Fate: Hashable, Sendable {
            case answered(Int)
            case dropped
        }

        /// What is in none of these is refused with 400.
        private static let fates: [Fate: Set<String>] = [
            .answered(200): [
                // Hard to read, and sound.
                "badbranch", "baddate", "cparam01", "cparam02", "dblreq", "esc01", "escnull", "longreq", "lwsdisp",
                "lwsstart",
                "regaut01", "regescrt", "semiuri", "transports", "trws",
                // It has arrived: nobody forwards it (§3.3.11).
                "zeromf",
            ],
            .answered(405): ["esc02", "intmeth"],
            .answered(406): ["sdp01"],
            .answered(415): ["invut", "mpart01"],
            .answered(416): ["novelsc", "unkscm"],
            .answered(420): ["bext01"],
            // Its To has a tag: it would belong to a call that there is not.
            .answered(481): ["wsinv"],
            .answered(505): ["badvers"],
            // Responses to nothing, and what is no message.
            .dropped: ["bcast", "bigcode", "noreason", "scalarlg", "test", "unreason"],
        ]

        /// Of the rest, `inv2543` alone is sound, and a matter of choice (§3.4.1): it has no Contact, and a call that nobody can be
        /// called back in is not taken here.
        private static func fate(wanted name: String) -> Fate {
            fates.first { $0.value.contains(name) }?.key ?? .answered(400)
        }

        @Test func eachMessageIsAnsweredAsItsSectionSays() async throws {
            try await withFocus { rig in
                for name in try TortureMessages.names() {
                    #expect(try await Self.fate(of: name, at: rig.port) == Self.fate(wanted: name), "\(name)")
                }
            }
        }

        /// The final answer to a message; what asks after it tells that none comes.
        private static func fate(of name: String, at port: Int) async throws -> Fate {
            let eve = try WireSocket(to: port)
            await eve.send(asksForPort(try TortureMessages.bytes(name)))
            await eve.send(Hostile.options("\(eve.address.port)"))
            while let text = await eve.receive(beginning: "SIP/2.0 ") {
                if text.contains("Call-ID: ping-") { return .dropped }
                let status = text.dropFirst("SIP/2.0 ".count).prefix(3)
                if let status = Int(status), status >= 200 { return .answered(status) }
            }
            throw ConditionNotMet(what: "an answer to OPTIONS after \(name)", patience: .seconds(3))
        }

        /// With an rport (RFC 3581) in its top Via: the answer would go to the documentation's addresses otherwise.
        private static func asksForPort(_ bytes: [UInt8]) -> [UInt8] {
            // Latin 1, for a message need not be UTF-8.
            var text = bytes.map { Character(Unicode.Scalar($0)) }
            let lines = text.indices.filter { $0 == 0 || text[$0 - 1] == "\n" }
            guard
                let start = lines.first(where: {
                    String(text[$0...].prefix(4)).lowercased().hasPrefix("via")
                        || String(text[$0...].prefix(2)).lowercased() == "v:"
                })
            else { return bytes }
            let next = lines.first { $0 > start && text[$0] != " " && text[$0] != "\t" } ?? text.count
            let end = text[start..<next].firstIndex { $0 == ";" || $0 == "," } ?? next - 2
            text.insert(contentsOf: ";rport", at: end)
            return text.compactMap { $0.unicodeScalars.first.map { UInt8($0.value) } }
        }
    }
}
