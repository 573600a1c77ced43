// SPDX-License-Identifier: GPL-3.0-or-later
import Geometry
import Picture
import RTP
import Video

// Cameras and screens whose codec was not offered for the slots, or the line for screens, that they belong in: each is decoded and encoded
// anew, as a canvas with that one picture on it.
extension RoomVideo {
    /// Each is a decoder and an encoder on the thread that makes all canvases.
    static let mostTranscoded = 8
    /// Of a camera: it is one of several pictures side by side.
    private static let largest = GridSize.nHD

    /// Whether a line can be shown that source though it was not offered the source's codec.
    func canTranscode(_ source: VideoSource, for line: VideoLine) -> Bool {
        rule.grid != .never && source.codec.picture != nil && form(of: source, for: line) != nil
    }

    /// What a line is to show of a source: itself where it can read that, else the same picture in its own codec.
    func portrait(of source: VideoSource, at line: VideoLine) -> VideoSource? {
        if line.reads(source) { return source }
        guard canTranscode(source, for: line), let form = form(of: source, for: line),
            !isBeyondLimit(source, for: line)
        else { return nil }
        let transcoder = transcoders[source.id] ?? grid.another()
        guard let made = transcoder.stream(form, portraying: source.id) else { return nil }
        transcoders[source.id] = transcoder
        if sources[made.id] == nil { add(made) }
        return made
    }

    /// Whether a line is not shown that source because the room makes as many pictures anew as it may.
    func isBeyondLimit(_ source: VideoSource, for line: VideoLine) -> Bool {
        !line.reads(source) && canTranscode(source, for: line) && transcoders[source.id] == nil
            && transcoders.count >= Self.mostTranscoded
    }

    private func form(of source: VideoSource, for line: VideoLine) -> GridClass? {
        var configuration = grid.configuration
        if source.content == .camera, configuration.size.size.width > Self.largest.size.width {
            configuration.size = Self.largest
        }
        return line.settings.canvas(configuration, within: line.taken.settled)
    }

    /// Ends what nobody is shown, and tells each canvas what is on it.
    func updateTranscoders(now: MediaInstant) {
        var hasChanged = false
        for (id, transcoder) in transcoders where transcoder.isDue(now: now) {
            let lines = legs.lazy.flatMap(\.lines)
            let unused = transcoder.end { made in
                !lines.contains { $0.selected == made.id || $0.forwarder.shown == made.id }
            }
            for made in unused { remove(made, now: now) }
            if !transcoder.isOpen { transcoders[id] = nil }
            // There is room for another.
            hasChanged = hasChanged || !unused.isEmpty
            guard transcoder.isOpen, let source = sources[id] else { continue }
            for line in lines where line.selected.flatMap({ sources[$0] })?.contributor == id.rawValue {
                // It may take less than before, or more again.
                line.taken.settle(now: now)
                if portrait(of: source, at: line)?.id != line.selected { hasChanged = true }
            }
            // Its receiver knows whose it is, as of all that is forwarded, and writes the name itself.
            let member = GridScene.Member(
                id: UInt64(id.rawValue) << 32, name: "", source: id, isScreen: source.content == .screen, absence: nil,
                isTalking: false)
            transcoder.show([GridTile(member: member, lastTalked: 0)], source: { sources[$0] }, now: now)
        }
        if hasChanged { reselect(now: now) }
    }

    /// What is not live is not shown in another codec either.
    func endTranscoding(of source: VideoSource, now: MediaInstant) {
        guard let transcoder = transcoders.removeValue(forKey: source.id) else { return }
        for made in transcoder.end(where: { _ in true }) { remove(made, now: now) }
    }
}
