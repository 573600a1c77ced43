// SPDX-License-Identifier: GPL-3.0-or-later

import TestSupport
import Testing

@testable import SIP

/// Names to servers (RFC 3263), by a name server on the loopback.
@Suite("Servers of a domain") struct ServerLocationTests {
    private func locate(
        _ uri: String, _ answers: [String: NameServer.Answer]
    ) async throws -> (places: [String], questions: [String]) {
        let server = try await NameServer.start(answers)
        let resolver = SIPResolver(nameServer: server.address)
        let target = try #require(FlowTarget(SIPURI(parsing: uri)))
        let result: Result<[FlowTarget], any Error>
        do { result = .success(try await resolver.locate(target)) } catch { result = .failure(error) }
        let questions = server.questions
        await server.stop()
        return (try result.get().filter { !$0.host.contains(":") }.map(\.description), questions)
    }

    @Test func aDomainSaysByNAPTRWhichTransportItLikesBest() async throws {
        let (places, questions) = try await locate(
            "sip:demo@example.com",
            [
                "example.com": .transports([
                    TransportRecord(order: 100, service: "SIP+D2U", replacement: "_sip._udp.example.com"),
                    TransportRecord(order: 50, service: "SIPS+D2T", replacement: "_sips._tcp.example.com"),
                    TransportRecord(order: 90, service: "sip+d2t", replacement: "_sip._tcp.elsewhere.example"),
                    TransportRecord(order: 10, flags: "u", service: "E2U+sip", replacement: ""),
                ]),
                "_sip._tcp.elsewhere.example": .servers([ServerRecord(port: 5071, target: "localhost")]),
                "_sip._udp.example.com": .servers([ServerRecord(port: 5072, target: "localhost")]),
            ])
        #expect(places == ["tcp 127.0.0.1:5071", "udp 127.0.0.1:5072"])
        #expect(questions == ["NAPTR example.com", "SRV _sip._tcp.elsewhere.example", "SRV _sip._udp.example.com"])
    }

    @Test func withoutNAPTRBothTransportsAreAskedForAndUDPIsFirst() async throws {
        let (places, _) = try await locate(
            "sip:demo@example.com",
            [
                "_sip._tcp.example.com": .servers([ServerRecord(port: 5071, target: "localhost")]),
                "_sip._udp.example.com": .servers([
                    ServerRecord(priority: 20, port: 5073, target: "localhost"),
                    ServerRecord(priority: 10, port: 5072, target: "localhost"),
                ]),
            ])
        #expect(places == ["udp 127.0.0.1:5072", "udp 127.0.0.1:5073", "tcp 127.0.0.1:5071"])
    }

    /// Two names of one host: it is tried once, and takes no other's place.
    @Test func aServerIsThereOnce() async throws {
        let (places, _) = try await locate(
            "sip:demo@example.com;transport=udp",
            [
                "_sip._udp.example.com": .servers([
                    ServerRecord(priority: 10, port: 5072, target: "localhost"),
                    ServerRecord(priority: 20, port: 5072, target: "127.0.0.1"),
                    ServerRecord(priority: 30, port: 5073, target: "localhost"),
                ])
            ])
        #expect(places == ["udp 127.0.0.1:5072", "udp 127.0.0.1:5073"])
    }

    @Test func aTransportThatIsGivenIsAskedForAlone() async throws {
        let (places, questions) = try await locate(
            "sip:demo@example.com;transport=tcp",
            ["_sip._tcp.example.com": .servers([ServerRecord(port: 5071, target: "localhost")])])
        #expect(places == ["tcp 127.0.0.1:5071"])
        #expect(questions == ["SRV _sip._tcp.example.com"])
    }

    @Test(arguments: ["sip:demo@localhost", "sip:demo@localhost:5070", "sip:demo@127.0.0.1"])
    func whereThereIsNoNeedNothingIsAsked(uri: String) async throws {
        let (places, questions) = try await locate(uri, [:])
        #expect(places == ["udp 127.0.0.1:\(uri.hasSuffix("5070") ? 5070 : 5060)"])
        #expect(questions.isEmpty)
    }

    @Test func withoutRecordsTheHostItselfIsLookedUp() async throws {
        let error = await #expect(throws: SIPResolutionError.self) {
            _ = try await locate("sip:demo@example.invalid", [:])
        }
        #expect(error?.host == "example.invalid")
    }

    @Test func aDomainThatServesNoSIPSaysSo() async throws {
        let error = await #expect(throws: SIPResolutionError.self) {
            _ = try await locate(
                "sip:demo@example.com;transport=udp",
                ["_sip._udp.example.com": .servers([ServerRecord(port: 0, target: "")])])
        }
        #expect(error?.description.contains("not served") == true)
    }

    @Test(
        arguments: [
            [], [0], [0, 0, 0, 0, 1, 1, 0xC0], [0, 0, 0, 0, 1, 1, 0xC0, 0xFF], [0, 0, 0, 0, 1, 1, 63, 1, 2],
            [0, 1, 0, 1, 250, 115, 7, 1, 2], [0, 1, 0, 1, 1, 115, 200], [0, 1, 0, 1, 1, 115, 1, 83],
        ] as [[UInt8]])
    func recordsThatCannotBeReadAreNone(octets: [UInt8]) async throws {
        let server = try await NameServer.start(["example.com": .garbage(octets), "broken.example.com": .failure])
        let resolver = SIPResolver(nameServer: server.address)
        #expect(resolver.serverRecords(of: "example.com")?.isEmpty ?? true)
        #expect(resolver.transportRecords(of: "example.com")?.isEmpty ?? true)
        #expect(resolver.serverRecords(of: "broken.example.com") == nil)
        #expect(resolver.transportRecords(of: "nothing.example.com") == [])
        await server.stop()
    }

    @Test func equalsShareByTheirWeights() {
        let records = [
            ServerRecord(priority: 1, weight: 75, port: 1, target: "a"),
            ServerRecord(priority: 1, weight: 25, port: 2, target: "b"),
            ServerRecord(priority: 0, weight: 0, port: 3, target: "c"),
        ]
        var random = SeededRandom(7)
        let orders = (0..<4000).map { _ in ServerRecord.ordered(records, random: &random).map(\.target).joined() }
        #expect(Set(orders) == ["cab", "cba"])
        let share = Double(orders.count { $0 == "cab" }) / 4000
        #expect(abs(share - 0.75) < 0.03)
    }
}
