// SPDX-License-Identifier: GPL-3.0-or-later
import Conference
import Logging
import MediaServer
import RTP
import SDP
import SIP

// The video of calls: one line, on ports of its own. It comes and goes without touching the audio.
extension Focus {
    // MARK: Offer and answer

    /// Answers an offer. Ports are opened for a video line that can be had; one that cannot is declined, and the log says why.
    func answer(_ offer: [UInt8], with negotiation: inout OfferAnswer, for call: inout FocusCall) -> OfferOutcome {
        let before = negotiation
        let hadVideo = call.video != nil
        if !hadVideo, let description = try? SessionDescription(parsing: offer),
            negotiation.videoRoles(in: description).contains(.main)
        {
            openVideo(&call, &negotiation)
        }
        var outcome = negotiation.receive(offer: offer)
        if let video = outcome.videos.first(where: { $0.role == .main }), settings(video, of: call) == nil {
            logger.info("unusable video address", metadata: metadata(call, ["address": "\(video.remoteRTP.host)"]))
            negotiation = before
            negotiation.localVideo = [:]
            outcome = negotiation.receive(offer: offer)
        }
        guard case .answer(_, let media) = outcome else {
            if !hadVideo { closeVideo(&call) }
            negotiation.localVideo = before.localVideo
            return outcome
        }
        if outcome.videos.isEmpty {
            // In a running call its worker lets go once the answer is decided (`dropUnusedVideo`).
            if !hadVideo { closeVideo(&call) }
            negotiation.localVideo = [:]
        }
        note(media, in: &call)
        return outcome
    }

    /// What a new call may have of video: first the codec that most members of its room have, because nothing is transcoded.
    func videoPolicy(for call: FocusCall) -> MediaPolicy.Video {
        var counts: [String: Int] = [:]
        if let offer = call.offer.flatMap({ try? SessionDescription(parsing: $0) }),
            offer.media.contains(where: { $0.kind == .video && $0.port != 0 })
        {
            for member in registry.room(of: call.member)?.memberIDs ?? [] {
                guard let codec = self.call(of: member)?.negotiation?.video(.main)?.codec else { continue }
                counts[codec.encodingName, default: 0] += 1
            }
        }
        let most = counts.values.max()
        return configuration.videoPolicy(
            preferring: counts.filter { $0.value == most }.count == 1 ? counts.first { $0.value == most }?.key : nil)
    }

    /// Binds a pair of ports for the call's video and makes it part of what is negotiated.
    func openVideo(_ call: inout FocusCall, _ negotiation: inout OfferAnswer) {
        let host = negotiation.local.address
        guard call.video == nil, let address = SocketAddress(host: host, port: 0) else { return }
        let bound = configuration.media.bind.flatMap { SocketAddress(host: $0, port: 0) } ?? .any(address.family)
        do throws(MediaSocketError) {
            let sockets = LegSockets(try ports.open(on: bound, options: configuration.videoSocketOptions))
            let port = sockets.localAddress.port
            ownPorts.insert(port)
            ownPorts.insert(port + 1)
            let wire = VideoIdentity(
                ssrc: .random(in: 1 ... .max), sourceID: .random(in: 1 ... .max), cname: call.wire.cname)
            call.video = CallVideo(port: port, wire: wire, sockets: sockets)
            negotiation.localVideo[.main] = LocalVideo(
                LocalMedia(address: host, rtpPort: Int(port), ssrc: wire.ssrc, cname: wire.cname, label: "2"))
        } catch {
            logger.warning("no port for video", metadata: metadata(call, ["reason": "\(error)"]))
        }
    }

    /// Keeps for people, and logs, why a video line was declined.
    private func note(_ media: [NegotiatedMedia], in call: inout FocusCall) {
        var refusal: String?
        for case .refused(.video, let reason) in media where reason != .disabledByPeer { refusal = reason.words }
        if media.contains(where: { $0.video != nil }) { refusal = nil }
        if let refusal, refusal != call.videoRefusal {
            logger.info("video declined", metadata: metadata(call, ["reason": "\(refusal)"]))
        }
        call.videoRefusal = refusal
    }

