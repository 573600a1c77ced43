// SPDX-License-Identifier: GPL-3.0-or-later
import Audio
import Logging
import MediaServer
import NIOCore
import RTP
import SDP
import SIP

// Offers and answers, and the media thread that follows them.
extension UserAgent {
    func renegotiate(_ id: SessionID, offer: [UInt8]) {
        guard var negotiation = calls[id]?.negotiation else { return }
        // An offer comes through while ours only waits, after glare: theirs is answered, and ours is made anew (RFC 3261 §14.1).
        let hasOffer = negotiation.hasOpenOffer
        let isOfVideo = calls[id]?.video?.isOffering == true
        negotiation.abandonOffer()
        defer { if hasOffer { offerAnew(id, ofVideo: isOfVideo) } }
        addVideo(id, offer: offer, to: &negotiation)
        let outcome = negotiation.receive(offer: offer)
        calls[id]?.negotiation = negotiation
        switch outcome {
        case .answer(let answer, _):
            withCore { core, now in core.answer(id, body: answer.serialized(), now: now) }
            applyMedia(id)
            applyVideo(id)
            followMove(id)
        case .rejected(let rejection):
            withCore { core, now in core.answer(id, body: nil, status: rejection.status, now: now) }
        }
    }

    private func offerAnew(_ id: SessionID, ofVideo: Bool) {
        guard var negotiation = calls[id]?.negotiation, let state = calls[id], state.end == nil else { return }
        let isAsWanted = negotiation.isHeld == state.wantsHold
        let offer =
            isAsWanted ? negotiation.makeOffer() : state.wantsHold ? negotiation.hold() : negotiation.resume()
        calls[id]?.negotiation = negotiation
        if ofVideo { calls[id]?.video?.isOffering = true }
        withCore { core, now in core.modify(id, offer: offer.serialized(), now: now) }
    }

    func offerAgain(_ id: SessionID) {
        guard let offer = calls[id]?.negotiation?.makeOffer() else { return }
        withCore { core, now in core.answer(id, body: offer.serialized(), now: now) }
    }

    /// Takes the other side's answer.
    func take(_ answer: [UInt8], of id: SessionID) {
        guard var negotiation = calls[id]?.negotiation else { return }
        let hadAudio = negotiation.audio != nil
        let outcome = negotiation.receive(answer: answer)
        switch outcome {
        case .agreed:
            calls[id]?.negotiation = negotiation
            applyMedia(id)
            applyVideo(id)
            followHold(id)
        case .unusable(let problem):
            // After a re-offer the call goes on as it was; without any audio yet there is nothing to go on with.
            negotiation.abandonOffer()
            calls[id]?.negotiation = negotiation
            if calls[id]?.video?.isOffering == true { videoRefused(id, status: 488) }
            guard hadAudio else {
                return giveUp(
                    id, .failed("the other side answered without usable audio (\(problem))"),
                    reason: SIPReason(cause: 488, text: "No usable audio in the answer"))
            }
            settleHold(id, failure: .malformed("the answer to hold or resume cannot be used (\(problem))"))
        }
    }

    /// Brings the media thread in line with what is negotiated; starts it the first time.
    func applyMedia(_ id: SessionID) {
        guard var state = calls[id], let audio = state.negotiation?.audio else { return }
        guard
            var settings = LegSettings(
                audio, LegPreferences(opusBitrate: options.opusBitrate, complexity: 8, redundancy: true))
        else {
            calls[id]?.call.tell(
                .notice("the other side names \(audio.remoteRTP.host) for its audio, which is no address"))
            return
        }
        // Who holds may play music (RFC 3264 §8.4); a person's microphone is none.
        if state.negotiation?.isHeld == true { settings.sends = false }
        if let media = state.media {
            media.post(.update(settings))
        } else if let sockets = state.sockets, let devices = state.devices {
            do {
                let media = try CallMedia(
                    sockets, identity: state.wire, settings: settings, devices: devices, isMuted: state.isMuted,
                    mediaTimeout: options.mediaTimeout.map { Int($0 / .milliseconds(1)) } ?? 0, playout: state.playout
                ) { [self] report in
                    eventLoop.execute { self.assumeIsolated { $0.handle(report, of: id) } }
                }
                try media.start()
                state.media = media
                state.sockets = nil
                state.devices = nil
                calls[id] = state
                media.post(.sound(.main, state.video?.camera.pictures?.sound))
                if state.isMuted { state.call.tell(.muted(true)) }
            } catch {
                giveUp(id, .failed("its audio cannot run: \(error)"), reason: SIPReason(cause: 500, text: "No media"))
                return
            }
        }
        tellChanges(id, audio)
    }

