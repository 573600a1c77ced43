// SPDX-License-Identifier: GPL-3.0-or-later
import Conference
import Devices
import Geometry
import NIOCore
import NIOPosix
import Picture
import SDP
import SIP
import Video

// What we send of ourselves: cameras, shared screens, files.
extension UserAgent {
    // MARK: Opening

    /// The camera that a call begins with. Without one, or switched off, the others are seen all the same.
    ///
    /// - Throws: `UserAgentError.device` where the one that was named cannot be had.
    func openCamera(
        for board: VideoBoard, notice: @escaping @Sendable (String) -> Void
    ) async throws(UserAgentError) -> VideoFeed {
        let isNamed = options.video.camera != nil
        let spec: VideoSourceSpec
        do throws(DeviceError) {
            spec = if let named = options.video.camera { try VideoSourceSpec(parsing: named) } else { .camera(nil) }
        } catch {
            throw .device("\(error)")
        }
        var feed = VideoFeed(spec: spec)
        guard options.video.isCameraOn, spec != .none else { return feed }
        do throws(UserAgentError) {
            feed.pictures = try await open(spec, for: .main, board)
        } catch {
            guard !isNamed else { throw error }
            feed.spec = VideoSourceSpec.none
            notice("no camera (\(error)); the others are seen all the same")
        }
        return feed
    }

    /// Opens a source off the event loop and the cooperative pool.
    private func open(
        _ spec: VideoSourceSpec, for role: VideoRole, _ board: VideoBoard
    ) async throws(UserAgentError) -> OutgoingPictures {
        let quality = options.video.quality.machine(of: role)
        let token = PictureToken()
        let openPictures = options.openPictures
        let spec = spec.named(options.displayName.isEmpty ? options.user : options.displayName)
        do {
            return try await NIOThreadPool.singleton.runIfActive { [self] in
                try OutgoingPictures(
                    try openPictures(spec), token: token, quality: quality,
                    preview: { if role == .main { board.show(own: $0) } },
                    report: { [weak self] event in
                        guard let self else { return }
                        eventLoop.execute { self.assumeIsolated { $0.note(event, of: token) } }
                    })
            }
        } catch {
            throw .device("\(error)")
        }
    }

    // MARK: What a person wants

    func setCamera(_ id: SessionID, _ isOn: Bool) async throws(UserAgentError) {
        guard let video = calls[id]?.video else { throw .wrongState("this call has no video") }
        guard isOn != (video.camera.pictures != nil) else { return }
        guard isOn else { return replace(.main, of: id, with: VideoFeed(spec: video.camera.spec)) }
        // Where the system had no camera when the call began, it may have one by now.
        let found = options.video.camera == nil ? VideoSourceSpec.camera(nil) : nil
        guard let spec = video.camera.spec == VideoSourceSpec.none ? found : video.camera.spec else {
            throw .device("there is no camera; name one, such as camera:/dev/video0 or pattern")
        }
        try await switchCamera(of: id, to: spec)
    }

    func toggleCamera(_ id: SessionID) async throws(UserAgentError) {
        guard let video = calls[id]?.video else { throw .wrongState("this call has no video") }
        // One that is lost, or has no picture so far, is on: it is given up, not opened once more.
        try await setCamera(id, video.camera.pictures == nil)
        guard video.camera.isLost, calls[id]?.video?.camera.pictures == nil else { return }
        calls[id]?.call.tell(.notice("The lost camera is given up. Switch it on to look for it again."))
    }

    func switchCamera(of id: SessionID, to spec: VideoSourceSpec) async throws(UserAgentError) {
        guard let state = calls[id], state.video != nil else { throw .wrongState("this call has no video") }
        var feed = VideoFeed(spec: spec)
        if spec != .none { feed.pictures = try await open(spec, for: .main, state.call.board) }
        try replaceIfThere(.main, of: id, with: feed)
    }

    func share(_ spec: VideoSourceSpec?, in id: SessionID) async throws(UserAgentError) {
        guard let state = calls[id], state.video != nil else { throw .wrongState("this call has no video") }
        guard let spec, spec != .none else { return replace(.slides, of: id, with: VideoFeed()) }
        guard state.negotiation?.video(.slides) != nil else {
            throw .wrongState("the other side shows no screens beside cameras; switch the camera to the screen instead")
        }
        let feed = VideoFeed(spec: spec, pictures: try await open(spec, for: .slides, state.call.board))
        try replaceIfThere(.slides, of: id, with: feed)
    }

    /// The call may have ended while a device was being opened.
    private func replaceIfThere(_ role: VideoRole, of id: SessionID, with feed: VideoFeed) throws(UserAgentError) {
        guard calls[id]?.video != nil, calls[id]?.end == nil else {
            release(feed)
            throw .wrongState("the call is over")
        }
        replace(role, of: id, with: feed)
    }

    private func replace(_ role: VideoRole, of id: SessionID, with feed: VideoFeed) {
        guard let state = calls[id], var video = state.video else { return }
        let old = role == .main ? video.camera : video.screen
        if role == .main { video.camera = feed } else { video.screen = feed }
        calls[id]?.video = video
        video.thread?.post(.source(role, feed.pictures))
        state.media?.post(.sound(role, feed.pictures?.sound))
        if video.thread != nil { begin(feed, of: id) }
        release(old)
        refreshBoard(id)
        let (wasOn, isOn) = (old.pictures != nil, feed.pictures != nil)
        if wasOn != isOn { state.call.tell(.video(role == .main ? .camera(isOn: isOn) : .sharing(isOn))) }
        followVideo(id)
    }

