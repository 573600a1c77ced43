// SPDX-License-Identifier: GPL-3.0-or-later

import SIP
import Testing

@Suite("transaction layer")
struct TransactionLayerTests {
    private func id(of outputs: [TransactionOutput]) throws -> ServerTransactionID {
        for output in outputs { if case .request(_, let id, _) = output { return id } }
        throw SIPParseError.parameters("no request among \(outputs)")
    }

    @Test("a request goes up once; its retransmission meets the response")
    func retransmission() throws {
        var layer = TransactionLayer()
        let bye = Sample.request(.bye, toTag: "bob")
        layer.receive(.request(bye), over: Sample.udp, now: Sample.start)
        let id = try id(of: layer.drain())
        layer.receive(.request(bye), over: Sample.udp, now: Sample.at(100))
        #expect(layer.drain().isEmpty)
        let ok = Sample.response(200, to: bye)
        layer.respond(ok, to: id, now: Sample.at(200))
        #expect(layer.drain() == [.transmit(.response(ok), Sample.udp)])
        layer.receive(.request(bye), over: Sample.udp, now: Sample.at(500))
        #expect(layer.drain() == [.transmit(.response(ok), Sample.udp)])
        #expect(layer.run(until: Sample.at(40000)).map(\.output) == [.ended(id, .completed)])
        #expect(layer.liveCount == 0 && layer.nextDeadline == nil)
    }

    @Test("same branch from another sender, or with another method, is another transaction")
    func matching() {
        var layer = TransactionLayer()
        layer.receive(.request(Sample.request(.bye, toTag: "b")), over: Sample.udp, now: Sample.start)
        layer.receive(.request(Sample.request(.info, toTag: "b")), over: Sample.udp, now: Sample.start)
        var other = Sample.request(.bye, toTag: "b")
        other.topVia = Via(transport: "UDP", host: "192.0.2.9", branch: "z9hG4bKone")
        layer.receive(.request(other), over: Sample.udp, now: Sample.start)
        #expect(layer.liveCount == 3)
    }

    @Test("100 Trying by itself after 200 ms, unless the user was quicker")
    func trying() throws {
        var layer = TransactionLayer()
        layer.receive(.request(Sample.request(.invite)), over: Sample.udp, now: Sample.start)
        _ = layer.drain()
        let outputs = layer.run(until: Sample.at(1000))
        #expect(outputs.map(\.milliseconds) == [200] && outputs.first?.output.sent == "100")
    }

    @Test("a 2xx that is sent again, or comes again, is one outcome; a method nobody knows is no label")
    func outcomes() throws {
        var layer = TransactionLayer()
        let invite = Sample.request(.invite)
        layer.receive(.request(invite), over: Sample.udp, now: Sample.start)
        let id = try id(of: layer.drain())
        for time in [10, 510, 1510] { layer.respond(Sample.response(200, to: invite), to: id, now: Sample.at(time)) }
        let own = Sample.request(.invite, branch: "z9hG4bKown")
        _ = layer.send(own, over: Sample.udp, now: Sample.start)
        for time in [20, 520] {
            layer.receive(.response(Sample.response(200, to: own)), over: Sample.udp, now: Sample.at(time))
        }
        for name in ["XYZZY", "invite"] {
            let strange = Sample.request(SIPMethod(rawValue: name), branch: "z9hG4bK\(name)")
            _ = layer.drain()
            layer.receive(.request(strange), over: Sample.udp, now: Sample.at(600))
            layer.respond(Sample.response(405, to: strange), to: try self.id(of: layer.drain()), now: Sample.at(600))
        }
        let counted = layer.outcomes.map { "\($0.method) \($0.status) \($1)" }.sorted()
        #expect(counted == ["INVITE 200 2", "other 405 2"])
    }

    @Test("ACK of a failed INVITE is absorbed, of a 2xx goes up", arguments: [486, 200])
    func acknowledgement(status: Int) throws {
        var layer = TransactionLayer()
        let invite = Sample.request(.invite)
        layer.receive(.request(invite), over: Sample.udp, now: Sample.start)
        let id = try id(of: layer.drain())
        layer.respond(Sample.response(status, to: invite), to: id, now: Sample.at(10))
        _ = layer.drain()
        let ack = Sample.request(.ack, branch: status == 200 ? "z9hG4bKtwo" : "z9hG4bKone", toTag: "bob")
        layer.receive(.request(ack), over: Sample.udp, now: Sample.at(20))
        #expect(layer.drain() == (status == 200 ? [.ack(ack, Sample.udp)] : []))
    }

    @Test("no ACK for a failed INVITE: the user hears of it")
    func unacknowledged() throws {
        var layer = TransactionLayer()
        let invite = Sample.request(.invite)
        layer.receive(.request(invite), over: Sample.udp, now: Sample.start)
        let id = try id(of: layer.drain())
        layer.respond(Sample.response(486, to: invite), to: id, now: Sample.start)
        let outputs = layer.drain() + layer.run(until: Sample.at(60000)).map(\.output)
        #expect(outputs.filter { $0.sent == "486" }.count == 11)
        #expect(outputs.last == .ended(id, .unacknowledged))
    }

