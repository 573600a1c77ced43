// SPDX-License-Identifier: GPL-3.0-or-later

import CYUV

/// Why a JPEG gave no picture.
package enum JPEGError: Error, Equatable {
    /// No JPEG, cut off, or of a kind that libjpeg does not read.
    case malformed
    /// Larger than ``PNG/largest`` allows; nothing was allocated for it.
    case tooLarge(PictureSize)
}

/// JPEG pictures, from files and from cameras, one by one. Any thread.
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
            return unsafe frame.load(jpeg: bytes) ? .success(frame) : .failure(.malformed)
        }
        return try outcome.get()
    }
}

extension PictureFrame {
    /// Decodes a JPEG of this size and draws it here.
    /// - Returns: false when it cannot be decoded or has another size; what is in the picture then is undefined.
    package func load(jpeg bytes: UnsafeRawBufferPointer) -> Bool {
        guard let start = unsafe bytes.baseAddress?.assumingMemoryBound(to: UInt8.self),
            unsafe JPEG.size(of: bytes) == size
        else { return false }
        willChange()
        let (width, height) = (Int32(size.width), Int32(size.height))
        let result = unsafe MJPGToI420(
            start, bytes.count, luma, lumaStride, cb, chromaStride, cr, chromaStride, width, height, width, height)
        guard result == 0 else { return false }
        // JPEG uses all 256 values; pictures here keep to 16 to 235 and 16 to 240.
        unsafe Self.compress(luma, Int(lumaStride) * size.height, by: 220, rounding: 128)
        unsafe Self.compress(cb, Int(chromaStride) * size.chroma.height, by: 225, rounding: 0)
        unsafe Self.compress(cr, Int(chromaStride) * size.chroma.height, by: 225, rounding: 0)
        return true
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