    func release(_ feed: VideoFeed) {
        guard let pictures = feed.pictures else { return }
        NIOThreadPool.singleton.submit { _ in pictures.stop() }
    }

    /// Lets a recording run: there is somebody to see it.
    func begin(_ feed: VideoFeed, of id: SessionID) {
        guard let pictures = feed.pictures else { return }
        NIOThreadPool.singleton.submit { [self] _ in
            do {
                try pictures.begin()
            } catch {
                let reason = "\(error)"
                eventLoop.execute { self.assumeIsolated { $0.note(.lost(reason), of: pictures.token) } }
            }
        }
    }

    // MARK: What becomes of a source

    private func note(_ event: CaptureEvent, of token: PictureToken) {
        for (id, state) in calls {
            guard let video = state.video else { continue }
            let role: VideoRole
            if video.camera.pictures?.token == token {
                role = .main
            } else if video.screen.pictures?.token == token {
                role = .slides
            } else {
                continue
            }
            note(event, of: role, in: id, state.call)
        }
    }

    private func note(_ event: CaptureEvent, of role: VideoRole, in id: SessionID, _ call: Call) {
        switch event {
        case .lost(let reason):
            setLost(true, role, in: id)
            call.tell(.video(.sourceLost(reason)))
        case .returned:
            setLost(false, role, in: id)
            call.tell(.video(.sourceReturned))
        case .ended:
            let spec = role == .main ? calls[id]?.video?.camera.spec : nil
            return replace(role, of: id, with: VideoFeed(spec: spec))
        }
        refreshBoard(id)
        followVideo(id)
    }

    private func setLost(_ isLost: Bool, _ role: VideoRole, in id: SessionID) {
        if role == .main { calls[id]?.video?.camera.isLost = isLost } else { calls[id]?.video?.screen.isLost = isLost }
    }

    // MARK: Who is seen

    /// Tells the board who is in the call and how they are.
    func refreshBoard(_ id: SessionID) {
        guard let state = calls[id] else { return }
        let talkers = talkers(of: id)
        var own = VideoBoard.Own(name: options.displayName)
        // For as long as it lasts: nobody shares without knowing.
        if state.video?.screen.sends == true { own.name += own.name.isEmpty ? "you share" : " · you share" }
        own.absence = state.video?.camera.absence ?? "no video"
        own.isMuted = state.isMuted
        own.isHeld = state.isHeld
        own.isTalking = state.isTalking
        var people: [VideoBoard.Person] = []
        if let roster = roster(of: id) {
            for member in roster.members where !member.isSelf && member.isConnected {
                var person = VideoBoard.Person(member)
                person.isTalking = talkers.contains { $0.sourceID != nil && $0.sourceID == member.sourceID }
                people.append(person)
            }
        } else if state.description?.isFocus != true {
            let name = state.call.remoteName ?? Roster.label(of: state.call.remote)
            var peer = VideoBoard.Person(id: 1, name: name, absence: "no video")
            peer.isHeld = state.isHeldByPeer
            peer.isTalking = !talkers.isEmpty
            if let main = state.negotiation?.video(.main) {
                peer.isSending = main.direction.receives && !main.remoteHolds
                peer.absence =
                    main.remoteHolds || state.isHeld
                    ? "on hold" : main.direction.receives ? VideoBoard.awaited : "camera off"
            }
            people = [peer]
        }
        let name = state.description?.isFocus == true ? state.roster.info?.title ?? "the meeting" : nil
        let slots = state.negotiation?.videos.count { if case .slot = $0.role { true } else { false } } ?? 0
        state.call.board.set(own: own, people: people, conference: name, places: max(slots, 1))
        tellPresenter(id)
    }

    private func tellPresenter(_ id: SessionID) {
        guard let state = calls[id], let video = state.video else { return }
        let presenter = roster(of: id)?.members.first { $0.screen?.isSending == true && !$0.isSelf }?.name
        guard presenter != video.presenter else { return }
        calls[id]?.video?.presenter = presenter
        state.call.tell(.video(.presenter(presenter)))
    }
}

/// Tells one opening of a source from another.
final class PictureToken: Sendable, Equatable {
    static func == (left: PictureToken, right: PictureToken) -> Bool { left === right }
}

extension Roster.Member {
    /// Of the tile that shows this member, in `Call.videoTiles()`. Of two devices with one address each has a source of its own.
    package var tileID: UInt64 {
        sourceID.map { UInt64($0) } ?? 4 << 32 | UInt64(UInt32(truncatingIfNeeded: uri.hashValue))
    }
}

extension VideoBoard.Person {
    init(_ member: Roster.Member) {
        let absence =
            if member.isHeld {
                "on hold"
            } else if let camera = member.camera {
                camera.isSending ? VideoBoard.awaited : "camera off"
            } else {
                "no video"
            }
        self.init(
            id: member.tileID, name: member.name, camera: member.camera?.sourceID, screen: member.screen?.sourceID,
            absence: absence, isSending: !member.isHeld && member.camera?.isSending == true,
            isMuted: member.isMuted, isHeld: member.isHeld)
    }
}
