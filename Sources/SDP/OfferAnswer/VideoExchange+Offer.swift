// SPDX-License-Identifier: GPL-3.0-or-later

/// What goes into a description of ours beside its lines.
struct DescribedVideo {
    /// By position.
    var roles: [Int: VideoRole] = [:]
    var bundle: MediaBundle?
}

extension VideoExchange {
    /// Puts our video lines into an offer: those of the session in their places, new ones after all others.
    ///
    /// - Parameters:
    ///   - media: the offer's lines so far: audio in its place, all others refused.
    ///   - bundle: as agreed; what is left of it is offered again.
    ///   - formsBundle: all video lines go into the bundle, or into one of their own where there is none.
    ///   - audio: where we receive audio, which lends its ports to a bundle that it is in.
    func offer(
        into media: inout [MediaDescription], scope: OfferScope, bundle: MediaBundle?, formsBundle: Bool,
        audio: LocalMedia, family: AddressFamily, sessionAddress: String
    ) -> DescribedVideo {
        var positions: [(index: Int, role: VideoRole)] = []
        for (index, line) in lines.enumerated() {
            guard let role = line.role, line.local.kind == .video, local[role] != nil else { continue }
            // One position for a role, the first; a line that the peer gave up is not brought up again in passing.
            guard !positions.contains(where: { $0.role == role }), scope == .full || isOurs(index) else { continue }
            positions.append((index, role))
        }
        let known = Set(lines.compactMap(\.role))
        for role in local.keys.filter({ !known.contains($0) }).sorted(by: { $0.rank < $1.rank }) {
            positions.append((media.count, role))
            media.append(MediaDescription(kind: .video, port: 0, profile: capabilities.offeredProfile, formats: []))
        }

        var described = DescribedVideo()
        let offered = Set(positions.map(\.index))
        // A line of the bundle that is not offered again leaves it.
        var members = (bundle?.members ?? []).filter { index in
            offered.contains(index) || (media[index].kind == .audio && media[index].port != 0)
        }
        if formsBundle, positions.count > 1 { members += positions.map(\.index).filter { !members.contains($0) } }
        if let first = members.first {
            let tag = bundle.map(\.tag).flatMap { members.contains($0) ? $0 : nil } ?? first
            described.bundle = MediaBundle(tag: tag, members: members)
        }
        let transport = described.bundle.flatMap { shared in
            shared.members.contains { media[$0].kind == .audio }
                ? audio : positions.first { shared.members.contains($0.index) }.flatMap { local[$0.role]?.media }
        }
        var writer = VideoOffer(
            capabilities: capabilities, scope: scope, formatsOfSession: lines.flatMap(\.videoFormats),
            foreign: Set(lines.flatMap(\.formats).map(\.payloadType) + media.flatMap { Self.numbers(of: $0) }))
        let hasSlides = positions.contains { $0.role == .slides }
        for (index, role) in positions {
            guard let own = local[role] else { continue }
            let shared = described.bundle?.members.contains(index) == true ? transport : nil
            writer.capabilities = capabilities.of(role)
            media[index] = writer.media(
                line: index < lines.count ? lines[index] : nil, current: current(at: index),
                local: shared.map { own.media.sharing($0) } ?? own.media, direction: direction(of: role),
                content: Self.content(of: role, besideSlides: hasSlides),
                // Not what a peer would choose for a line of its own.
                bundledAs: shared == nil ? nil : "video-\(index)", family: family, sessionAddress: sessionAddress)
            described.roles[index] = role
        }
        return described
    }

    /// Whether a line is in use, or was refused by us for want of sockets.
    private func isOurs(_ index: Int) -> Bool {
        guard index < current.count else { return true }
        switch current[index] {
        case .video, .refused(_, .noLocalMedia), .refused(_, .notWanted): return true
        case .audio, .refused: return false
        }
    }

    private static func numbers(of media: MediaDescription) -> [UInt8] {
        media.kind == .video ? [] : media.formats.compactMap { RTPMap.payloadType($0) }
    }

    /// Room systems want both lines named where there are two.
    private static func content(of role: VideoRole, besideSlides: Bool) -> String? {
        switch role {
        case .main: besideSlides ? "main" : nil
        case .slides: "slides"
        case .slot: nil
        }
    }

    // MARK: The answer

    /// Reads the peer's answer to our video lines.
    func read(
        _ answer: SessionDescription, to offer: SessionDescription, roles: [Int: VideoRole], audio: NegotiatedAudio?
    ) -> (media: [Int: NegotiatedMedia], bundle: MediaBundle?, transport: BundleTransport?) {
        let offeredGroup = Set(offer.groups.filter { $0.semantics.uppercased() == "BUNDLE" }.flatMap(\.mids))
        let bundle = MediaBundle(in: answer) { index in
            guard index < offer.media.count, let mid = offer.media[index].mid, offeredGroup.contains(mid) else {
                return false
            }
            let line = answer.media[index]
            if audio?.mediaIndex == index { return true }
            return roles[index] != nil && (line.port != 0 || line.bundleOnly)
        }
        let transport = bundle.flatMap { self.transport(of: $0, in: answer) }
        var media: [Int: NegotiatedMedia] = [:]
        for (index, offered) in offer.media.enumerated() {
            guard offered.kind == .video, offered.port != 0, let role = roles[index] else { continue }
            // Lines that a broken peer dropped count as refused.
            let answered = index < answer.media.count ? answer.media[index] : offered.refused
            do throws(MediaRefusal) {
                let shared = bundle?.members.contains(index) == true ? transport : nil
                let video = try VideoAnswerReading.read(
                    answered, to: offered, at: index, role: role, in: answer,
                    capabilities: capabilities.of(role),
                    transport: shared)
                media[index] = .video(withEarlierFormats(video))
            } catch {
                media[index] = .refused(.video, error)
            }
        }
        return (media, bundle, transport)
    }

    /// The peer's address of a bundle; `local` is not looked at in reading.
    private func transport(of bundle: MediaBundle, in description: SessionDescription) -> BundleTransport? {
        let tag = description.media[bundle.tag]
        guard let host = description.connection(for: tag)?.address else { return nil }
        return BundleTransport(
            tag: bundle.tag, remoteRTP: MediaAddress(host: host, port: tag.port),
            local: LocalMedia(address: host, rtpPort: tag.port))
    }

    func withEarlierFormats(_ video: NegotiatedVideo) -> NegotiatedVideo {
        guard video.mediaIndex < lines.count else { return video }
        return lines[video.mediaIndex].addingEarlierFormats(to: video, capabilities: capabilities)
    }
}