    // MARK: CANCEL

    @Test("CANCEL of a pending INVITE: 200 with the same To tag, event, and 487 is the user's")
    func cancel() throws {
        var layer = TransactionLayer()
        let invite = Sample.request(.invite)
        layer.receive(.request(invite), over: Sample.udp, now: Sample.start)
        let id = try id(of: layer.drain())
        layer.respond(Sample.response(180, to: invite), to: id, now: Sample.at(10))
        _ = layer.drain()
        let cancel = SIPRequest(cancelling: invite)
        layer.receive(.request(cancel), over: Sample.udp, now: Sample.at(100))
        #expect(
            layer.drain() == [
                .transmit(.response(Sample.response(200, to: cancel)), Sample.udp), .cancelled(id, cancel),
            ])
        layer.receive(.request(cancel), over: Sample.udp, now: Sample.at(600))
        #expect(layer.drain() == [.transmit(.response(Sample.response(200, to: cancel)), Sample.udp)])
        layer.respond(Sample.response(487, to: invite), to: id, now: Sample.at(601))
        #expect(layer.drain().map(\.sent) == ["487"])
    }

    @Test("CANCEL that crosses the 200: answered 200, no event")
    func cancelTooLate() throws {
        var layer = TransactionLayer()
        let invite = Sample.request(.invite)
        layer.receive(.request(invite), over: Sample.udp, now: Sample.start)
        let id = try id(of: layer.drain())
        layer.respond(Sample.response(200, to: invite), to: id, now: Sample.at(10))
        _ = layer.drain()
        layer.receive(.request(SIPRequest(cancelling: invite)), over: Sample.udp, now: Sample.at(11))
        #expect(layer.drain().map(\.sent) == ["200"])
    }

    @Test("CANCEL of nothing: 481")
    func cancelOfNothing() {
        var layer = TransactionLayer()
        let cancel = SIPRequest(cancelling: Sample.request(.invite))
        layer.receive(.request(cancel), over: Sample.udp, now: Sample.start)
        #expect(layer.drain().map(\.sent) == ["481"])
    }

    @Test("our CANCEL: the 200 of the INVITE that crosses it goes up as usual")
    func ourCancelCrosses() {
        var layer = TransactionLayer()
        let invite = Sample.request(.invite)
        let call = layer.send(invite, over: Sample.udp, now: Sample.start)
        layer.receive(.response(Sample.response(180, to: invite)), over: Sample.udp, now: Sample.at(10))
        let cancel = SIPRequest(cancelling: invite)
        let cancelling = layer.send(cancel, over: Sample.udp, now: Sample.at(20))
        _ = layer.drain()
        let ok = Sample.response(200, to: invite)
        let cancelled = Sample.response(200, to: cancel)
        layer.receive(.response(ok), over: Sample.udp, now: Sample.at(30))
        layer.receive(.response(cancelled), over: Sample.udp, now: Sample.at(31))
        #expect(layer.drain() == [.response(ok, call, Sample.udp), .response(cancelled, cancelling, Sample.udp)])
    }

    @Test("our CANCEL without an answer to the INVITE: timeout 64*T1 later")
    func ourCancelUnanswered() {
        var layer = TransactionLayer()
        let invite = Sample.request(.invite)
        let call = layer.send(invite, over: Sample.tcp, now: Sample.start)
        layer.receive(.response(Sample.response(180, to: invite)), over: Sample.tcp, now: Sample.at(10))
        let cancel = SIPRequest(cancelling: invite)
        _ = layer.send(cancel, over: Sample.tcp, now: Sample.at(1000))
        layer.receive(.response(Sample.response(200, to: cancel)), over: Sample.tcp, now: Sample.at(1010))
        _ = layer.drain()
        let outputs = layer.run(until: Sample.at(60000))
        #expect(outputs.map(\.output) == [.timeout(call)] && outputs.map(\.milliseconds) == [33000])
    }

    // MARK: Responses

    @Test("late and forked 2xx: up by their transaction for 64*T1, as strays after it; other strays are dropped")
    func late2xx() {
        var layer = TransactionLayer()
        let invite = Sample.request(.invite)
        let call = layer.send(invite, over: Sample.udp, now: Sample.start)
        _ = layer.drain()
        let ok = Sample.response(200, to: invite)
        for moment in [100, 600, 31000] {
            layer.receive(.response(ok), over: Sample.udp, now: Sample.at(moment))
            #expect(layer.drain() == [.response(ok, call, Sample.udp)])
        }
        _ = layer.run(until: Sample.at(33000))
        #expect(layer.liveCount == 0)
        layer.receive(.response(ok), over: Sample.udp, now: Sample.at(33000))
        #expect(layer.drain() == [.strayResponse(ok, Sample.udp)])
        layer.receive(.response(Sample.response(486, to: invite)), over: Sample.udp, now: Sample.at(33001))
        layer.receive(
            .response(Sample.response(200, to: Sample.request(.bye))), over: Sample.udp, now: Sample.at(33001))
        #expect(layer.drain().isEmpty)
    }

    @Test("a response with two Vias is not ours, RFC 4475 §3.3.10")
    func twoVias() {
        var layer = TransactionLayer()
        let invite = Sample.request(.invite)
        _ = layer.send(invite, over: Sample.udp, now: Sample.start)
        _ = layer.drain()
        var ok = Sample.response(200, to: invite)
        ok.headers.add("Via", "SIP/2.0/UDP 255.255.255.255;branch=z9hG4bKx")
        layer.receive(.response(ok), over: Sample.udp, now: Sample.at(1))
        #expect(layer.drain().isEmpty)
    }

    @Test("a failed flow ends the client transactions on it, and no others")
    func transportFailure() throws {
        var layer = TransactionLayer()
        let lost = layer.send(Sample.request(.invite), over: Sample.tcp, now: Sample.start)
        let alsoLost = layer.send(Sample.request(.options, branch: "z9hG4bK2"), over: Sample.tcp, now: Sample.start)
        _ = layer.send(Sample.request(.options, branch: "z9hG4bK3"), over: Sample.udp, now: Sample.start)
        layer.receive(.request(Sample.request(.invite, branch: "z9hG4bK4")), over: Sample.tcp, now: Sample.start)
        let served = try id(of: layer.drain())
        layer.transportFailed(Sample.tcp, now: Sample.at(10))
        #expect(layer.drain() == [.transportError(lost), .transportError(alsoLost), .undeliverable(served)])
        #expect(layer.liveCount == 2)
    }

    // MARK: Merged requests, RFC 2543, overload

    @Test("the same request by another way: 482, and the first goes on")
    func merged() throws {
        var layer = TransactionLayer()
        layer.receive(.request(Sample.request(.invite)), over: Sample.udp, now: Sample.start)
        _ = layer.drain()
        let copy = Sample.request(.invite, branch: "z9hG4bKfork")
        layer.receive(.request(copy), over: Sample.udp, now: Sample.at(1))
        #expect(layer.drain().map(\.sent) == ["482"])
        let next = Sample.request(.invite, branch: "z9hG4bKnext", number: 2)
        layer.receive(.request(next), over: Sample.udp, now: Sample.at(2))
        _ = try id(of: layer.drain())
        let inDialog = Sample.request(.invite, branch: "z9hG4bKin", toTag: "bob")
        layer.receive(.request(inDialog), over: Sample.udp, now: Sample.at(3))
        _ = try id(of: layer.drain())
    }

    @Test("RFC 2543 clients: no branch, an old one, or the bare cookie", arguments: [nil, "1", "z9hG4bK"])
    func withoutBranch(branch: String?) throws {
        var layer = TransactionLayer()
        let invite = Sample.request(.invite, branch: branch)
        layer.receive(.request(invite), over: Sample.udp, now: Sample.start)
        let id = try id(of: layer.drain())
        layer.receive(.request(invite), over: Sample.udp, now: Sample.at(100))
        #expect(layer.drain().isEmpty)
        layer.respond(Sample.response(486, to: invite), to: id, now: Sample.at(110))
        _ = layer.drain()
        let ack = SIPRequest(acknowledging: Sample.response(486, to: invite), to: invite)
        layer.receive(.request(ack), over: Sample.udp, now: Sample.at(120))
        #expect(layer.drain().isEmpty)
        #expect(layer.run(until: Sample.at(10000)).map(\.output) == [.ended(id, .completed)])
        layer.receive(
            .request(Sample.request(.invite, branch: branch, callID: "two")), over: Sample.udp, now: Sample.at(130))
        #expect(layer.drain().count == 1)
    }

    @Test("over the limit a new INVITE gets 503 with Retry-After and leaves nothing; what runs goes on")
    func overload() throws {
        var layer = TransactionLayer(limits: TransactionLimits(maximumLive: 2, retryAfter: 9))
        let first = Sample.request(.invite, branch: "z9hG4bK1", callID: "1")
        layer.receive(.request(first), over: Sample.udp, now: Sample.start)
        let id = try id(of: layer.drain())
        layer.receive(
            .request(Sample.request(.invite, branch: "z9hG4bK2", callID: "2")), over: Sample.udp, now: Sample.start)
        _ = layer.drain()
        layer.receive(
            .request(Sample.request(.invite, branch: "z9hG4bK3", callID: "3")), over: Sample.udp, now: Sample.start)
        guard case .transmit(.response(let refusal), _) = layer.drain().first else {
            Issue.record("no answer")
            return
        }
        #expect(refusal.status == 503 && refusal.headers.first("Retry-After") == "9" && refusal.to?.tag != nil)
        #expect(layer.liveCount == 2)
        layer.receive(
            .request(Sample.request(.bye, branch: "z9hG4bK4", toTag: "b")), over: Sample.udp, now: Sample.start)
        #expect(layer.liveCount == 3)
        _ = layer.drain()
        layer.respond(Sample.response(486, to: first), to: id, now: Sample.at(1))
        layer.receive(.request(first), over: Sample.udp, now: Sample.at(2))
        #expect(layer.drain().map(\.sent) == ["486", "486"])
    }
}
