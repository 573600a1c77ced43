// SPDX-License-Identifier: GPL-3.0-or-later

import CYUV
import Geometry

/// How cameras, screens and picture files lay out pixels; each is one block of rows from top to bottom.
package enum PixelLayout: CaseIterable, Sendable {
    /// Red, green, blue: 3 bytes a pixel.
    case rgb
    /// Blue, green, red, one byte unused: 4 bytes a pixel, as X11 and framebuffers have it.
    case bgrx
    /// Y, Cb, Y, Cr: 2 bytes a pixel, most cameras.
    case yuyv
    /// A plane of Y, then one of Cb and Cr in turn.
    case nv12
    /// Planes of Y, Cb and Cr, the rows of Cb and Cr half as long as those of Y.
    case i420

    /// Bytes that a picture of `size` takes when a row takes `stride` bytes.
    func byteCount(_ size: PictureSize, stride: Int) -> Int {
        switch self {
        case .nv12, .i420: stride * (size.height + size.chroma.height)
        case .rgb, .bgrx, .yuyv: stride * size.height
        }
    }

    /// Bytes of a row without padding.
    func stride(_ width: Int) -> Int {
        switch self {
        case .rgb: width * 3
        case .bgrx: width * 4
        case .yuyv: (width + 1) / 2 * 4
        case .nv12, .i420: (width + 1) / 2 * 2
        }
    }
}

extension PictureFrame {
    /// Converts `bytes`, a whole picture of this size, and draws it here.
    /// - Parameter stride: bytes from one row to the next; as small as possible when nil.
    /// - Returns: false when `bytes` is too short for a picture of this size, and nothing was drawn.
    package func load(_ bytes: UnsafeRawBufferPointer, _ layout: PixelLayout, stride: Int? = nil) -> Bool {
        let stride = stride ?? layout.stride(size.width)
        guard
            let start = unsafe bytes.baseAddress?.assumingMemoryBound(to: UInt8.self),
            (layout.stride(size.width)...(1 << 20)).contains(stride),
            bytes.count >= layout.byteCount(size, stride: stride)
        else { return false }
        willChange()
        let (width, height, row) = (Int32(size.width), Int32(size.height), Int32(stride))
        let result =
            switch layout {
            case .rgb:
                unsafe RAWToI420(start, row, luma, lumaStride, cb, chromaStride, cr, chromaStride, width, height)
            case .bgrx:
                unsafe ARGBToI420(start, row, luma, lumaStride, cb, chromaStride, cr, chromaStride, width, height)
            case .yuyv:
                unsafe YUY2ToI420(start, row, luma, lumaStride, cb, chromaStride, cr, chromaStride, width, height)
            case .nv12:
                unsafe NV12ToI420(
                    start, row, start + stride * size.height, row, luma, lumaStride, cb, chromaStride, cr,
                    chromaStride, width, height)
            case .i420:
                unsafe I420Copy(
                    start, row, start + stride * size.height, row / 2,
                    start + stride * size.height + stride / 2 * size.chroma.height, row / 2, luma, lumaStride, cb,
                    chromaStride, cr, chromaStride, width, height)
            }
        return result == 0
    }

    /// The picture as red, green, blue, 3 bytes a pixel, rows without padding.
    package func rgb() -> [UInt8] {
        let stride = PixelLayout.rgb.stride(size.width)
        return unsafe [UInt8](unsafeUninitializedCapacity: stride * size.height) { bytes, count in
            guard let start = bytes.baseAddress else { return }
            _ = unsafe I420ToRAW(
                luma, lumaStride, cb, chromaStride, cr, chromaStride, start, Int32(stride), Int32(size.width),
                Int32(size.height))
            count = stride * size.height
        }
    }
}
