// SPDX-License-Identifier: GPL-3.0-or-later

import Geometry
import TestSupport

@testable import Picture

/// A picture of four coloured quarters.
enum Patches {
    static let colors = [
        PictureColor(red: 200, green: 40, blue: 40), PictureColor(red: 40, green: 180, blue: 60),
        PictureColor(red: 50, green: 60, blue: 210), PictureColor(red: 220, green: 210, blue: 60),
    ]

    static func quarters(of size: PictureSize) -> [PictureArea] {
        let (width, height) = (size.width / 2, size.height / 2)
        return [
            PictureArea(x: 0, y: 0, width: width, height: height),
            PictureArea(x: width, y: 0, width: size.width - width, height: height),
            PictureArea(x: 0, y: height, width: width, height: size.height - height),
            PictureArea(x: width, y: height, width: size.width - width, height: size.height - height),
        ]
    }

    /// - Parameter turn: by how many places the colours are turned round.
    static func picture(_ size: PictureSize, turn: Int = 0) -> PictureFrame {
        let frame = PictureFrame(size)
        for (index, area) in quarters(of: size).enumerated() {
            frame.fill(area, colors[(index + turn) % colors.count])
        }
        return frame
    }

    /// The largest error of any quarter's middle.
    static func error(of frame: PictureFrame, turn: Int = 0) -> Int {
        let margin = max(1, min(frame.size.width, frame.size.height) / 8)
        return quarters(of: frame.size).enumerated().map { index, area in
            frame.meanColor(in: area.inset(by: margin)).distance(to: colors[(index + turn) % colors.count])
        }.max() ?? 255
    }

    static func solid(_ size: PictureSize, _ color: PictureColor) -> PictureFrame {
        let frame = PictureFrame(size)
        frame.fill(color)
        return frame
    }

    /// Something that costs bits: a textured picture that moves with `step`.
    static func busy(_ size: PictureSize, step: Int) -> PictureFrame {
        let frame = PictureFrame(size)
        // Half of the blocks are the same in each picture and move, the others are new.
        var numbers = SeededGenerator(seed: 5)
        var news = SeededGenerator(seed: UInt64(step))
        for row in stride(from: 0, to: size.height, by: 8) {
            for column in stride(from: 0, to: size.width, by: 8) {
                let isNew = (row + column) % 16 == 0
                let luma = UInt8(truncatingIfNeeded: 30 + (isNew ? news.next() : numbers.next()) % 190)
                let (x, y) = ((column + step * 2) % size.width, (row + step) % size.height)
                frame.fill(
                    PictureArea(x: x, y: y, width: 8, height: 8), PictureColor(luma: luma, cb: 128, cr: 128))
            }
        }
        return frame
    }
}

/// An encoder whose frames are counted by 1/30 s.
struct StreamMaker {
    let encoder: any VideoEncoder
    var time: Int64 = 0

    init(_ codec: VideoCodec, _ size: PictureSize, bitrate: Int = 500_000, slice: Int? = nil) throws {
        encoder = try codec.makeEncoder(
            VideoEncoderParameters(size: size, frameRate: 30, bitrate: bitrate, maximumSliceBytes: slice))
    }

    /// Nil when the encoder left the picture out.
    mutating func encode(_ picture: PictureFrame, keyframe: Bool = false) throws -> EncodedFrame? {
        var frame = EncodedFrame()
        time += 3000
        return try encoder.encode(picture, timestamp: time, keyframe: keyframe, into: &frame) ? frame : nil
    }
}
