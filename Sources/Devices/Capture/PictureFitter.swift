// SPDX-License-Identifier: GPL-3.0-or-later

import Geometry
import Picture

/// Makes what a device gives into pictures as they are wished for. One thread at a time.
struct PictureFitter {
    private let wish: CaptureFormat
    private let pool = PicturePool(capacity: CaptureFormat.pooled)
    /// What the device gave, where it has to be scaled.
    private var whole: PictureFrame?

    init(_ wish: CaptureFormat) {
        self.wish = wish
    }

    /// - Parameters:
    ///   - size: that of the device's picture.
    ///   - load: draws all of the device's picture into one of that size, or returns false.
    mutating func fit(_ size: PictureSize, load: (PictureFrame) -> Bool) -> SharedPicture? {
        guard size.isAllowed else { return nil }
        let fitted = wish.fitting(size)
        let picture = pool.take(fitted)
        if fitted == size { return load(picture) ? SharedPicture(picture) : nil }
        if whole?.size != size { whole = PictureFrame(size) }
        guard let whole, load(whole) else { return nil }
        picture.scale(whole, into: fitted.area)
        return SharedPicture(picture)
    }
}
