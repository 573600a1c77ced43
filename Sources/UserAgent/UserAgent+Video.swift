// SPDX-License-Identifier: GPL-3.0-or-later
import Devices
import Geometry
import Logging
import MediaServer
import NIOCore
import NIOPosix
import RTP
import SDP
import SIP
import Video

// The video of calls: lines, sockets, and the thread that follows them.
extension UserAgent {
    // MARK: Before there is any

    /// What offers and answers take of video.
    var videoPolicy: MediaPolicy.Video {
        guard options.video.isEnabled else { return .refuse }
        var capabilities = VideoCapabilities.userAgent
        capabilities.codecs = options.video.codecs.flatMap(\.descriptions)
        capabilities.headerExtensions = []
        return .accept(capabilities)
    }

    /// Binds ports for video and makes the main line part of what is negotiated; nil where video is off.
    func prepareVideo(
        _ camera: VideoFeed, cname: String, in negotiation: inout OfferAnswer
    ) throws(UserAgentError) -> VideoState? {
        guard options.video.isEnabled else { return nil }
        let host = negotiation.local.address
        let sockets: LegSockets
        do throws(MediaSocketError) {
            let family: RTP.SocketAddress.Family = host.utf8.contains(UInt8(ascii: ":")) ? .ipv6 : .ipv4
            // Half a second of the best quality, while the thread is busy.
            let room = MediaSocketOptions(receiveBuffer: 2 << 20, codePoint: 34)
            sockets = LegSockets(try ports.open(on: .any(family), options: room))
        } catch {
            throw .socket("no socket for video: \(error)")
        }
        var video = VideoState(
            wire: VideoWire(cname: cname), port: Int(sockets.localAddress.port), sockets: sockets, camera: camera)
        describe(&video, in: &negotiation, withSlots: false)
        return video
    }

    /// Writes what we want of each line into what is negotiated.
    private func describe(_ video: inout VideoState, in negotiation: inout OfferAnswer, withSlots: Bool) {
        func local(_ stream: VideoWire.Stream?, _ direction: MediaDirection) -> LocalVideo {
            LocalVideo(
                LocalMedia(
                    address: negotiation.local.address, rtpPort: video.port, ssrc: stream?.ssrc,
                    cname: video.wire.cname, retransmissionSSRC: stream?.retransmissionSSRC),
                direction: direction)
        }
        var lines = [VideoRole.main: local(video.wire.main, video.camera.sends ? .sendrecv : .recvonly)]
        if withSlots {
            lines[.slides] = local(video.wire.slides, video.screen.sends ? .sendrecv : .recvonly)
            for number in 0..<max(0, options.video.slots) { lines[.slot(number)] = local(nil, .recvonly) }
        }
        negotiation.localVideo = lines
        negotiation.offersVideoBundle = withSlots
        video.told = lines.compactMapValues(\.direction)
    }

    /// The other side adds video to a call that had none: it is seen, and we are when we want.
    func addVideo(_ id: SessionID, offer: [UInt8], to negotiation: inout OfferAnswer) {
        guard let state = calls[id], state.video == nil, options.video.isEnabled,
            let description = try? SessionDescription(parsing: offer),
            negotiation.videoRoles(in: description).contains(.main)
        else { return }
        let spec = options.video.camera.map { try? VideoSourceSpec(parsing: $0) } ?? .camera(nil)
        do throws(UserAgentError) {
            calls[id]?.video = try prepareVideo(VideoFeed(spec: spec), cname: state.wire.cname, in: &negotiation)
        } catch {
            state.call.tell(.notice("\(error)"))
        }
    }

    // MARK: Following

    /// Offers what we want of video where that is not what was told, once no other offer is open.
    func followVideo(_ id: SessionID) {
        guard let state = calls[id], state.end == nil, var video = state.video, var negotiation = state.negotiation,
            endpoint.core.session(id)?.isEstablished == true, !negotiation.hasOpenOffer,
            negotiation.video(.main) != nil
        else { return }
        let told = video.told
        let before = negotiation
        let isFocus = state.description?.isFocus == true
        describe(&video, in: &negotiation, withSlots: isFocus && !video.refusesSlots)
        guard video.told != told else { return }
        let offer = negotiation.makeOffer()
        // What differs in nothing need not be said.
        guard offer != before.localDescription else { return }
        video.isOffering = true
        calls[id]?.video = video
        calls[id]?.negotiation = negotiation
        withCore { core, now in core.modify(id, offer: offer.serialized(), now: now) }
    }

