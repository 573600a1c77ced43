// SPDX-License-Identifier: GPL-3.0-or-later

import CX11
import Geometry
import Picture

/// Takes pictures of a screen or of one window. One thread at a time.
///
/// A window is taken from memory of its own (the Composite extension): what lies over it is not shown, and stays
/// private.
@safe final class ScreenGrabber {
    enum Outcome {
        case picture(SharedPicture)
        /// The window is minimised.
        case hidden
        case lost(String)
    }

    private let connection: X11Connection
    /// The window, or the root window.
    private let target: Window
    private let isWindow: Bool
    /// The window's own memory, for as long as the window keeps its size.
    private var pixmap: Pixmap = 0
    private var image: SharedImage?

    /// - Parameter title: part of the window's title; the whole screen when nil.
    /// - Throws: `DeviceError.noPictures` with advice.
    init(display: String?, title: String?) throws(DeviceError) {
        connection = try X11Connection(display: display)
        isWindow = title != nil
        guard let title else {
            target = connection.root
            let source = "screen \(connection.name)"
            guard !connection.isXwayland else {
                throw .noPictures(
                    source: source,
                    reason: """
                        this is a Wayland session, where only windows of X programs can be shared: say screen:TITLE, \
                        or log in to an X11 session
                        """)
            }
            try check(source)
            return
        }
        let source = "window \"\(title)\""
        guard let found = connection.window(titled: title) else {
            throw .noPictures(
                source: source, reason: "no window on screen \(connection.name) has that in its title; is it open?")
        }
        guard connection.hasComposite else {
            throw .noPictures(source: source, reason: "this X server cannot share a single window; say screen")
        }
        target = found
        unsafe XCompositeRedirectWindow(connection.display, target, CompositeRedirectAutomatic)
        try check(source)
    }

    deinit {
        release()
        // With the connection ends the redirection.
    }

    private func release() {
        image = nil
        if pixmap != 0 { _ = unsafe XFreePixmap(connection.display, pixmap) }
        pixmap = 0
    }

    /// A first picture that nobody sees.
    private func check(_ source: String) throws(DeviceError) {
        var attributes = unsafe XWindowAttributes()
        guard unsafe XGetWindowAttributes(connection.display, target, &attributes) != 0,
            unsafe prepare(attributes), unsafe take(attributes)
        else {
            throw .noPictures(
                source: source,
                reason: "no shared memory with this X server; is it on another machine, or not in 24-bit colour?")
        }
    }

    /// Takes a picture, the pointer in it.
    func grab(_ fitter: inout PictureFitter) -> Outcome {
        var attributes = unsafe XWindowAttributes()
        guard unsafe XGetWindowAttributes(connection.display, target, &attributes) != 0 else {
            return .lost(isWindow ? "was closed" : "the X server is gone")
        }
        guard unsafe attributes.map_state == IsViewable else { return .hidden }
        // It may go or change its size between one call and the next: the next turn finds out.
        guard unsafe prepare(attributes), unsafe take(attributes), let image else {
            release()
            return .hidden
        }
        var (x, y): (Int32, Int32) = (0, 0)
        var child: Window = 0
        _ = unsafe XTranslateCoordinates(connection.display, target, connection.root, 0, 0, &x, &y, &child)
        image.drawPointer(x: Int(x), y: Int(y))
        guard let picture = fitter.fit(image.size, load: image.load) else { return .lost("is too large") }
        return .picture(picture)
    }

    private func prepare(_ attributes: XWindowAttributes) -> Bool {
        let size = unsafe PictureSize(Int(attributes.width), Int(attributes.height))
        if image?.size == size { return true }
        release()
        guard size.isAllowed else { return false }
        if isWindow { pixmap = unsafe XCompositeNameWindowPixmap(connection.display, target) }
        image = unsafe SharedImage(connection, attributes, size)
        return image != nil
    }

    private func take(_ attributes: XWindowAttributes) -> Bool {
        // A window's memory holds its border too.
        let border = unsafe isWindow ? attributes.border_width : 0
        return image?.grab(isWindow ? pixmap : target, x: border, y: border) ?? false
    }
}
