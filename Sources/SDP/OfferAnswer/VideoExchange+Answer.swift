// SPDX-License-Identifier: GPL-3.0-or-later

extension VideoExchange {
    /// What became of the video lines of an offer.
    struct Answers {
        /// By position; all others are refused.
        var lines: [Int: VideoAnswer] = [:]
        var refusals: [Int: MediaRefusal] = [:]
        var described = DescribedVideo()
        /// The peer's address for everything in the bundle.
        var transport: BundleTransport?
    }

    /// Answers the video lines of an offer.
    ///
    /// - Parameters:
    ///   - audio: the audio line as answered; nil where it is off.
    ///   - localAudio: where we receive audio, which lends its ports to a bundle that it is in.
    func answer(
        _ offer: SessionDescription, audio: NegotiatedAudio?, localAudio: LocalMedia, sessionAddress: String
    ) -> Answers {
        let assigned = assign(offer)
        var answers = Answers()
        answers.refusals = assigned.refusals
        answers.described.roles = assigned.roles
        if capabilities.bundle {
            let eligible = Set(assigned.acceptable.filter(\.rtcpMux).map(\.index))
            answers.described.bundle = MediaBundle(in: offer) { index in
                eligible.contains(index)
                    || capabilities.bundlesAudio && audio?.mediaIndex == index && audio?.rtcpMux == true
            }
        }
        answers.transport = answers.described.bundle.flatMap { bundle in
            transport(of: bundle, in: offer, audio: audio, localAudio: localAudio, lines: assigned.acceptable)
        }
        for line in assigned.acceptable {
            let isMember = answers.described.bundle?.members.contains(line.index) == true
            guard isMember || !line.bundleOnly else {
                answers.refusals[line.index] = .noMultiplexing
                continue
            }
            let answer = local[line.role].flatMap { own in
                VideoAnswer(
                    to: line, capabilities: capabilities.of(line.role), local: own.media,
                    direction: direction(of: line.role),
                    transport: isMember ? answers.transport : nil, sessionAddress: sessionAddress)
            }
            answers.lines[line.index] = answer
        }
        return answers
    }

    private func transport(
        of bundle: MediaBundle, in offer: SessionDescription, audio: NegotiatedAudio?, localAudio: LocalMedia,
        lines: [AcceptableVideo]
    ) -> BundleTransport? {
        let tag = offer.media[bundle.tag]
        guard let host = offer.connection(for: tag)?.address else { return nil }
        let lender = lines.first { bundle.members.contains($0.index) }.flatMap { local[$0.role]?.media }
        let own = audio.flatMap { bundle.members.contains($0.mediaIndex) ? localAudio : nil } ?? lender
        return own.map {
            BundleTransport(tag: bundle.tag, remoteRTP: MediaAddress(host: host, port: tag.port), local: $0)
        }
    }
}