    /// An offer of ours about video was refused: the call goes on as it was.
    func videoRefused(_ id: SessionID, status: Int) {
        guard var video = calls[id]?.video, var negotiation = calls[id]?.negotiation else { return }
        video.isOffering = false
        let agreed = Set(negotiation.videos.map(\.role))
        if video.told.keys.contains(where: { !agreed.contains($0) }) {
            video.refusesSlots = true
            logger.info("no more than one picture at a time", metadata: ["status": "\(status)"])
        }
        // It knows no better, and is not asked again.
        video.told = video.told.filter { agreed.contains($0.key) }
        negotiation.localVideo = negotiation.localVideo.filter { agreed.contains($0.key) }
        calls[id]?.video = video
        calls[id]?.negotiation = negotiation
    }

    /// Brings the video thread in line with what is negotiated; starts it the first time.
    func applyVideo(_ id: SessionID) {
        guard let state = calls[id], let negotiation = state.negotiation, var video = state.video else { return }
        video.isOffering = false
        guard let main = negotiation.video(.main) else {
            calls[id]?.video = video
            return closeVideo(id, why: "the other side takes no video")
        }
        // What is not on the main line's ports cannot be heard.
        let lines = negotiation.videos.filter { line in
            line.role == .main || line.bundledWith != nil && line.bundledWith == main.bundledWith
        }.compactMap { VideoLine($0, isHeld: negotiation.isHeld) }
        if video.thread == nil, let sockets = video.sockets {
            do {
                let thread = try CallVideo(
                    sockets, identity: video.wire, quality: options.video.quality.machine(of: .main),
                    slidesQuality: options.video.quality.machine(of: .slides), board: state.call.board,
                    playout: state.playout, captureDelay: state.captureDelay
                ) { [self] report in
                    eventLoop.execute { self.assumeIsolated { $0.handle(report, of: id) } }
                }
                try thread.start()
                thread.post(.source(.main, video.camera.pictures))
                begin(video.camera, of: id)
                video.thread = thread
                video.sockets = nil
            } catch {
                calls[id]?.video = video
                return closeVideo(id, why: "video cannot run: \(error)")
            }
        }
        video.thread?.post(.update(lines))
        let isNew = !video.isStarted
        video.isStarted = true
        calls[id]?.video = video
        if isNew { state.call.tell(.video(.started)) }
        refreshBoard(id)
    }

    /// Ends a call's video and frees its ports and devices; its audio goes on.
    private func closeVideo(_ id: SessionID, why: String) {
        guard let state = calls[id], let video = state.video else { return }
        calls[id]?.video = nil
        calls[id]?.negotiation?.localVideo = [:]
        stop(video) {}
        state.call.board.clearStreams()
        refreshBoard(id)
        state.call.tell(.video(.stopped(why)))
    }

    /// Ends the video thread and frees cameras; `done` is called on another thread.
    func stop(_ video: VideoState, _ done: @escaping @Sendable () -> Void) {
        let feeds = [video.camera.pictures, video.screen.pictures].compactMap { $0 }
        let thread = video.thread
        NIOThreadPool.singleton.submit { _ in
            for pictures in feeds { pictures.stop() }
            guard let thread else { return done() }
            thread.stop(done)
        }
    }

    // MARK: Reports

    private func handle(_ report: CallVideo.Report, of id: SessionID) {
        guard let state = calls[id], state.end == nil else { return }
        switch report {
        case .live(let role, _): if role == .slides { refreshBoard(id) }
        case .keyframeWanted: requestKeyframe(id)
        case .target(let target):
            state.call.tell(
                .video(
                    .quality(
                        VideoSize(
                            width: target.size.width, height: target.size.height, rate: target.rate,
                            bitrate: target.bitrate))))
        }
    }

    /// Asks the other side for a key frame by INFO (RFC 5168).
    private func requestKeyframe(_ id: SessionID) {
        Task {
            do throws(UserAgentError) {
                try await requestInside(
                    id, .info, headers: ["Content-Type": MediaControl.contentType],
                    body: MediaControl.pictureFastUpdate.body)
            } catch {
                var isForGood = true
                if case .refused(let refusal) = error {
                    isForGood = ![408, 480, 491, 500, 503, 504].contains(refusal.status)
                }
                calls[id]?.video?.thread?.post(.fastUpdateRefused(forGood: isForGood))
            }
        }
    }

    /// The other side asks for a key frame, or could not make use of what we asked.
    func receive(_ control: MediaControl, in id: SessionID) {
        switch control {
        case .pictureFastUpdate: calls[id]?.video?.thread?.post(.keyframeWanted)
        case .generalError: calls[id]?.video?.thread?.post(.fastUpdateRefused(forGood: true))
        }
    }
}

extension VideoOptions.Quality {
    func machine(of role: VideoRole) -> VideoQuality {
        switch self {
        case .low: .low
        case .medium: .medium
        case .high: .high
        // Nobody guesses what a screen says: it begins well.
        case .auto: role == .main ? .auto : .high
        }
    }
}

extension VideoOptions.Codec {
    var descriptions: [VideoCodecDescription] {
        switch self {
        case .vp8: [.vp8]
        case .h264: [.h264, .h264SingleNALUnit]
        }
    }
}
