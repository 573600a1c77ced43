// SPDX-License-Identifier: GPL-3.0-or-later
package import Geometry
import Picture
import RTP
import SDP
import Synchronization
import Video

/// Encoded canvases on their way from the canvas's thread to the one that writes a recording. The media thread has no part in it.
package final class RecordedPictures: Sendable {
    /// One of them, and when the sound is heard that belongs to it.
    struct Frame: Sendable {
        let bytes: [UInt8]
        let isKeyframe: Bool
        let instant: MediaInstant
    }

    private struct State {
        var waiting: [Frame] = []
        var octets = 0
        var isPaused = false
        var lacksKeyframe = false
    }

    let format: GridClass
    private let state = Mutex(State())

    /// What waits at most, octets: a disk that stands still costs pictures, not memory.
    private static let capacity = 16 << 20

    /// - Parameters:
    ///   - largest: of the canvases of the focus.
    ///   - rate: pictures a second.
    package init?(largest: PictureSize, rate: Int) {
        // VP8 needs nothing said before its first picture, and plays wherever Matroska does.
        guard
            let format = GridClass(
                codec: .vp8, isNonInterleaved: true, limits: PictureLimits(), bitrate: nil, largest: largest, rate: rate
            )
        else {
            return nil
        }
        self.format = format
    }

    /// Whether pictures are wanted.
    var isPaused: Bool {
        get { state.withLock { $0.isPaused } }
        set { state.withLock { $0.isPaused = newValue } }
    }

    /// Whether the next one has to be a key frame, since one was lost; asked once.
    func takeKeyframeDemand() -> Bool {
        state.withLock { state in
            defer { state.lacksKeyframe = false }
            return state.lacksKeyframe
        }
    }

    func demandKeyframe() { state.withLock { $0.lacksKeyframe = true } }

    func give(_ frame: EncodedFrame, _ instant: MediaInstant) {
        let picture = Frame(bytes: frame.bytes, isKeyframe: frame.isKeyframe, instant: instant)
        state.withLock { state in
            guard state.octets + picture.bytes.count <= Self.capacity else {
                state.lacksKeyframe = true
                return
            }
            state.waiting.append(picture)
            state.octets += picture.bytes.count
        }
    }

    /// All that wait.
    func take() -> [Frame] {
        state.withLock { state in
            defer { (state.waiting, state.octets) = ([], 0) }
            return state.waiting
        }
    }
}

extension RecordedPictures: Hashable {
    package static func == (first: RecordedPictures, second: RecordedPictures) -> Bool { first === second }

    package func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}
