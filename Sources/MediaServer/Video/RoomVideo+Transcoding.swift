// SPDX-License-Identifier: GPL-3.0-or-later
import Picture
import RTP
import Video

// Cameras in slots whose codec was not offered for them: each is decoded and encoded anew, as a canvas with that one camera on it.
extension RoomVideo {
    /// Each is a decoder and an encoder on the thread that makes all canvases.
    private static let mostTranscoded = 8
    /// One of several pictures side by side.
    private static let largest = GridSize.nHD

    /// Whether a slot can be shown that camera though it was not offered the camera's codec.
    func canTranscode(_ camera: VideoSource, for line: VideoLine) -> Bool {
        rule.grid != .never && camera.codec.picture != nil && form(for: line) != nil
    }

    /// What a slot is to show of a camera: itself where it can read that, else the same picture in its own codec.
    func portrait(of camera: VideoSource, at line: VideoLine) -> VideoSource? {
        if line.reads(camera) { return camera }
        guard canTranscode(camera, for: line), let form = form(for: line) else { return nil }
        if transcoders[camera.id] == nil, transcoders.count < Self.mostTranscoded {
            transcoders[camera.id] = grid.another()
        }
        guard let source = transcoders[camera.id]?.stream(form, portraying: camera.id) else { return nil }
        if sources[source.id] == nil { add(source) }
        return source
    }

    private func form(for line: VideoLine) -> GridClass? {
        var configuration = grid.configuration
        if configuration.size.size.width > Self.largest.size.width { configuration.size = Self.largest }
        return line.settings.canvas(configuration, within: line.taken.settled)
    }

    /// Ends what nobody is shown, and tells each canvas which camera is on it.
    func updateTranscoders(now: MediaInstant) {
        var isOver = false
        for (camera, transcoder) in transcoders where !transcoder.isOpen || transcoder.isDue(now: now) {
            let slots = legs.lazy.flatMap(\.slots)
            let unused = transcoder.end { source in
                !slots.contains { $0.selected == source.id || $0.forwarder.shown == source.id }
            }
            for source in unused { remove(source, now: now) }
            guard transcoder.isOpen else {
                transcoders[camera] = nil
                isOver = true
                continue
            }
            // Its receiver knows whose it is, as of all cameras in slots, and writes the name itself.
            let member = GridScene.Member(
                id: UInt64(camera.rawValue) << 32, name: "", source: camera, absence: nil, isTalking: false)
            transcoder.show([GridTile(member: member, lastTalked: 0)], source: { sources[$0] }, now: now)
        }
        // There is room for another.
        if isOver { reselect(now: now) }
    }

    /// A camera that is not live is not shown in another codec either.
    func endTranscoding(of camera: VideoSource, now: MediaInstant) {
        guard let transcoder = transcoders.removeValue(forKey: camera.id) else { return }
        for source in transcoder.end(where: { _ in true }) { remove(source, now: now) }
    }
}
