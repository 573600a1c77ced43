// SPDX-License-Identifier: GPL-3.0-or-later
import Audio

/// Makes the members of rooms. What is encoded once serves every trial of a run.
final class Crew {
    private struct Key: Hashable {
        let codec: AudioCodec
        let talker: Int?
    }

    private var voices: [Key: PayloadLoop] = [:]

    private func voice(_ codec: AudioCodec, talker: Int?) throws -> PayloadLoop {
        let key = Key(codec: codec, talker: talker)
        if let known = voices[key] { return known }
        let made = try talker.map { try PayloadLoop.talker($0, codec: codec) } ?? PayloadLoop.listener(codec: codec)
        voices[key] = made
        return made
    }

    /// - Parameters:
    ///   - talking: how many of them talk: every so many-th, the first among them.
    ///   - listenedTo: of how many listeners what they hear is kept, besides all talkers.
    func members(_ count: Int, talking: Int, codec: AudioCodec, listenedTo: Int = 4) throws -> [LoadMember] {
        let payloadType = BenchOffer.payloadType(of: codec)
        let every = max(1, count / max(1, talking))
        var listeners = 0
        return try (0..<count).map { index in
            let talks = index % every == 0 && index / every < talking
            let talker = talks ? index / every : nil
            let member = try LoadMember(
                try voice(codec, talker: talker), talker: talker, start: index * 7, payloadType: payloadType)
            if talks {
                member.keeps = talker.map { $0 < Pilot.count } ?? false
            } else {
                listeners += 1
                member.keeps = listeners <= listenedTo
            }
            return member
        }
    }

    /// Bytes of what a talker sends, on average.
    func packetBytes(_ codec: AudioCodec) throws -> Int { try voice(codec, talker: 0).averageBytes }
}
