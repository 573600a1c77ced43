// SPDX-License-Identifier: GPL-3.0-or-later

import CYUV
package import Geometry

/// Why a JPEG gave no picture.
package enum JPEGError: Error, Equatable {
    /// No JPEG, cut off, or of a kind that neither libjpeg nor libavcodec reads.
    case malformed
    /// Larger than ``PNG/largest`` allows; nothing was allocated for it.
    case tooLarge(PictureSize)
}

/// JPEG pictures in files. Any thread.
package enum JPEG {
    /// Size of the picture in `bytes` by its header, or nil when that is none of a JPEG.
    package static func size(of bytes: UnsafeRawBufferPointer) -> PictureSize? {
        var (width, height): (Int32, Int32) = (0, 0)
        guard let start = unsafe bytes.baseAddress?.assumingMemoryBound(to: UInt8.self),
            unsafe MJPGSize(start, bytes.count, &width, &height) == 0
        else { return nil }
        return PictureSize(Int(width), Int(height))
    }

    /// Reads the bytes of a JPEG file.
    package static func decode(_ bytes: [UInt8]) throws(JPEGError) -> PictureFrame {
        let outcome: Result<PictureFrame, JPEGError> = unsafe bytes.withUnsafeBytes { bytes in
            guard let size = unsafe size(of: bytes) else { return .failure(.malformed) }
            guard (1...PNG.largest).contains(size.width), (1...PNG.largest).contains(size.height) else {
                return .failure(.tooLarge(size))
            }
            let frame = PictureFrame(uninitialized: size)
            return unsafe JPEGDecoder().draw(bytes, on: frame) ? .success(frame) : .failure(.malformed)
        }
        return try outcome.get()
    }
}

/// JPEG pictures one after the other, as cameras send them. One thread at a time.
///
/// libyuv reads nearly all and is the faster one; it refuses what is sampled otherwise than it knows, as ffmpeg's 4:2:2. That libavcodec
/// reads.
package final class JPEGDecoder {
    /// Made for the first picture that needs it, and made anew for another size.
    private var fallback: (size: PictureSize, context: LibavContext)?

    package init() {}

    /// Decodes a picture and draws it on `frame`, which has its size.
    /// - Returns: false when it cannot be decoded or has another size; what is in `frame` then is undefined.
    package func draw(_ bytes: UnsafeRawBufferPointer, on frame: PictureFrame) -> Bool {
        guard unsafe JPEG.size(of: bytes) == frame.size else { return false }
        frame.willChange()
        guard unsafe frame.load(jpeg: bytes) || drawOther(bytes, on: frame) else { return false }
        frame.compressRange()
        return true
    }

    private func drawOther(_ bytes: UnsafeRawBufferPointer, on frame: PictureFrame) -> Bool {
        // libavcodec makes a picture of what is cut off too.
        guard unsafe Self.isComplete(bytes), let context = context(frame.size) else { return false }
        let sent = unsafe context.send(bytes.bindMemory(to: UInt8.self))
        var received: LibavPicture?
        while let next = context.receive() { received = next }
        guard sent >= 0, let received, !received.isDamaged, let planes = received.planes(), planes.size == frame.size
        else { return false }
        frame.load(planes)
        return true
    }

    private func context(_ size: PictureSize) -> LibavContext? {
        if let fallback, fallback.size == size { return fallback.context }
        fallback = (try? LibavContext(.jpeg, limit: size, isStrict: true)).map { (size, $0) }
        return fallback?.context
    }

    /// Whether it ends with its mark, and perhaps a camera's zeros.
    private static func isComplete(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let last = unsafe bytes.lastIndex(where: { $0 != 0 }), last > 0 else { return false }
        return unsafe bytes[last] == 0xD9 && bytes[last - 1] == 0xFF
    }
}

extension PictureFrame {
    /// As the JPEG's values are.
    fileprivate func load(jpeg bytes: UnsafeRawBufferPointer) -> Bool {
        guard let start = unsafe bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return false }
        let (width, height) = (Int32(size.width), Int32(size.height))
        let result = unsafe MJPGToI420(
            start, bytes.count, luma, lumaStride, cb, chromaStride, cr, chromaStride, width, height, width, height)
        return result == 0
    }

    /// Planes of this size whose chroma is sampled in whatever way.
    fileprivate func load(_ planes: PlanarPicture) {
        unsafe CopyPlane(
            planes.luma, planes.lumaStride, luma, lumaStride, Int32(size.width), Int32(size.height))
        let (width, height) = (Int32(size.chroma.width), Int32(size.chroma.height))
        guard let chroma = planes.chroma else {
            unsafe SetPlane(cb, chromaStride, width, height, 128)
            unsafe SetPlane(cr, chromaStride, width, height, 128)
            return
        }
        let (fromWidth, fromHeight) = (Int32(chroma.size.width), Int32(chroma.size.height))
        unsafe ScalePlane(
            chroma.cb, chroma.stride, fromWidth, fromHeight, cb, chromaStride, width, height, kFilterBox)
        unsafe ScalePlane(
            chroma.cr, chroma.stride, fromWidth, fromHeight, cr, chromaStride, width, height, kFilterBox)
    }

    /// JPEG uses all 256 values; pictures here keep to 16 to 235 and 16 to 240.
    fileprivate func compressRange() {
        unsafe Self.compress(luma, Int(lumaStride) * size.height, by: 220, rounding: 128)
        unsafe Self.compress(cb, Int(chromaStride) * size.chroma.height, by: 225, rounding: 0)
        unsafe Self.compress(cr, Int(chromaStride) * size.chroma.height, by: 225, rounding: 0)
    }

    /// 16 and `factor` 256ths of each value, padding between rows included.
    @unsafe private static func compress(
        _ plane: UnsafeMutablePointer<UInt8>, _ count: Int, by factor: UInt16, rounding: UInt16
    ) {
        for index in 0..<count {
            unsafe plane[index] = UInt8(truncatingIfNeeded: (UInt16(plane[index]) &* factor &+ 4096 &+ rounding) >> 8)
        }
    }
}
