// SPDX-License-Identifier: GPL-3.0-or-later

import Testing

@testable import SIP

@Suite("thousands of live transactions")
struct TransactionScaleTests {
    /// Serves `count` requests that stay alive (completed, waiting for J) and returns the heap comparisons they cost.
    private func fill(_ layer: inout TransactionLayer, _ range: Range<Int>) -> Int {
        let before = layer.timerWork.comparisons
        var request = Sample.request(.options)
        for number in range {
            request.topVia = Via(transport: "UDP", host: "192.0.2.2", branch: "z9hG4bK\(number)")
            request.callID = "\(number)"
            let now = Sample.start + .microseconds(number * 10)
            layer.receive(.request(request), over: Sample.udp, now: now)
            while let output = layer.nextOutput() {
                if case .request(let request, let id, _) = output {
                    layer.respond(Sample.response(200, to: request), to: id, now: now)
                }
            }
        }
        return layer.timerWork.comparisons - before
    }

    @Test("the last thousand of 32,000 cost what the first thousand did, and one heap entry each")
    func flat() {
        var layer = TransactionLayer()
        let first = fill(&layer, 0..<1000)
        _ = fill(&layer, 1000..<31000)
        let last = fill(&layer, 31000..<32000)
        #expect(layer.liveCount == 32000)
        #expect(layer.timerWork.entries == 32000)
        // One timer a message, and one comparison where deadlines come in order.
        #expect(first <= 2000 && last <= 2000)
        let before = layer.timerWork.comparisons
        _ = layer.run(until: Sample.at(60000))
        #expect(layer.liveCount == 0 && layer.timerWork.entries == 0)
        // Each entry is moved once from the start of its timer to the end, at 2*log2(n) comparisons a move.
        #expect(layer.timerWork.comparisons - before < 32000 * 2 * 2 * 16)
    }

    @Test("INVITEs that go through every state leave no more than two heap entries each")
    func bounded() {
        var layer = TransactionLayer()
        for number in 0..<2000 {
            let invite = Sample.request(.invite, branch: "z9hG4bK\(number)", callID: "\(number)")
            layer.receive(.request(invite), over: Sample.udp, now: Sample.start)
            while let output = layer.nextOutput() {
                guard case .request(let request, let id, _) = output else { continue }
                layer.respond(Sample.response(180, to: request), to: id, now: Sample.at(5))
                layer.respond(Sample.response(486, to: request), to: id, now: Sample.at(10))
            }
            layer.receive(
                .request(SIPRequest(acknowledging: Sample.response(486, to: invite), to: invite)), over: Sample.udp,
                now: Sample.at(20))
        }
        #expect(layer.timerWork.entries <= 2 * layer.liveCount)
        _ = layer.run(until: Sample.at(60000))
        #expect(layer.liveCount == 0 && layer.timerWork.entries == 0)
    }
}
