// SPDX-License-Identifier: GPL-3.0-or-later

import CAVFormat
import Geometry
import Picture

/// Pictures of whatever kind to I420 of the size wished for. One thread at a time.
@safe final class PictureConverter {
    private let pool = PicturePool(capacity: CaptureFormat.pooled + 2)
    private var context: OpaquePointer?

    deinit {
        unsafe sws_freeContext(context)
    }

    /// - Returns: nil when the picture is of a kind that cannot be converted.
    func convert(_ frame: UnsafeMutablePointer<AVFrame>, _ wish: CaptureFormat) -> SharedPicture? {
        let coded = unsafe PictureSize(Int(frame.pointee.width), Int(frame.pointee.height))
        guard coded.isAllowed else { return nil }
        let aspect = unsafe frame.pointee.sample_aspect_ratio
        let shown = wish.fitting(coded.shown(Int(aspect.num), Int(aspect.den)))
        let format = unsafe AVPixelFormat(frame.pointee.format)
        unsafe context = sws_getCachedContext(
            context, frame.pointee.width, frame.pointee.height, format, Int32(shown.width), Int32(shown.height),
            AV_PIX_FMT_YUV420P, SWS_BILINEAR, nil, nil, nil)
        guard let context = unsafe context else { return nil }
        let isFull = unsafe frame.pointee.color_range == AVCOL_RANGE_JPEG
        let table = unsafe sws_getCoefficients(SWS_CS_ITU601)
        _ = unsafe sws_setColorspaceDetails(context, table, isFull ? 1 : 0, table, 0, 0, 1 << 16, 1 << 16)
        let picture = pool.take(shown)
        let rows = unsafe picture.withWritablePlanes { luma, lumaStride, cb, cr, chromaStride in
            unsafe confab_sws_scale(context, frame, luma, lumaStride, cb, cr, chromaStride)
        }
        return rows > 0 ? SharedPicture(picture) : nil
    }
}

extension PictureSize {
    /// The size on square pixels, where these are `across` to `down`; unlikely proportions are left alone.
    fileprivate func shown(_ across: Int, _ down: Int) -> PictureSize {
        guard across > 0, down > 0, across != down, across < down * 4, down < across * 4 else { return self }
        let stretched = PictureSize(width * across / down, height)
        return stretched.isAllowed ? stretched : self
    }
}
