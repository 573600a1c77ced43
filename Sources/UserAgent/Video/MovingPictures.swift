// SPDX-License-Identifier: GPL-3.0-or-later
package import Devices
package import Picture
package import Video

/// Pictures to be sent, and the sound that goes with them.
package struct MovingPictures: Sendable {
    package var pictures: any PictureSource
    /// By the pictures' clock, at `CallDevices.sampleRate`; nil for what is silent.
    package var sound: (any AudioSource)?
    /// A recording, which is not to begin before somebody is there to see it.
    package var isRecording: Bool
    package var kind: PictureKind
    /// What they are encoded by: another one for tests.
    package var makeEncoder: VideoEncoderMaker

    package init(
        _ pictures: any PictureSource, kind: PictureKind = .motion, sound: (any AudioSource)? = nil,
        isRecording: Bool = false, makeEncoder: @escaping VideoEncoderMaker = VideoCodec.usualEncoder
    ) {
        self.pictures = pictures
        self.kind = kind
        self.sound = sound
        self.isRecording = isRecording
        self.makeEncoder = makeEncoder
    }

    /// Looks into files, which blocks.
    ///
    /// - Throws: `DeviceError`.
    init(opening spec: VideoSourceSpec) throws(DeviceError) {
        guard case .file(let path, let once) = spec else {
            self.init(try spec.open(), kind: spec.kind)
            return
        }
        let file = try MediaFile.open(path, once: once, sampleRate: CallDevices.sampleRate)
        self.init(file.pictures, sound: file.sound, isRecording: true)
    }
}

extension VideoSourceSpec {
    /// What is to be seen there.
    var kind: PictureKind {
        switch self {
        case .screen, .image: .detail
        case .camera, .file, .pattern, .none: .motion
        }
    }
}