    private func tellChanges(_ id: SessionID, _ audio: NegotiatedAudio) {
        guard let state = calls[id] else { return }
        if var description = state.description, description.codec != audio.codec.encodingName {
            description.codec = audio.codec.encodingName
            calls[id]?.description = description
            state.call.tell(.changed(description))
        }
        if state.isHeldByPeer != audio.remoteHolds {
            calls[id]?.isHeldByPeer = audio.remoteHolds
            refreshBoard(id)
            state.call.tell(.heldByPeer(audio.remoteHolds))
        }
    }

    // MARK: Reports

    func handle(_ report: CallMedia.Report, of id: SessionID) {
        switch report {
        case .finished: released(id)
        case .levels(let levels): hear(levels, in: id)
        case .leg(.digit(let digit)): calls[id]?.call.tell(.digit(digit))
        case .leg(.mediaLost):
            let seconds = options.mediaTimeout?.components.seconds ?? 0
            giveUp(
                id, .lost("nothing came from the other side for \(seconds) s"),
                reason: SIPReason(cause: 408, text: "No media"))
        case .leg(.latched(let source)):
            logger.debug("media comes from another address than announced", metadata: ["source": "\(source)"])
        case .leg: break
        }
    }

    private func hear(_ levels: MediaLevels, in id: SessionID) {
        guard let state = calls[id], state.end == nil else { return }
        if let stream = levels.stream, stream != state.stream {
            calls[id]?.stream = stream
            // A conference that was restarted knows nothing of our subscription.
            if state.stream != nil { renewRoster(id) }
        }
        var heard: [TalkerTracker.Heard] = []
        if state.description?.isFocus == true || !levels.sources.isEmpty {
            for index in 0..<levels.sources.count {
                heard.append(
                    TalkerTracker.Heard(
                        source: .mixed(levels.sources.ssrc(index)),
                        level: levels.sources.level(index).decibelsBelowOverload))
            }
        } else {
            heard.append(TalkerTracker.Heard(source: .peer, level: levels.speaker))
        }
        let changed = calls[id]?.talkers.hear(heard, now: .now) ?? false
        let talkers = talkers(of: id)
        if changed { state.call.tell(.talkers(talkers)) }
        let isTalking = levels.microphone <= TalkerTracker.threshold
        if changed || isTalking != state.isTalking {
            calls[id]?.isTalking = isTalking
            refreshBoard(id)
        }
        state.call.tell(
            .levels(CallLevels(microphone: -Int(levels.microphone), speaker: -Int(levels.speaker), talkers: talkers)))
    }

    /// Who talks now, by name where the roster knows.
    func talkers(of id: SessionID) -> [Talker] {
        guard let state = calls[id] else { return [] }
        return state.talkers.talking.map { heard in
            switch heard.source {
            case .peer:
                return Talker(
                    name: state.call.remoteName, uri: state.call.remote, sourceID: nil, level: -Int(heard.level))
            case .mixed(let source):
                let member = roster(of: id)?.member(source)
                return Talker(name: member?.name, uri: member?.uri, sourceID: source, level: -Int(heard.level))
            }
        }
    }

    func statistics(of id: SessionID) async -> CallStatistics? {
        guard let media = calls[id]?.media else { return nil }
        let figures = await media.statistics()
        return CallStatistics(
            remote: figures.remote.description, codec: figures.codec.rawValue,
            packetsReceived: Int(figures.packetsReceived), packetsSent: Int(figures.packetsSent),
            packetsLost: figures.cumulativeLost, remoteLoss: figures.remoteFractionLost, jitter: figures.jitter,
            roundTrip: figures.roundTrip, bufferDelay: figures.bufferDelay, concealed: figures.concealed)
    }
}
