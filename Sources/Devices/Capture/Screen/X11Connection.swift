// SPDX-License-Identifier: GPL-3.0-or-later

import CX11
import Glibc
import Picture

/// A connection to an X server. One thread at a time; closed with the last reference.
@safe final class X11Connection {
    let display: OpaquePointer
    let root: Window
    /// `:0`.
    let name: String

    /// Errors of X are told by the calls that meet them. Its own handlers would end the process.
    private static let survivesErrors: Void = {
        XInitThreads()
        _ = unsafe XSetErrorHandler { _, _ in 0 }
        _ = unsafe XSetIOErrorHandler { _ in 0 }
    }()

    /// - Parameter display: such as `:0`; what `DISPLAY` says when nil.
    /// - Throws: `DeviceError.noPictures` with advice.
    init(display wanted: String?) throws(DeviceError) {
        Self.survivesErrors
        let name = wanted ?? Self.environment("DISPLAY")
        guard let name, !name.isEmpty else {
            throw .noPictures(
                source: "screen",
                reason: Self.environment("WAYLAND_DISPLAY") == nil
                    ? "there is no display here (DISPLAY is not set); run this in a graphical session, or share a file"
                    : """
                    this is a Wayland session without X: its screen cannot be shared; log in to an X11 session \
                    ("Xorg" in the login screen's menu), or share a file
                    """)
        }
        guard let opened = unsafe XOpenDisplay(name) else {
            throw .noPictures(
                source: "screen \(name)",
                reason: "no X server answers there, or it does not let us in; is DISPLAY right, is this your session?")
        }
        // What was asked of a server that is gone fails from then on, instead of ending the process.
        unsafe XSetIOErrorExitHandler(opened, { _, _ in }, nil)
        unsafe display = opened
        unsafe root = XDefaultRootWindow(opened)
        self.name = name
    }

    deinit {
        unsafe XCloseDisplay(display)
    }

    private static func environment(_ name: String) -> String? {
        unsafe getenv(name).map { unsafe String(cString: $0) }
    }

    /// Whether windows have memory of their own, so that one is seen whole though others lie over it.
    var hasComposite: Bool {
        var (event, error): (Int32, Int32) = (0, 0)
        return unsafe XCompositeQueryExtension(display, &event, &error) != 0
    }

    /// Whether this X server draws into a Wayland session, where the root window is empty.
    var isXwayland: Bool {
        var (opcode, event, error): (Int32, Int32, Int32) = (0, 0, 0)
        return unsafe XQueryExtension(display, "XWAYLAND", &opcode, &event, &error) != 0
    }

    /// The window on the screen with `part` in its title, the topmost first; nil where there is none.
    func window(titled part: String) -> Window? {
        find(part.lowercased(), under: root, depth: 0)
    }

    private func find(_ part: String, under parent: Window, depth: Int) -> Window? {
        var (root, above): (Window, Window) = (0, 0)
        var children: UnsafeMutablePointer<Window>?
        var count: UInt32 = 0
        guard unsafe XQueryTree(display, parent, &root, &above, &children, &count) != 0 else { return nil }
        defer { if let children = unsafe children { unsafe XFree(children) } }
        let windows = unsafe Array(UnsafeBufferPointer(start: children, count: Int(count)))
        for child in windows.reversed() {
            var attributes = unsafe XWindowAttributes()
            guard unsafe XGetWindowAttributes(display, child, &attributes) != 0,
                unsafe attributes.map_state == IsViewable
            else { continue }
            if let title = title(of: child), title.lowercased().contains(part) { return child }
            // A window manager's frames hold the windows that have titles.
            if depth < 3, let found = find(part, under: child, depth: depth + 1) { return found }
        }
        return nil
    }

    /// What stands over a window.
    func title(of window: Window) -> String? {
        var type: Atom = 0
        var format: Int32 = 0
        var (count, left): (UInt, UInt) = (0, 0)
        var bytes: UnsafeMutablePointer<UInt8>?
        let property = unsafe XInternAtom(display, "_NET_WM_NAME", 0)
        let status = unsafe XGetWindowProperty(
            display, window, property, 0, 256, 0, confab_x_any_type(), &type, &format, &count, &left, &bytes)
        defer { if let bytes = unsafe bytes { unsafe XFree(bytes) } }
        if status == 0, format == 8, count > 0, let bytes = unsafe bytes {
            return unsafe String(decoding: UnsafeBufferPointer(start: bytes, count: Int(count)), as: UTF8.self)
        }
        var name: UnsafeMutablePointer<CChar>?
        guard unsafe XFetchName(display, window, &name) != 0, let found = unsafe name else { return nil }
        defer { unsafe XFree(found) }
        return unsafe String(cString: found)
    }
}
