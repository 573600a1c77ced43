// SPDX-License-Identifier: GPL-3.0-or-later

import CPNG
package import Geometry

/// Why a PNG could not be read or written.
package enum PNGError: Error, Equatable {
    /// libpng's own words.
    case malformed(String)
    /// Larger than ``PNG/largest`` allows; nothing was allocated for it.
    case tooLarge(PictureSize)
}

/// Pictures as PNG files, for screenshots and still images. Any thread.
package enum PNG {
    /// In either direction.
    package static let largest = 8192

    /// The bytes of a PNG file, 8 bits a channel.
    package static func encode(_ frame: PictureFrame) throws(PNGError) -> [UInt8] {
        var image = unsafe blank()
        unsafe image.width = UInt32(frame.size.width)
        unsafe image.height = UInt32(frame.size.height)
        let pixels = frame.rgb()
        // Deflate can make noise a little larger than it was; the rest is the file's frame.
        var length = pixels.count + pixels.count / 100 + frame.size.height + 4096
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: length) { bytes, count in
            let done = unsafe png_image_write_to_memory(&image, bytes.baseAddress, &length, 0, pixels, 0, nil)
            count = done != 0 ? length : 0
        }
        guard !bytes.isEmpty else { throw unsafe .malformed(words(&image)) }
        return bytes
    }

    /// Reads the bytes of a PNG file of any kind; what is transparent becomes black.
    package static func decode(_ bytes: [UInt8]) throws(PNGError) -> PictureFrame {
        var image = unsafe blank()
        // Also after success it does no harm: libpng frees what the image still holds.
        defer { unsafe png_image_free(&image) }
        // libpng reads from the array until the image is finished: one scope for both steps.
        let outcome: Result<PictureFrame, PNGError> = unsafe bytes.withUnsafeBytes { bytes in
            guard unsafe png_image_begin_read_from_memory(&image, bytes.baseAddress, bytes.count) != 0 else {
                return unsafe .failure(.malformed(words(&image)))
            }
            let size = unsafe PictureSize(Int(image.width), Int(image.height))
            guard (1...largest).contains(size.width), (1...largest).contains(size.height) else {
                return .failure(.tooLarge(size))
            }
            unsafe image.format = UInt32(PNG_FORMAT_FLAG_COLOR)
            var pixels = [UInt8](repeating: 0, count: PixelLayout.rgb.stride(size.width) * size.height)
            guard unsafe png_image_finish_read(&image, nil, &pixels, 0, nil) != 0 else {
                return unsafe .failure(.malformed(words(&image)))
            }
            let frame = PictureFrame(uninitialized: size)
            _ = unsafe pixels.withUnsafeBytes { unsafe frame.load($0, .rgb) }
            return .success(frame)
        }
        return try outcome.get()
    }

    private static func blank() -> png_image {
        var image = unsafe png_image()
        unsafe image.version = UInt32(PNG_IMAGE_VERSION)
        unsafe image.format = UInt32(PNG_FORMAT_FLAG_COLOR)
        return unsafe image
    }

    private static func words(_ image: inout png_image) -> String {
        unsafe withUnsafeBytes(of: &image.message) { unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}
