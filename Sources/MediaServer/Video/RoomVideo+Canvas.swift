// SPDX-License-Identifier: GPL-3.0-or-later
import Picture
import RTP
import Video

// All cameras of the room in one picture, for members with one line.
extension RoomVideo {
    /// The canvas in the form that the line takes, made where there was none.
    /// - Returns: nil where it cannot be made.
    func canvas(for line: VideoLine) -> VideoSource? {
        let format = line.settings.canvas(grid.configuration, within: line.taken.settled)
        guard let format, let source = grid.stream(format) else { return nil }
        if sources[source.id] == nil { add(source) }
        return source
    }

    /// Looks at what is to be on the canvas, and ends what nobody is shown. Costs nothing where there is none.
    /// - Parameter members: all of the room, in the order of joining.
    func updateCanvas(_ members: [MediaRoom.Member], now: MediaInstant) {
        updateTranscoders(now: now)
        guard grid.isDue(now: now) else { return }
        for leg in legs { refit(leg, now: now) }
        // Also what goes on until the key frame of something else has come.
        let used = Set(legs.compactMap(\.main).flatMap { [$0.selected, $0.forwarder.shown].compactMap { $0 } })
        for source in grid.end(where: { !used.contains($0.id) }) { remove(source, now: now) }
        grid.show(tiles(of: members), source: { sources[$0] }, now: now)
    }

    /// Gives who is shown a canvas another form of it, where it takes less than before, or more again.
    private func refit(_ leg: VideoLeg, now: MediaInstant) {
        guard let line = leg.main else { return }
        line.taken.settle(now: now)
        guard line.settings.sends, let shown = line.selected.flatMap({ sources[$0] }), shown.content == .canvas,
            let fitting = canvas(for: line), fitting !== shown
        else { return }
        select(for: leg, because: .change, now: now)
    }

    /// Takes in what canvases have sent.
    func takeCanvases(now: MediaInstant) {
        takeIn(grid, now: now)
        for transcoder in transcoders.values { takeIn(transcoder, now: now) }
    }

    private func takeIn(_ grid: RoomGrid, now: MediaInstant) {
        grid.takeIn(source: { sources[$0] }, now: now) { source, packet, datagram in
            take(packet, datagram, of: source, now: now)
        }
    }

    private func tiles(of members: [MediaRoom.Member]) -> [GridTile] {
        let screen = presenters.presenter { sources[$0]?.health.isLive == true }.flatMap { sources[$0] }
        var tiles: [GridTile] = []
        for member in members where !member.leg.settings.isApart {
            let id = member.leg.id
            // Even numbers are cameras, odd ones screens.
            let camera = GridScene.Member(
                id: id.number << 1, name: member.name, source: member.video?.camera?.id, absence: absence(of: member),
                isTalking: member.isTalking)
            tiles.append(GridTile(member: camera, lastTalked: member.lastTalked))
            guard let screen, screen.owner == id else { continue }
            let shared = GridScene.Member(
                id: id.number << 1 | 1, name: member.name, source: screen.id, isScreen: true, absence: nil,
                isTalking: false)
            tiles.append(GridTile(member: shared, isMain: true, lastTalked: member.lastTalked))
        }
        return tiles
    }

    private func absence(of member: MediaRoom.Member) -> String? {
        guard let camera = member.video?.camera else {
            return member.leg.settings.remoteHolds ? PictureAbsence.held.words : "audio only"
        }
        if case .absent(let reason) = camera.health.state { return reason.words }
        return camera.codec.picture == nil ? "\(camera.codec.encodingName), not decoded here" : nil
    }
}

extension VideoLineSettings {
    /// The canvas that the peer takes; nil where it takes none that is made here.
    /// - Parameter taken: what it says by RTCP that it takes, bits a second; nil for no limit.
    func canvas(_ grid: GridConfiguration, within taken: Int?) -> GridClass? {
        GridClass(
            codec: codec, isNonInterleaved: isNonInterleaved, limits: limits,
            bitrate: [bandwidthLimit, taken].compactMap { $0 }.min(), largest: grid.size.size, rate: grid.rate)
    }
}
