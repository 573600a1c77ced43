// SPDX-License-Identifier: GPL-3.0-or-later

/// The descriptions of one session (RFC 3264), ours and the peer's, and what they agreed. Does no I/O and knows no SIP: whoever
/// carries the descriptions asks here what to say and what was agreed. One thread or actor at a time.
///
///     fresh --receive(offer:)--> agreed <--receive(offer:)-- agreed
///     fresh, agreed --makeOffer--> offering --receive(answer:)--> agreed
///                                  offering --abandonOffer--> what was before
package struct OfferAnswer: Sendable {
    private struct Agreement: Hashable, Sendable {
        var local: SessionDescription
        var remote: SessionDescription
        var media: [NegotiatedMedia]
        /// What our video lines are for, by position.
        var roles: [Int: VideoRole]
        var bundle: MediaBundle?
        /// Ours was the offer: the peer may repeat its answer, in a 183 and the 200.
        var offeredByUs: Bool
    }

    private struct Offer: Sendable {
        var description: SessionDescription
        var roles: [Int: VideoRole]
    }

    private enum State: Sendable {
        case fresh
        case offering(Offer, before: Agreement?, heldBefore: Bool)
        case agreed(Agreement)
    }

    private var state: State = .fresh
    private var lines: [MediaLine] = []
    private var lastVersion: UInt64 = 0
    private var origin: SessionOrigin?
    private let sessionID: UInt64
    private let username: String
    private let policy: MediaPolicy

    /// Where we receive audio; a change shows in the next description.
    package var local: LocalMedia
    /// Where we take part in video, as far as the policy accepts it. In an answer each role that is here takes the line that
    /// the peer offers for it; in an offer each is offered, in the line that it has or in a new one. One that is taken out
    /// gets port 0 in our next description.
    package var localVideo: [VideoRole: LocalVideo] = [:]
    /// Our offers put all video lines into one bundle, on the main line's ports (RFC 9143). Only for a peer that is known to understand:
    /// many phones do not.
    package var offersVideoBundle = false
    /// The numeric host that the peer's signalling comes from: stands for a host name in its descriptions, which nobody looks up. Media
    /// that comes from elsewhere is followed there.
    package var peerHost: String?
    /// We hold the peer: our descriptions do not receive.
    package private(set) var isHeld = false

    /// - Parameters:
    ///   - sessionID: the number of `o=`, for example a random one; its sign bit is not used.
    ///   - username: of `o=`, no spaces.
    package init(policy: MediaPolicy, local: LocalMedia, sessionID: UInt64, username: String = "-") {
        self.policy = policy
        self.local = local
        self.sessionID = sessionID & (UInt64.max >> 1)
        self.username = username
    }

    // MARK: What stands

    private var agreement: Agreement? {
        switch state {
        case .fresh: nil
        case .offering(_, let before, _): before
        case .agreed(let agreement): agreement
        }
    }

    /// What is agreed, one entry a line; empty before the first answer. An open offer changes nothing here.
    package var media: [NegotiatedMedia] { agreement?.media ?? [] }
    package var audio: NegotiatedAudio? { media.lazy.compactMap(\.audio).first }
    /// The agreed video lines, in their order.
    package var videos: [NegotiatedVideo] { media.compactMap(\.video) }
    package func video(_ role: VideoRole) -> NegotiatedVideo? { videos.first { $0.role == role } }
    /// Our last description that was agreed.
    package var localDescription: SessionDescription? { agreement?.local }
    package var remoteDescription: SessionDescription? { agreement?.remote }
    package var hasOpenOffer: Bool {
        if case .offering = state { true } else { false }
    }

    // MARK: Our offers

    /// An offer of all we have, or within a session of what stands (`scope`), each line in its place. Replaces an open offer.
    package mutating func makeOffer(_ scope: OfferScope = .current) -> SessionDescription {
        open(offer(scope), heldBefore: isHeld)
    }

    /// An offer that puts the peer on hold (RFC 3264 §8.4).
    package mutating func hold() -> SessionDescription { changeHold(to: true) }

    /// An offer that takes the peer back.
    package mutating func resume() -> SessionDescription { changeHold(to: false) }

    /// The peer refused our offer, or the request failed: what was agreed before stands.
    package mutating func abandonOffer() {
        guard case .offering(_, let before, let heldBefore) = state else { return }
        isHeld = heldBefore
        state = before.map { .agreed($0) } ?? .fresh
    }

    private mutating func changeHold(to held: Bool) -> SessionDescription {
        let before = isHeld
        isHeld = held
        return open(offer(.current), heldBefore: before)
    }

    private mutating func open(_ offer: Offer, heldBefore: Bool) -> SessionDescription {
        let sent = Offer(description: stamped(offer.description), roles: offer.roles)
        // A second offer before the answer still goes back to where the first began.
        if case .offering(_, let before, let heldFirst) = state {
            state = .offering(sent, before: before, heldBefore: heldFirst)
        } else {
            state = .offering(sent, before: agreement, heldBefore: heldBefore)
        }
        return sent.description
    }

    private var direction: MediaDirection {
        isHeld ? policy.audio.direction.held : policy.audio.direction
    }

    private func offer(_ scope: OfferScope) -> Offer {
        // A line whose stream was given up is used again before a new one is made (RFC 3264 §8.1).
        let position = audio?.mediaIndex ?? lines.firstIndex { $0.local.kind == .audio } ?? lines.count
        func audioLine(_ line: MediaLine?) -> MediaDescription {
            AudioOffer.media(
                line: line, current: audio, scope: line == nil ? .full : scope, capabilities: policy.audio,
                local: local, direction: direction)
        }
        var media = lines.enumerated().map { index, line in index == position ? audioLine(line) : line.local.refused }
        if position == lines.count { media.append(audioLine(nil)) }
        let family = (agreement?.local.connection).map { AddressFamily(of: $0.address) }
        let address = family.flatMap { local.address(for: $0) } ?? local.address
        let video = video?.offer(
            into: &media, scope: scope, bundle: agreement?.bundle, formsBundle: offersVideoBundle, audio: local,
            family: AddressFamily(of: address), sessionAddress: address)
        // The times of a session are the first offer's for good (RFC 3264 §6).
        let description = description(
            media: media, bundle: video?.bundle, address: address, times: agreement?.local.times ?? [TimeDescription()])
        return Offer(description: description, roles: video?.roles ?? [:])
    }

    /// The peer's answer, which may come again and then counts again. Where it is unusable the offer stays open until
    /// `abandonOffer`.
    package mutating func receive(answer: SessionDescription) -> AnswerOutcome {
        let offer: SessionDescription
        let roles: [Int: VideoRole]
        switch state {
        case .offering(let sent, _, _): (offer, roles) = (sent.description, sent.roles)
        case .agreed(let agreement) where agreement.offeredByUs: (offer, roles) = (agreement.local, agreement.roles)
        case .fresh, .agreed: return .unusable(.noOffer)
        }
        var media: [NegotiatedMedia] = []
        var refusal = MediaRefusal.disabledByPeer
        for (index, offered) in offer.media.enumerated() {
            // Lines that a broken peer dropped count as refused; lines it added are not looked at.
            let answered = index < answer.media.count ? answer.media[index] : offered.refused
            guard offered.kind == .audio, offered.port != 0 else {
                media.append(.refused(offered.kind, .notWanted))
                continue
            }
            do {
                let audio = try AudioAnswerReading.read(
                    answered, to: offered, at: index, in: answer, capabilities: policy.audio)
                media.append(.audio(withEarlierFormats(audio)))
            } catch {
                refusal = error
                media.append(.refused(offered.kind, error))
            }
        }
        guard let audio = media.lazy.compactMap(\.audio).first else { return .unusable(.audioRefused(refusal)) }
        let video = video?.read(answer, to: offer, roles: roles, audio: audio)
        for (index, outcome) in video?.media ?? [:] { media[index] = outcome }
        if let transport = video?.transport, video?.bundle?.members.contains(audio.mediaIndex) == true {
            media[audio.mediaIndex] = .audio(audio.sharing(transport))
        }
        commit(
            Agreement(
                local: offer, remote: answer, media: media, roles: roles, bundle: video?.bundle, offeredByUs: true))
        return .agreed(media)
    }

    /// The same from bytes.
    package mutating func receive(answer bytes: [UInt8]) -> AnswerOutcome {
        do {
            return receive(answer: try SessionDescription(parsing: bytes).withoutNames(peerHost))
        } catch {
            return .unusable(.malformed(error))
        }
    }

    // MARK: The peer's offers

    /// Answers an offer (RFC 3264 §6). A rejection changes nothing.
    package mutating func receive(offer: SessionDescription) -> OfferOutcome {
        guard !hasOpenOffer else { return .rejected(.requestPending) }
        var accepted: AudioAnswer?
        var refusals: [Int: MediaRefusal] = [:]
        // The line in use goes first, so that a session does not hop to another line.
        let inUse = audio?.mediaIndex
        let order = offer.media.indices.filter { $0 == inUse } + offer.media.indices.filter { $0 != inUse }
        for index in order where offer.media[index].kind == .audio {
            do throws(MediaRefusal) {
                guard accepted == nil else { throw .alreadyHaveAudio }
                accepted = try answerAudio(offer.media[index], at: index, in: offer)
            } catch {
                refusals[index] = offer.media[index].port == 0 ? .disabledByPeer : error
            }
        }
        if accepted == nil, let rejection = rejection(of: offer, refusals: refusals) { return .rejected(rejection) }

        let address = accepted?.address ?? local.address
        let video = video?.answer(
            offer, audio: accepted?.negotiated, localAudio: local, sessionAddress: address)
        var answered: [MediaDescription] = []
        var media: [NegotiatedMedia] = []
        for (index, offered) in offer.media.enumerated() {
            if let accepted, accepted.negotiated.mediaIndex == index {
                answered.append(accepted.media)
                let isBundled = video?.described.bundle?.members.contains(index) == true
                let audio = isBundled ? accepted.negotiated.sharing(video?.transport) : accepted.negotiated
                media.append(.audio(withEarlierFormats(audio)))
            } else if let line = video?.lines[index] {
                answered.append(line.media)
                media.append(.video(self.video?.withEarlierFormats(line.negotiated) ?? line.negotiated))
            } else {
                answered.append(offered.refused)
                let refusal = refusals[index] ?? video?.refusals[index] ?? refusalByPolicy(of: offered)
                media.append(.refused(offered.kind, refusal))
            }
        }
        let times = offer.times.map { TimeDescription(start: $0.start, stop: $0.stop) }
        let bundle = video?.described.bundle
        let answer = stamped(description(media: answered, bundle: bundle, address: address, times: times))
        commit(
            Agreement(
                local: answer, remote: offer, media: media, roles: video?.described.roles ?? [:], bundle: bundle,
                offeredByUs: false))
        return .answer(answer, media)
    }

    /// The same from bytes.
    package mutating func receive(offer bytes: [UInt8]) -> OfferOutcome {
        do {
            return receive(offer: try SessionDescription(parsing: bytes).withoutNames(peerHost))
        } catch {
            return .rejected(OfferRejection(error))
        }
    }

    private func answerAudio(
        _ offered: MediaDescription, at index: Int, in offer: SessionDescription
    ) throws(MediaRefusal) -> AudioAnswer {
        try AudioAnswer(
            to: offered, at: index, in: offer, capabilities: policy.audio, local: local, direction: direction,
            current: audio?.codec)
    }

    private func withEarlierFormats(_ audio: NegotiatedAudio) -> NegotiatedAudio {
        guard audio.mediaIndex < lines.count else { return audio }
        return lines[audio.mediaIndex].addingEarlierFormats(to: audio, capabilities: policy.audio)
    }

    /// Lines that neither audio nor video had a look at.
    private func refusalByPolicy(of offered: MediaDescription) -> MediaRefusal {
        offered.port != 0 ? .notWanted : .disabledByPeer
    }

    // MARK: Video

    /// nil where the policy takes no video.
    private var video: VideoExchange? {
        guard case .accept(let capabilities) = policy.video else { return nil }
        return VideoExchange(
            capabilities: capabilities, local: localVideo, lines: lines, current: media, isHeld: isHeld)
    }

    /// What the video lines of an offer would be for, in their order, if there were sockets for all of them: asked before
    /// `localVideo` is filled and the offer answered. Lines that would be refused anyway are not among them.
    package func videoRoles(in offer: SessionDescription) -> [VideoRole] {
        video?.assign(offer, needsLocal: false).acceptable.map(\.role) ?? []
    }

    /// Whether no usable audio refuses the offer. Within a session the peer may well switch its audio off (RFC 3264 §8.2).
    private func rejection(of offer: SessionDescription, refusals: [Int: MediaRefusal]) -> OfferRejection? {
        let reasons = refusals.sorted { $0.key < $1.key }.map(\.value)
        if agreement != nil, !reasons.isEmpty, reasons.allSatisfy({ $0 == .disabledByPeer }) { return nil }
        guard let reason = reasons.first(where: { $0 != .disabledByPeer }) ?? reasons.first else { return .noAudio }
        return OfferRejection(reason, capabilities: policy.audio)
    }

    // MARK: Writing

    private func description(
        media: [MediaDescription], bundle: MediaBundle?, address: String, times: [TimeDescription]
    ) -> SessionDescription {
        let origin =
            self.origin
            ?? SessionOrigin(
                username: username, sessionID: "\(sessionID)", sessionVersion: "0",
                addressType: AddressFamily(of: address).addressType, address: address)
        var description = SessionDescription(
            origin: origin, connection: ConnectionData(address: address), times: times, media: media)
        if let group = bundle?.group(of: media) { description.append("group", group.value) }
        return description
    }

    /// Gives a description its version: that of the last agreed one where nothing else differs, else one never used
    /// (RFC 3264 §8). An open offer sent once more keeps its own.
    private mutating func stamped(_ description: SessionDescription) -> SessionDescription {
        var open: SessionDescription?
        if case .offering(let sent, _, _) = state { open = sent.description }
        for earlier in [open, agreement?.local] {
            guard let earlier else { continue }
            var same = description
            same.origin.sessionVersion = earlier.origin.sessionVersion
            if same == earlier { return earlier }
        }
        lastVersion += 1
        var new = description
        new.origin.sessionVersion = "\(lastVersion)"
        origin = new.origin
        return new
    }

    private mutating func commit(_ agreement: Agreement) {
        for (index, written) in agreement.local.media.enumerated() {
            if index < lines.count {
                lines[index].local = written
            } else {
                lines.append(MediaLine(local: written))
            }
            if let role = agreement.roles[index] { lines[index].role = role }
            guard written.kind == .audio || agreement.roles[index] != nil else { continue }
            if index < agreement.remote.media.count {
                let remote = agreement.remote.media[index]
                lines[index].record(remote, extensions: agreement.remote.headerExtensions(for: remote))
            }
            lines[index].record(written, extensions: written.headerExtensions)
        }
        state = .agreed(agreement)
    }
}
