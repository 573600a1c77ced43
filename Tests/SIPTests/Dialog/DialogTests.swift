// SPDX-License-Identifier: GPL-3.0-or-later

import Testing

@testable import SIP

@Suite struct DialogTests {
    private func invite() -> SIPRequest {
        SIPRequest(
            method: .invite, uri: SIPURI(user: "bob", host: "b.example"),
            headers: [
                "From": "Alice <sip:alice@a.example>;tag=a", "To": "<sip:bob@b.example>", "Call-ID": "c",
                "CSeq": "7 INVITE", "Contact": "<sip:alice@192.0.2.1>",
            ])
    }

    private func success(_ recordRoutes: [String]) -> SIPResponse {
        var response = SIPResponse(to: invite(), status: 200, toTag: "b")
        response.headers.set("Contact", "<sip:bob@192.0.2.2>")
        for route in recordRoutes { response.headers.add("Record-Route", route) }
        return response
    }

    @Test func theCallerReversesRecordRoute() throws {
        var dialog = try #require(Dialog(client: invite(), response: success(["<sip:p2;lr>", "<sip:p1;lr>"])))
        let bye = dialog.makeRequest(.bye)
        #expect(bye.uri.description == "sip:bob@192.0.2.2")
        #expect(bye.routes.map(\.uri.host) == ["p1", "p2"])
        #expect(dialog.nextHop.host == "p1")
        #expect(bye.cSeq == CSeq(number: 8, method: .bye))
        #expect(bye.from?.tag == "a" && bye.to?.tag == "b" && bye.callID == "c")
        #expect(dialog.makeAck(number: 7).cSeq == CSeq(number: 7, method: .ack))
    }

    @Test func theCalleeKeepsItsOrder() throws {
        var request = invite()
        request.headers.set("Record-Route", "<sip:p2;lr>, <sip:p1;lr>")
        var dialog = try #require(Dialog(server: request, localTag: "b"))
        let bye = dialog.makeRequest(.bye)
        #expect(bye.routes.map(\.uri.host) == ["p2", "p1"])
        #expect(bye.uri.description == "sip:alice@192.0.2.1")
        #expect(bye.from?.tag == "b" && bye.to?.tag == "a")
        #expect(dialog.id == DialogID(callID: "c", localTag: "b", remoteTag: "a"))
    }

    @Test func aStrictRouterTakesTheRequestURI() throws {
        var dialog = try #require(Dialog(client: invite(), response: success(["<sip:p2;lr>", "<sip:p1?x=y>"])))
        let bye = dialog.makeRequest(.bye)
        #expect(bye.uri.description == "sip:p1")
        #expect(bye.routes.map(\.uri.description) == ["sip:p2;lr", "sip:bob@192.0.2.2"])
        #expect(dialog.nextHop.host == "p1")
    }

    @Test func numbersOfThePeerOnlyGrow() throws {
        var dialog = try #require(Dialog(server: invite(), localTag: "b"))
        let verdicts = [UInt32(6), 7, 8, 20, 19].map { dialog.receive($0) }
        #expect(verdicts == [false, false, true, true, false])
    }

    @Test func a2xxRenewsTheRouteSetOfAnEarlyDialog() throws {
        var early = success(["<sip:old;lr>"])
        early.status = 180
        var dialog = try #require(Dialog(client: invite(), response: early))
        #expect(!dialog.isConfirmed)
        dialog.confirm(by: success(["<sip:new;lr>"]))
        #expect(dialog.isConfirmed && dialog.nextHop.host == "new")
    }

    @Test func withoutContactOrTagThereIsNoDialog() {
        var request = invite()
        request.headers.remove("Contact")
        #expect(Dialog(server: request, localTag: "b") == nil)
        #expect(Dialog(client: invite(), response: SIPResponse(to: invite(), status: 200)) == nil)
        #expect(Dialog(client: invite(), response: SIPResponse(to: invite(), status: 404, toTag: "b")) == nil)
    }
}