    /// Lets go of video that is not agreed any more.
    func dropUnusedVideo(_ call: inout FocusCall) {
        guard call.negotiation?.video(.main).flatMap({ settings($0, of: call) }) == nil else { return }
        call.negotiation?.localVideo = [:]
        closeVideo(&call)
    }

    /// Ends the call's video and frees its ports.
    func closeVideo(_ call: inout FocusCall) {
        guard let video = call.video else { return }
        if video.isOpen { media.closeVideo(call.leg) }
        ownPorts.remove(video.port)
        ownPorts.remove(video.port + 1)
        call.video = nil
    }

    // MARK: Media

    /// What a video leg is to do; nil where its address cannot be one, or is one of our own.
    private func settings(_ video: NegotiatedVideo, of call: FocusCall) -> VideoLegSettings? {
        let settings = VideoLegSettings(
            video, bitrateLimit: configuration.video.maxBitrate, takesINFO: call.takesINFO,
            reports: configuration.media.rtcp)
        guard let settings else { return nil }
        let targets = [settings.remoteMedia, settings.remoteControl]
        guard !targets.contains(where: { ownPorts.contains($0.port) && isLocal($0) }) else { return nil }
        return settings
    }

    /// Opens the call's video once its audio is open, and changes it after.
    func applyVideo(to id: SessionID) {
        guard var call = calls[id], call.legIsOpen, var video = call.video,
            let settings = call.negotiation?.video(.main).flatMap({ settings($0, of: call) })
        else { return }
        if video.isOpen {
            media.updateVideo(call.leg, settings)
        } else if let sockets = video.sockets {
            media.openVideo(call.leg, sockets, as: video.wire, settings)
            video.isOpen = true
            video.sockets = nil
        }
        call.video = video
        calls[id] = call
    }

    // MARK: Key frames by INFO (RFC 5168)

    /// The caller asks for a key frame of what it sees, or could not make use of what we asked.
    func receive(_ control: MediaControl, from call: FocusCall) {
        guard call.video?.isOpen == true else { return }
        switch control {
        case .pictureFastUpdate: media.requestKeyframe(for: call.leg)
        case .generalError: media.fastUpdateRefused(by: call.leg, forGood: true)
        }
    }

    /// Asks the caller's camera for a key frame.
    func requestKeyframe(of call: FocusCall) {
        guard call.isEstablished, call.video != nil else { return }
        let headers: SIPHeaders = ["Content-Type": MediaControl.contentType]
        // Its outcome may come within the call.
        let request = endpoint.core.request(
            call.session, method: .info, headers: headers, body: MediaControl.pictureFastUpdate.body, now: .now)
        keyframeRequests[request] = call.leg
        settle()
    }

    /// Whether the outcome was that of an INFO of ours.
    func finishedKeyframeRequest(_ id: InDialogRequestID, _ outcome: RequestOutcome) -> Bool {
        guard let leg = keyframeRequests[id] else { return false }
        guard outcome.isFinal else { return true }
        keyframeRequests[id] = nil
        if case .response(let response) = outcome, response.isSuccess { return true }
        var forGood = false
        if case .response(let response) = outcome {
            forGood = ![408, 480, 491, 500, 503, 504].contains(response.status)
        }
        media.fastUpdateRefused(by: leg, forGood: forGood)
        return true
    }
}

extension MediaRefusal {
    /// For people.
    fileprivate var words: String {
        switch self {
        case .disabledByPeer: "switched off by the caller"
        case .notWanted: "video is off here, or the line is one too many"
        case .alreadyHaveAudio: "one audio line is enough"
        case .profile(let profile): "\(profile.rawValue) is not spoken"
        case .noCommonFormat: "no common codec"
        case .noAddress: "no address"
        case .multicast: "multicast"
        case .addressFamily: "no address of that family"
        case .noLocalMedia: "no free port, or an address that cannot be"
        case .noMultiplexing: "it must share a port, which is not done here"
        }
    }
}
