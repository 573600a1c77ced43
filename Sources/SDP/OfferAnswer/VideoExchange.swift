// SPDX-License-Identifier: GPL-3.0-or-later

/// An offered video line that can be taken.
struct AcceptableVideo {
    let index: Int
    let role: VideoRole
    let remote: RemoteMedia
    /// The formats of the offer, repair formats among them.
    let offered: [VideoFormat]
    /// Those of them that we have, the one to use first. Never empty.
    let common: [VideoFormat]
    let rtcpMux: Bool
    /// Cannot be taken outside a bundle.
    let bundleOnly: Bool
}

/// The video lines of one exchange of descriptions: what each is for, and whether it can be taken. A value for the length of
/// one call.
struct VideoExchange {
    let capabilities: VideoCapabilities
    let local: [VideoRole: LocalVideo]
    let lines: [MediaLine]
    /// What is agreed at present, an entry a line.
    let current: [NegotiatedMedia]
    let isHeld: Bool

    /// What we want of a line, before the peer limits it.
    func direction(of role: VideoRole) -> MediaDirection {
        let wanted = local[role]?.direction ?? capabilities.direction(of: role)
        return isHeld ? wanted.held : wanted
    }

    func current(at index: Int) -> NegotiatedVideo? { index < current.count ? current[index].video : nil }

    // MARK: Roles

    /// Goes through the video lines of an offer.
    ///
    /// A line keeps the role it had. Of the others, one that says `content:slides` is the shared screen; the first that can
    /// be taken is the main picture; and after that, one that the peer wants to go our `slotDirection` only is a slot.
    ///
    /// - Parameter needsLocal: refuses roles without sockets, which count as given.
    func assign(
        _ offer: SessionDescription, needsLocal: Bool = true
    ) -> (acceptable: [AcceptableVideo], refusals: [Int: MediaRefusal], roles: [Int: VideoRole]) {
        var acceptable: [AcceptableVideo] = []
        var refusals: [Int: MediaRefusal] = [:]
        var roles: [Int: VideoRole] = [:]
        let video = offer.media.indices.filter { offer.media[$0].kind == .video }
        let bundled = Set(offer.groups.filter { $0.semantics.uppercased() == "BUNDLE" }.flatMap(\.mids))
        let known = video.filter { keptRole(of: offer.media[$0], at: $0) != nil }
        for index in known + video.filter({ !known.contains($0) }) {
            do throws(MediaRefusal) {
                let media = offer.media[index]
                let isBundled = capabilities.bundle && media.bundleOnly && media.mid.map(bundled.contains) == true
                if media.port == 0, !isBundled { throw media.bundleOnly ? .noMultiplexing : .disabledByPeer }
                let remote = try RemoteMedia(
                    media, in: offer, profiles: capabilities.profiles, isBundled: isBundled)
                let role = keptRole(of: media, at: index) ?? freshRole(of: remote, taken: Set(roles.values))
                guard let role, !roles.values.contains(role) else { throw .notWanted }
                let line = try acceptance(of: remote, at: index, role: role, isBundled: isBundled)
                if needsLocal {
                    // Given all the same: the next line is not to become what this one is.
                    roles[index] = role
                    guard let own = local[role] else { throw .noLocalMedia }
                    guard own.media.address(for: remote.family) != nil else { throw .addressFamily }
                }
                roles[index] = role
                acceptable.append(line)
            } catch {
                refusals[index] = error
            }
        }
        return (acceptable.sorted { $0.index < $1.index }, refusals, roles)
    }

    /// The role of a line that is in use, unless it has become, or stopped being, a shared screen.
    private func keptRole(of offered: MediaDescription, at index: Int) -> VideoRole? {
        guard index < lines.count, let role = lines[index].role, current(at: index) != nil else { return nil }
        return role == .slides || !offered.isSlides ? role : nil
    }

    private func freshRole(of remote: RemoteMedia, taken: Set<VideoRole>) -> VideoRole? {
        if remote.media.isSlides { return .slides }
        guard taken.contains(.main) else { return .main }
        guard remote.direction.reversed == capabilities.slotDirection else { return nil }
        return (0...taken.count).lazy.map { VideoRole.slot($0) }.first { !taken.contains($0) }
    }

    private func acceptance(
        of remote: RemoteMedia, at index: Int, role: VideoRole, isBundled: Bool
    ) throws(MediaRefusal) -> AcceptableVideo {
        let offered = remote.media.videoFormats()
        let common = capabilities.common(offered, current: current(at: index)?.codec)
        guard !common.isEmpty else { throw .noCommonFormat }
        let numbers = common.flatMap { format in
            [format.payloadType] + (offered.retransmission(of: format.payloadType).map { [$0.payloadType] } ?? [])
        }
        let rtcpMux =
            (remote.media.rtcpMux || isBundled) && capabilities.rtcpMux != .never && RemoteMedia.allowsMux(numbers)
        if remote.media.rtcpMuxOnly, !rtcpMux { throw .noMultiplexing }
        return AcceptableVideo(
            index: index, role: role, remote: remote, offered: offered, common: common, rtcpMux: rtcpMux,
            bundleOnly: remote.media.port == 0)
    }
}
