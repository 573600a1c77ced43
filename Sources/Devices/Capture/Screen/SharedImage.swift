// SPDX-License-Identifier: GPL-3.0-or-later

import CX11
import Geometry
import Glibc
import Picture

/// Pixels in memory that the X server writes to directly. One thread at a time.
@safe final class SharedImage {
    let size: PictureSize
    private let connection: X11Connection
    private let image: UnsafeMutablePointer<XImage>
    private let segment: UnsafeMutablePointer<XShmSegmentInfo>

    /// For pictures of `size` from drawables with these attributes; nil when there is no such memory, or the pixels
    /// would not be blue, green, red and one byte unused.
    init?(_ connection: X11Connection, _ attributes: XWindowAttributes, _ size: PictureSize) {
        let segment = UnsafeMutablePointer<XShmSegmentInfo>.allocate(capacity: 1)
        unsafe segment.initialize(to: XShmSegmentInfo())
        guard unsafe XShmQueryExtension(connection.display) != 0,
            let image = unsafe XShmCreateImage(
                connection.display, attributes.visual, UInt32(attributes.depth), ZPixmap, nil, segment,
                UInt32(size.width), UInt32(size.height))
        else {
            unsafe segment.deallocate()
            return nil
        }
        let isReadable =
            unsafe image.pointee.bits_per_pixel == 32 && image.pointee.byte_order == LSBFirst
            && image.pointee.red_mask == 0xFF0000
        let id = unsafe shmget(IPC_PRIVATE, Int(image.pointee.bytes_per_line) * size.height, IPC_CREAT | 0o600)
        let memory = unsafe id < 0 ? nil : shmat(id, nil, 0)
        guard isReadable, let memory = unsafe memory, Int(bitPattern: memory) != -1 else {
            if id >= 0 { _ = shmctl(id, IPC_RMID, nil) }
            unsafe confab_x_destroy_image(image)
            unsafe segment.deallocate()
            return nil
        }
        unsafe segment.pointee.shmid = id
        unsafe segment.pointee.shmaddr = memory.assumingMemoryBound(to: CChar.self)
        unsafe image.pointee.data = segment.pointee.shmaddr
        _ = unsafe XShmAttach(connection.display, segment)
        _ = unsafe XSync(connection.display, 0)
        // It stays until both sides have let it go, and so goes with us however we end.
        _ = shmctl(id, IPC_RMID, nil)
        self.connection = connection
        self.size = size
        unsafe self.image = image
        unsafe self.segment = segment
    }

    deinit {
        _ = unsafe XShmDetach(connection.display, segment)
        _ = unsafe XSync(connection.display, 0)
        unsafe shmdt(segment.pointee.shmaddr)
        // The library would free it.
        unsafe image.pointee.data = nil
        unsafe confab_x_destroy_image(image)
        unsafe segment.deallocate()
    }

    /// Takes what `drawable` shows from `x`, `y` on.
    /// - Returns: false when the server refuses: the drawable is gone, or so is the server.
    func grab(_ drawable: Drawable, x: Int32, y: Int32) -> Bool {
        unsafe XShmGetImage(connection.display, drawable, image, x, y, UInt.max) != 0
    }

    /// Draws what was taken.
    func load(into frame: PictureFrame) -> Bool {
        let stride = unsafe Int(image.pointee.bytes_per_line)
        return unsafe frame.load(
            UnsafeRawBufferPointer(start: image.pointee.data, count: stride * size.height), .bgrx, stride: stride)
    }

    /// Lays the pointer over what was taken, whose upper left corner is `x`, `y` of the screen.
    func drawPointer(x: Int, y: Int) {
        guard let cursor = unsafe XFixesGetCursorImage(connection.display) else { return }
        defer { unsafe XFree(cursor) }
        let left = unsafe Int(cursor.pointee.x) - Int(cursor.pointee.xhot) - x
        let top = unsafe Int(cursor.pointee.y) - Int(cursor.pointee.yhot) - y
        let (width, height) = unsafe (Int(cursor.pointee.width), Int(cursor.pointee.height))
        guard let source = unsafe cursor.pointee.pixels, let target = unsafe image.pointee.data else { return }
        let stride = unsafe Int(image.pointee.bytes_per_line)
        for row in max(0, -top)..<max(max(0, -top), min(height, size.height - top)) {
            for column in max(0, -left)..<max(max(0, -left), min(width, size.width - left)) {
                // 32 bits in each long: opacity, red, green, blue, the colours times the opacity already.
                let pixel = unsafe source[row * width + column]
                let below = 255 - (pixel >> 24 & 0xFF)
                guard below < 255 else { continue }
                let place = unsafe UnsafeMutableRawPointer(target) + (top + row) * stride + (left + column) * 4
                let bytes = unsafe place.assumingMemoryBound(to: UInt8.self)
                for channel in 0..<3 {
                    let above = pixel >> UInt(8 * channel) & 0xFF
                    unsafe bytes[channel] = UInt8(clamping: above + (UInt(bytes[channel]) * below + 127) / 255)
                }
            }
        }
    }
}
