// SPDX-License-Identifier: GPL-3.0-or-later

import Conference
import Foundation
import Testing

@Suite struct ChatDeliveryTests {
    private let ann = MemberID(1)
    private let bob = MemberID(2)

    private func message(_ number: UInt64) -> ChatDelivery.Item {
        .message(
            ChatMessage(
                room: "team", number: number, sent: Date(timeIntervalSince1970: 0), sender: "sip:cec@h",
                senderName: "Cec", text: "\(number)"), by: MemberID(3))
    }

    @Test func oneAtATimeInOrder() {
        var delivery = ChatDelivery()
        delivery.add(ann, form: .plain, takesMessages: true)
        delivery.add(bob, form: .cpim, takesMessages: true)
        #expect(delivery.put(message(1), for: ann) == [.send(ann, message(1), .plain)])
        #expect(delivery.put(message(2), for: ann).isEmpty)
        // Another's slowness is not theirs.
        #expect(delivery.put(message(2), for: bob) == [.send(bob, message(2), .cpim)])
        #expect(delivery.finished(ann, .delivered) == [.send(ann, message(2), .plain)])
        #expect(delivery.finished(ann, .delivered).isEmpty)
        #expect(delivery.finished(ann, .delivered).isEmpty)
    }

    @Test func anUnknownEnvelopeIsFollowedByPlainText() {
        var delivery = ChatDelivery()
        delivery.add(ann, form: .cpim, takesMessages: true)
        _ = delivery.put(message(1), for: ann)
        #expect(delivery.finished(ann, .unknownForm) == [.send(ann, message(1), .plain)])
        // Not even that: it takes no messages.
        #expect(delivery.finished(ann, .unknownForm) == [.lost(ann, message(1))])
        #expect(delivery.put(message(2), for: ann).isEmpty)
        #expect(delivery.isDeaf(ann))
    }

    @Test func whatFailsIsTriedOnceMoreAndThenLost() {
        var delivery = ChatDelivery()
        delivery.add(ann, form: .plain, takesMessages: true)
        _ = delivery.put(message(1), for: ann)
        _ = delivery.put(message(2), for: ann)
        #expect(delivery.finished(ann, .failed) == [.send(ann, message(1), .plain)])
        #expect(delivery.finished(ann, .failed) == [.lost(ann, message(1)), .send(ann, message(2), .plain)])
    }

    @Test func aFullQueueLosesTheNewest() {
        var delivery = ChatDelivery()
        delivery.add(ann, form: .plain, takesMessages: true)
        for number in 1...UInt64(ChatDelivery.longestQueue) { _ = delivery.put(message(number), for: ann) }
        #expect(delivery.put(message(999), for: ann) == [.lost(ann, message(999))])
    }

    @Test func whoHasLeftGetsNothing() {
        var delivery = ChatDelivery()
        delivery.add(ann, form: .plain, takesMessages: true)
        _ = delivery.put(message(1), for: ann)
        _ = delivery.put(message(2), for: ann)
        delivery.remove(ann)
        #expect(delivery.finished(ann, .delivered).isEmpty)
        #expect(delivery.put(message(3), for: ann).isEmpty)
    }

    /// 50 members, 20 messages a second for ten seconds, answers that come late, out of turn or not at all the first time.
    @Test func fiftyMembersReadAllInOrder() {
        var delivery = ChatDelivery()
        var random = SystemRandomNumberGenerator()
        let members = (1...50).map { MemberID(UInt64($0)) }
        for member in members { delivery.add(member, form: .plain, takesMessages: true) }
        var read: [MemberID: [ChatDelivery.Item]] = [:]
        var failed: Set<MemberID> = []
        var underWay: [(MemberID, ChatDelivery.Item)] = []
        func note(_ steps: [ChatDelivery.Step]) {
            for case .send(let member, let item, _) in steps { underWay.append((member, item)) }
        }
        for number in 1...UInt64(200) {
            for member in members { note(delivery.put(message(number), for: member)) }
            underWay.shuffle(using: &random)
            while underWay.count > 25 { answerOne() }
        }
        while !underWay.isEmpty { answerOne() }
        func answerOne() {
            let (member, item) = underWay.removeFirst()
            if Int.random(in: 0..<20, using: &random) == 0, failed.insert(member).inserted {
                return note(delivery.finished(member, .failed))
            }
            failed.remove(member)
            read[member, default: []].append(item)
            note(delivery.finished(member, .delivered))
        }
        for member in members { #expect(read[member] == (1...200).map { message($0) }) }
    }
}
