// SPDX-License-Identifier: GPL-3.0-or-later
import Conference
import Logging
import MediaServer
import RTP
import SDP
import SIP

// The video of calls. It comes and goes without touching the audio.
extension Focus {
    /// Lines of one call for other people's cameras; what is offered on top is declined.
    private static let mostSlots = 32

    // MARK: Offer and answer

    /// Answers an offer. Ports are opened for the video lines that can be had; one that cannot is declined, and the log says why.
    func answer(_ offer: [UInt8], with negotiation: inout OfferAnswer, for call: inout FocusCall) -> OfferOutcome {
        let before = negotiation
        if let description = try? SessionDescription(parsing: offer) {
            provideVideo(for: description, &call, &negotiation)
        }
        var outcome = negotiation.receive(offer: offer)
        if let video = outcome.videos.first(where: { settings($0, of: call) == nil }) {
            logger.info("unusable video address", metadata: metadata(call, ["address": "\(video.remoteRTP.host)"]))
            negotiation = before
            negotiation.localVideo = [:]
            outcome = negotiation.receive(offer: offer)
        }
        guard case .answer(_, let media) = outcome else {
            negotiation.localVideo = before.localVideo
            return outcome
        }
        let agreed = Set(outcome.videos.map(\.role))
        negotiation.localVideo = negotiation.localVideo.filter { agreed.contains($0.key) }
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

    /// Gives every video line of an offer that can be had what it needs: a name on the wire, and ports, which lines of a bundle share.
    private func provideVideo(
        for offer: SessionDescription, _ call: inout FocusCall, _ negotiation: inout OfferAnswer
    ) {
        let roles = negotiation.videoRoles(in: offer).filter { ($0.slot ?? 0) < Self.mostSlots }
        var video = call.video ?? CallVideo()
        let bundled = roles.count > 1 ? bundledRoles(roles, in: offer, negotiation) : []
        // Whoever of the bundle has ports lends them to all; the others keep their own, or get some.
        let shared = roles.first { bundled.contains($0) && video.lines[$0] != nil }.flatMap {
            video.lines[$0]?.transport
        }
        var taken: Set<UInt8> = []
        var bundle = shared
        for role in roles {
            let isBundled = bundled.contains(role)
            var transport = isBundled ? bundle : video.lines[role]?.transport
            if !isBundled, transport.map({ taken.contains($0) || $0 == shared }) ?? false { transport = nil }
            guard let transport = transport ?? openPorts(of: &video, for: call, on: negotiation.local.address) else {
                continue
            }
            if isBundled { bundle = transport }
            taken.insert(transport)
            provide(role, over: transport, &video, call, &negotiation)
        }
        if !video.lines.isEmpty { call.video = video }
    }

    /// The video lines of an offer that will share one pair of ports.
    private func bundledRoles(
        _ roles: [VideoRole], in offer: SessionDescription, _ negotiation: OfferAnswer
    ) -> Set<VideoRole> {
        var trial = negotiation
        // Any port will do: what is answered goes nowhere.
        for role in roles { trial.localVideo[role] = LocalVideo(LocalMedia(address: trial.local.address, rtpPort: 2)) }
        return Set(trial.receive(offer: offer).videos.filter { $0.bundledWith != nil }.map(\.role))
    }

    private func provide(
        _ role: VideoRole, over transport: UInt8, _ video: inout CallVideo, _ call: FocusCall,
        _ negotiation: inout OfferAnswer
    ) {
        guard let port = video.transports[transport]?.number else { return }
        let wire =
            video.lines[role]?.wire
            ?? VideoIdentity(
                ssrc: .random(in: 1 ... .max), retransmissionSSRC: .random(in: 1 ... .max), sourceID: makeSourceID(),
                cname: call.wire.cname)
        video.lines[role] = CallVideo.Line(wire: wire, transport: transport)
        negotiation.localVideo[role] = LocalVideo(
            LocalMedia(
                address: negotiation.local.address, rtpPort: Int(port), ssrc: wire.ssrc, cname: wire.cname,
                label: role.label, retransmissionSSRC: wire.retransmissionSSRC))
    }

    /// Binds a pair of ports; nil, and a line in the log, where there is none.
    private func openPorts(of video: inout CallVideo, for call: FocusCall, on host: String) -> UInt8? {
        guard let number = video.freeTransport, let address = SocketAddress(host: host, port: 0) else { return nil }
        let bound = configuration.media.bind.flatMap { SocketAddress(host: $0, port: 0) } ?? .any(address.family)
        do throws(MediaSocketError) {
            let sockets = LegSockets(try ports.open(on: bound, options: configuration.videoSocketOptions))
            let port = sockets.localAddress.port
            ownPorts.insert(port)
            ownPorts.insert(port + 1)
            video.transports[number] = CallVideo.Ports(number: port, sockets: sockets)
            return number
        } catch {
            logger.warning("no port for video", metadata: metadata(call, ["reason": "\(error)"]))
            return nil
        }
    }

    /// Names a camera or screen as none of this focus is named.
    private func makeSourceID() -> UInt32 {
        while true {
            let id = UInt32.random(in: 1 ... .max)
            if sourceIDs.insert(id).inserted { return id }
        }
    }

    /// Prepares to offer video to a caller who left the offer to us: the one line that every phone understands.
    func offerVideo(_ call: inout FocusCall, _ negotiation: inout OfferAnswer) {
        var video = CallVideo()
        guard let transport = openPorts(of: &video, for: call, on: negotiation.local.address) else { return }
        provide(.main, over: transport, &video, call, &negotiation)
        call.video = video
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

    /// Lets go of lines that are not agreed any more, and of ports that none uses; the worker, of the former, by `applyVideo`.
    func dropUnusedVideo(_ call: inout FocusCall) {
        guard var video = call.video else { return }
        let agreed = Set((call.negotiation?.videos ?? []).filter { settings($0, of: call) != nil }.map(\.role))
        for (role, line) in video.lines where !agreed.contains(role) {
            sourceIDs.remove(line.wire.sourceID)
            video.lines[role] = nil
            call.negotiation?.localVideo[role] = nil
        }
        let used = Set(video.lines.values.map(\.transport))
        for (number, ports) in video.transports where !used.contains(number) {
            ownPorts.remove(ports.number)
            ownPorts.remove(ports.number + 1)
            video.transports[number] = nil
        }
        if video.lines[.slides] == nil { video.presents = false }
        if video.lines.isEmpty, video.isOpen { media.setVideo(call.leg, VideoSetup(lines: [], sockets: [:])) }
        call.video = video.lines.isEmpty ? nil : video
    }

    /// Takes back what was provided for an offer that came to nothing.
    func restoreVideo(_ call: inout FocusCall, to before: CallVideo?) {
        for (role, line) in call.video?.lines ?? [:] where before?.lines[role] == nil {
            sourceIDs.remove(line.wire.sourceID)
        }
        for (number, ports) in call.video?.transports ?? [:] where before?.transports[number] == nil {
            ownPorts.remove(ports.number)
            ownPorts.remove(ports.number + 1)
        }
        call.video = before
    }

    /// Ends the call's video and frees its ports.
    func closeVideo(_ call: inout FocusCall) {
        if call.video?.isOpen == true { media.setVideo(call.leg, VideoSetup(lines: [], sockets: [:])) }
        restoreVideo(&call, to: nil)
    }

    // MARK: The roster

    /// What the roster says of a member's camera, and of its screen while it shares one (RFC 4575 §5.8). The numbers are those of the
    /// CSRC lists of what others are sent.
    func videoMedia(of call: FocusCall, isHeld: Bool) -> [ConferenceInfo.Media] {
        let roles: [VideoRole] = call.video?.presents == true ? [.main, .slides] : [.main]
        return roles.compactMap { role in
            guard let line = call.video?.lines[role], let negotiated = call.negotiation?.video(role) else { return nil }
            let status = isHeld ? .inactive : negotiated.direction.reversed
            return ConferenceInfo.Media(
                id: role.label, displayText: role == .slides ? "slides" : nil, type: "video", label: role.label,
                sourceID: line.wire.sourceID, status: status.rawValue)
        }
    }

    /// The member began or ended to share its screen.
    func present(_ presents: Bool, by call: FocusCall) {
        guard call.video != nil, call.video?.presents != presents else { return }
        calls[call.session]?.video?.presents = presents
        logger.info("screen", metadata: metadata(call, ["shared": "\(presents)"]))
        videoChanged(call.member)
        // What has ended is not to be seen for another second.
        guard !presents else { return }
        let now = ContinuousClock.now
        roster.hurry(call.roomName, now: now)
        sendRosters(now: now)
    }

    private func videoChanged(_ member: MemberID) {
        if let step = registry.videoChanged(member, now: .now) { perform(step) }
    }

    // MARK: Media

    /// What a video line is to do; nil where its address cannot be one, or is one of our own.
    private func settings(_ video: NegotiatedVideo, of call: FocusCall) -> VideoLineSettings? {
        let made = VideoLineSettings(
            video, bitrateLimit: configuration.video.maxBitrate, takesINFO: call.takesINFO,
            reports: configuration.media.rtcp)
        guard var settings = made else { return nil }
        settings.signallingHost = SocketAddress(host: call.flow.remote.host, port: 0)
        let targets = [settings.remoteMedia, settings.remoteControl]
        guard !targets.contains(where: { ownPorts.contains($0.port) && isLocal($0) }) else { return nil }
        return settings
    }

    /// Opens the call's video once its audio is open, and changes it after.
    func applyVideo(to id: SessionID) {
        guard var call = calls[id], call.legIsOpen, var video = call.video else { return }
        let lines = (call.negotiation?.videos ?? []).compactMap { negotiated -> VideoSetup.Line? in
            guard let line = video.lines[negotiated.role], let settings = settings(negotiated, of: call) else {
                return nil
            }
            return VideoSetup.Line(negotiated.role, as: line.wire, over: line.transport, settings)
        }
        guard !lines.isEmpty else { return }
        let fresh = video.transports.filter { !$0.value.areOpen }.mapValues(\.sockets)
        media.setVideo(call.leg, VideoSetup(lines: lines, sockets: fresh))
        video.isOpen = true
        for number in video.transports.keys { video.transports[number]?.areOpen = true }
        call.video = video
        calls[id] = call
    }

    /// Tells the roster's readers where what they were told of a member's video has changed.
    func tellOfVideo(of id: SessionID) {
        guard let call = calls[id], call.legIsOpen else { return }
        let media = videoMedia(of: call, isHeld: call.isHeld)
        guard media != call.toldVideo else { return }
        calls[id]?.toldVideo = media
        videoChanged(call.member)
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

extension VideoRole {
    /// `a=label` of the line, and the roster's name for it; audio is 1.
    var label: String {
        switch self {
        case .main: "2"
        case .slides: "3"
        case .slot(let number): "\(4 + number)"
        }
    }

    /// The number of a slot.
    fileprivate var slot: Int? {
        if case .slot(let number) = self { number } else { nil }
    }
}
