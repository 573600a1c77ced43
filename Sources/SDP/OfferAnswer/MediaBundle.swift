// SPDX-License-Identifier: GPL-3.0-or-later

/// The lines of a session that share one pair of ports (RFC 9143).
struct MediaBundle: Hashable, Sendable {
    /// The line whose address the peer uses for all of them, and the first in our group.
    var tag: Int
    /// Every line of it, the tag first.
    var members: [Int]

    /// The bundle of a description, offer or answer: the first group that has a line to lend its address.
    ///
    /// - Parameter isEligible: whether the line at an index is agreed and shares its port with RTCP.
    init?(in description: SessionDescription, where isEligible: (Int) -> Bool) {
        // A stranger's group may name a line ten thousand times: each name is looked up, each line asked once.
        let named = description.media.enumerated().compactMap { index, media in media.mid.map { ($0, index) } }
        let lines = Dictionary(named, uniquingKeysWith: { first, _ in first })
        for group in description.groups where group.semantics.uppercased() == "BUNDLE" {
            var members: [Int] = []
            var asked: Set<Int> = []
            for case let line? in group.mids.lazy.map({ lines[$0] }) where asked.insert(line).inserted {
                if isEligible(line) { members.append(line) }
            }
            guard let tag = members.first(where: { description.media[$0].port != 0 }) else { continue }
            self.init(tag: tag, members: [tag] + members.filter { $0 != tag })
            return
        }
        return nil
    }

    init(tag: Int, members: [Int]) {
        self.tag = tag
        self.members = members
    }

    /// `a=group` for a description of ours; nil where a member has no `mid` to name it by.
    func group(of media: [MediaDescription]) -> MediaGroup? {
        let mids = members.compactMap { $0 < media.count ? media[$0].mid : nil }
        return mids.count == members.count ? MediaGroup(semantics: "BUNDLE", mids: mids) : nil
    }
}

/// The ports that the lines of a bundle share.
struct BundleTransport {
    let tag: Int
    let remoteRTP: MediaAddress
    let local: LocalMedia
}

extension LocalMedia {
    /// This end of a stream on the ports of `other`.
    func sharing(_ other: LocalMedia) -> LocalMedia {
        var shared = self
        shared.address = other.address
        shared.alternativeAddress = other.alternativeAddress
        shared.rtpPort = other.rtpPort
        shared.rtcpPort = other.rtcpPort
        return shared
    }
}

extension NegotiatedAudio {
    /// The same on the ports of the bundle.
    func sharing(_ transport: BundleTransport?) -> NegotiatedAudio {
        guard let transport else { return self }
        var audio = self
        audio.remoteRTP = transport.remoteRTP
        audio.remoteRTCP = transport.remoteRTP
        return audio
    }
}
