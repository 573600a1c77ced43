// SPDX-License-Identifier: GPL-3.0-or-later

import Testing

@testable import SIP

@Suite struct SessionLeakTests {
    @Test(arguments: 1...30) func nothingIsLeftWhateverBothDo(seed: UInt64) {
        let network = SimulatedNetwork(seed: seed)
        let alice = network.makePeer("192.0.2.1")
        let bob = network.makePeer("192.0.2.2")
        network.loss = 0.15
        network.jitter = .milliseconds(400)
        var random = SeededRandom(seed)
        for peer in [alice, bob] {
            peer.onEvent = { peer, id, event in
                switch event {
                case .incoming(_, let offer, _):
                    if random.next() % 2 == 0 {
                        peer.core.progress(id, status: 183, body: sdp("early"), now: peer.now)
                    }
                    if random.next() % 3 > 0 { peer.core.accept(id, body: sdp("a"), now: peer.now) }
                    _ = offer
                case .offer:
                    peer.core.answer(id, body: sdp("b"), status: random.next() % 4 == 0 ? 488 : 200, now: peer.now)
                case .offerWanted:
                    peer.core.answer(id, body: sdp("c"), now: peer.now)
                default: break
                }
            }
        }
        for _ in 0..<12 {
            let caller = random.next() % 2 == 0 ? alice : bob
            let callee = caller === alice ? bob : alice
            _ = caller.invite(callee.address, offer: random.next() % 3 == 0 ? nil : sdp("o"))
        }
        for _ in 0..<80 {
            network.run(for: .milliseconds(Int64(random.next() % 1500)))
            let peer = random.next() % 2 == 0 ? alice : bob
            guard let id = peer.core.sessions.keys.sorted(by: { $0.number < $1.number }).randomElement(using: &random)
            else { continue }
            switch random.next() % 6 {
            case 0, 1: peer.core.modify(id, offer: sdp("m\(random.next())"), now: network.now)
            case 2: peer.core.accept(id, body: sdp("late"), now: network.now)
            case 3: _ = peer.core.request(id, method: .options, now: network.now)
            case 4: peer.core.progress(id, status: 180, reliable: true, now: network.now)
            default: peer.core.terminate(id, now: network.now)
            }
        }
        for peer in [alice, bob] {
            for id in peer.core.sessions.keys { peer.core.terminate(id, now: network.now) }
        }
        network.loss = 0
        network.run(for: .seconds(2000))
        for peer in [alice, bob] {
            #expect(peer.core.isQuiet)
            #expect(peer.core.dialogs.isEmpty)
            #expect(peer.core.clients.isEmpty)
            #expect(peer.core.waiting.isEmpty && peer.core.foreignRequests.isEmpty)
            #expect(
                peer.core.sessions.values.map {
                    "\($0.phase) \($0.role) \(String(describing: $0.nextDeadline.map { $0 - network.start }))"
                } == [])
            #expect(peer.core.servers.isEmpty && peer.core.callLegs.isEmpty && peer.core.nextDeadline == nil)
            for id in Set(peer.events.map(\.id)) {
                let ends = peer.events.filter { if case .ended = $0.event { $0.id == id } else { false } }
                #expect(ends.count == 1)
            }
        }
    }
}
