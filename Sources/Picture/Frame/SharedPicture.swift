// SPDX-License-Identifier: GPL-3.0-or-later
package import Geometry

/// A finished picture that threads may look at together: camera, encoder, canvas and window each have their own.
///
/// Whoever makes one gives up drawing in it. That promise is what the compiler cannot check and this type stands for;
/// `PictureFrame` itself belongs to one thread at a time.
package struct SharedPicture: @unchecked Sendable {
    /// To be read only.
    package let frame: PictureFrame

    /// - Parameter frame: nobody draws in it any more.
    package init(_ frame: PictureFrame) {
        self.frame = frame
    }

    package var size: PictureSize { frame.size }
    /// That of the frame: equal for the same content.
    package var stamp: UInt64 { frame.stamp }
}
