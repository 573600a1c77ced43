// SPDX-License-Identifier: GPL-3.0-or-later

import Synchronization

/// What a window tells its owner, on the window's own thread.
package enum WindowEvent: Hashable, Sendable {
    case opened
    /// There will be no window, and why.
    case failed(String)
    /// A key that the window has no use for itself.
    case key(Character)
    /// Somebody's tile, by its id.
    case clicked(UInt64)
    /// The close button.
    case closed
}

/// A meeting in a window: a thread that draws what `tiles` gives whenever it has changed, up to 30 times a second.
///
/// Keys that only concern the window (full screen, help, double click) are its own; all others are reported. Any thread may
/// call it; one window at a time in a process.
package final class VideoWindow: Sendable {
    private let orders: WindowOrders
    private let thread: DeviceThread

    /// Whether a display is to be expected at all.
    package static var isPossible: Bool { Display.isNamed }

    /// - Parameters:
    ///   - title: of the window: the meeting's name.
    ///   - tiles: who is there now; called on the window's thread before each drawing.
    ///   - report: is told what happens, `opened` or `failed` first; it must return soon and not call `close`.
    /// - Throws: `DeviceError.noThread`. That there is no display is reported.
    package init(
        title: String, tiles: @escaping @Sendable () -> [SceneTile], report: @escaping @Sendable (WindowEvent) -> Void
    ) throws(DeviceError) {
        let orders = WindowOrders(title: title)
        self.orders = orders
        thread = try DeviceThread(name: "confab-window") { thread in
            do throws(NoWindow) {
                let window = try SDLWindow(title: title)
                report(.opened)
                WindowLoop(window, tiles: tiles, report: report).run(orders) { thread.isStopping }
            } catch {
                report(.failed(error.reason))
            }
        }
    }

    /// Names the window anew: the meeting's name came later than the meeting.
    package func setTitle(_ title: String) { orders.change { $0.title = title } }

    /// Shows a line above the pictures for some seconds.
    package func note(_ text: String) { orders.change { $0.notes.append(text) } }

    /// Shows whom keys are for, by the id of its tile.
    package func mark(_ tile: UInt64?) { orders.change { $0.mark = .some(tile) } }

    /// Full screen, or a window again.
    package func switchFullScreen() { orders.change { $0.fullScreenSwitches += 1 } }

    /// Ends the window, and waits for that. Safe to call twice.
    package func close() { thread.stop() }
}

/// What a window's owner wants of it.
final class WindowOrders: Sendable {
    struct Orders {
        /// Nil: as it is.
        var title: String?
        var notes: [String] = []
        /// Nil: as it is.
        var mark: UInt64??
        /// Wishes for the other mode.
        var fullScreenSwitches = 0
    }

    private let orders: Mutex<Orders>

    init(title: String) { orders = Mutex(Orders(title: title)) }

    func change(_ change: (inout Orders) -> Void) { orders.withLock { change(&$0) } }

    /// What came since the last time.
    func take() -> Orders {
        orders.withLock { orders in
            defer { orders = Orders() }
            return orders
        }
    }
}
