// SPDX-License-Identifier: GPL-3.0-or-later

import Geometry
import Picture

/// What the thread of a window does: obeys, draws, waits.
struct WindowLoop {
    private let window: SDLWindow
    private let tiles: @Sendable () -> [SceneTile]
    private let report: @Sendable (WindowEvent) -> Void
    private let scene = Scene()
    private var state = SceneState()
    private var noteEnd = ContinuousClock.now
    /// Of the picture that the window shows; nil when it must be shown again.
    private var shown: UInt64?

    private static let interval = Duration.milliseconds(33)
    private static let noteTime = Duration.seconds(6)
    /// Pixels. Larger windows are filled by the graphics card: drawing costs by the pixel.
    private static let largestCanvas = 1920 * 1200

    init(
        _ window: SDLWindow, tiles: @escaping @Sendable () -> [SceneTile],
        report: @escaping @Sendable (WindowEvent) -> Void
    ) {
        self.window = window
        self.tiles = tiles
        self.report = report
    }

    /// Returns when `isOver`.
    consuming func run(_ orders: WindowOrders, until isOver: () -> Bool) {
        var next = ContinuousClock.now
        while !isOver() {
            obey(orders.take())
            if !window.isHidden { draw() }
            next = max(next + Self.interval, .now)
            while !isOver() {
                let left = next - .now
                guard left > .zero else { break }
                if let input = window.wait(milliseconds: max(1, Int(left / .milliseconds(1)))) { take(input) }
            }
        }
    }

    private mutating func obey(_ orders: WindowOrders.Orders) {
        if let title = orders.title { window.setTitle(title) }
        if let mark = orders.mark { state.marked = mark }
        if !orders.fullScreenSwitches.isMultiple(of: 2) { switchFullScreen() }
        if let note = orders.notes.last {
            state.message = note
            noteEnd = .now + Self.noteTime
        } else if state.message != nil, noteEnd < .now {
            state.message = nil
        }
    }

    private mutating func take(_ input: SDLWindow.Input) {
        switch input {
        case .key("f"): switchFullScreen()
        case .key("?"): state.showsHelp.toggle()
        case .key(let key): report(.key(key))
        case .fullScreenKey: switchFullScreen()
        case .escape:
            if state.isFullScreen {
                switchFullScreen()
            } else if state.showsHelp {
                state.showsHelp = false
            } else {
                report(.key("\u{1B}"))
            }
        case .click(let x, let y): if let tile = tile(x, y) { report(.clicked(tile)) }
        case .doubleClick(let x, let y):
            if let tile = tile(x, y) { state.toggle(tile) } else { state.enlarged = nil }
        case .close: report(.closed)
        case .exposed: shown = nil
        }
    }

    private mutating func switchFullScreen() {
        state.isFullScreen.toggle()
        window.setFullScreen(state.isFullScreen)
    }

    /// The tile at a point of the window's content.
    private func tile(_ x: Int, _ y: Int) -> UInt64? {
        let content = window.contentSize
        let canvas = Self.canvas(content)
        return SceneLayout.tile(
            atX: x * canvas.width / max(1, content.width), y: y * canvas.height / max(1, content.height), tiles(),
            state, on: canvas)
    }

    private mutating func draw() {
        let picture = scene.draw(tiles(), state, on: Self.canvas(window.contentSize))
        guard picture.stamp != shown else { return }
        window.show(picture)
        shown = picture.stamp
    }

    /// The canvas of a window of that size: even, and not too large.
    private static func canvas(_ content: PictureSize) -> PictureSize {
        var size = content
        if size.width * size.height > largestCanvas {
            let scale = (Double(largestCanvas) / Double(size.width * size.height)).squareRoot()
            size = PictureSize(Int(Double(size.width) * scale), Int(Double(size.height) * scale))
        }
        return PictureSize(max(2, size.width & ~1), max(2, size.height & ~1))
    }
}
