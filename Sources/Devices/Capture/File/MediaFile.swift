// SPDX-License-Identifier: GPL-3.0-or-later

/// A video file that plays in real time, pictures and sound by one clock.
///
/// At each moment `sound.read` gives what belongs to the picture just delivered. Either may be started alone, or after
/// the other: who comes later joins where the file is. With the last of both to stop, the file is closed; then it
/// begins anew.
package struct MediaFile: Sendable {
    package let pictures: any PictureSource
    /// Nil where the file has no sound.
    package let sound: (any AudioSource)?

    /// Looks into the file, which blocks.
    /// - Parameters:
    ///   - once: ends after one time through instead of beginning again.
    ///   - sampleRate: of the sound, Hz.
    /// - Throws: `DeviceError.badFile` that says what to do next.
    package static func open(
        _ path: String, once: Bool = false, sampleRate: Int = 48_000
    ) throws(DeviceError) -> MediaFile {
        guard try MediaReader.open(path, .pictures) != nil else {
            throw .badFile(path: path, reason: "has no picture in it; a sound file is a microphone: file:PATH.wav")
        }
        let hasSound = try MediaReader.open(path, .sound) != nil
        let player = MediaPlayer(path: path, once: once, soundRate: hasSound ? sampleRate : nil)
        return MediaFile(
            pictures: MediaFilePictures(player),
            sound: hasSound ? MediaFileSound(player, sampleRate: sampleRate) : nil)
    }
}

private final class MediaFilePictures: PictureSource {
    let name: String
    private let player: MediaPlayer

    init(_ player: MediaPlayer) {
        self.player = player
        name = player.path
    }

    func start(
        _ wish: CaptureFormat, deliver: @escaping @Sendable (CapturedPicture) -> Void,
        report: @escaping @Sendable (CaptureEvent) -> Void
    ) throws(DeviceError) {
        try player.watch(MediaPlayer.Viewer(wish: wish, deliver: deliver, report: report))
    }

    func stop() {
        player.unwatch()
    }
}

private final class MediaFileSound: AudioSource {
    let sampleRate: Int
    let name: String
    private let player: MediaPlayer

    init(_ player: MediaPlayer, sampleRate: Int) {
        self.player = player
        self.sampleRate = sampleRate
        name = player.path
    }

    var hasEnded: Bool { player.hasEnded }

    func start() throws(DeviceError) {
        try player.listen()
    }

    func read(into frame: inout MutableSpan<Int16>) -> Int {
        player.read(into: &frame)
    }

    func stop() {
        player.unlisten()
    }
}
