// SPDX-License-Identifier: GPL-3.0-or-later
import Geometry
import Glibc
import Picture
import Synchronization
import TestSupport
import Testing

@testable import Devices

/// A window's owner: what is shown and what was reported.
private final class Owner: Sendable {
    private let tiles: Mutex<[SceneTile]>
    private let reported = Mutex<[WindowEvent]>([])

    init(_ tiles: [SceneTile]) { self.tiles = Mutex(tiles) }

    var events: [WindowEvent] { reported.withLock { $0 } }

    func show(_ tiles: [SceneTile]) { self.tiles.withLock { $0 = tiles } }

    func open() throws -> VideoWindow {
        try VideoWindow(title: "A meeting") {
            self.tiles.withLock { $0 }
        } report: { event in
            self.reported.withLock { $0.append(event) }
        }
    }

    func event(_ wanted: WindowEvent) async throws {
        try await Condition.await("\(wanted)", within: .seconds(20), evidence: { "\(self.events)" }) {
            self.events.contains(wanted)
        }
    }
}

/// A window on a screen of its own, watched by our own screen capture.
@Suite("A window, as it is seen on a screen", .serialized, .timeLimit(.minutes(Condition.minutes(2))))
struct VideoWindowTests {
    private let folder: TemporaryFolder
    /// As large as the window when it opens.
    private static let size = PictureSize(1280, 720)

    init() throws {
        folder = try TemporaryFolder()
    }

    /// Runs `body` with a window of `people` on a screen of its own.
    /// - Parameter isManaged: whether there is a window manager, without which no window fills the screen.
    private func onScreen(
        _ people: Int, _ size: PictureSize = Self.size, isManaged: Bool = false,
        _ body: (Owner, VideoWindow, VirtualScreen, CaptureRecorder) async throws -> Void
    ) async throws {
        let screen = try await VirtualScreen(numberFile: folder.path("display"), size: "\(size)")
        defer { screen.stop() }
        let manager = isManaged ? try Self.manager(of: screen) : nil
        defer { manager?.kill() }
        if isManaged {
            try await Condition.await("a window manager", within: .seconds(20)) {
                let asked = try screen.run("xdotool", ["get_num_desktops"])
                return await asked.waitForExit(within: .seconds(20))?.isSuccess == true
            }
        }
        // SDL knows no other way to be told.
        unsafe setenv("DISPLAY", screen.display, 1)
        defer { unsafe unsetenv("DISPLAY") }
        let owner = Owner(Meeting.tiles(others: people - 1))
        let window = try owner.open()
        defer { window.close() }
        try await owner.event(.opened)
        let source = ScreenSource(display: screen.display)
        let watcher = CaptureRecorder()
        try watcher.start(source, size, rate: 15)
        defer { source.stop() }
        try await body(owner, window, screen, watcher)
    }

    private static func manager(of screen: VirtualScreen) throws -> ChildProcess {
        try screen.run("evilwm", ["-bw", "0", "-fn", "fixed"])
    }

    private func hands(_ screen: VirtualScreen, _ arguments: [String]) async throws {
        let exit = try await screen.run("xdotool", arguments).waitForExit(within: .seconds(20))
        #expect(exit?.isSuccess == true, "xdotool \(arguments)")
    }

    /// Whether everybody's colour is where the scene puts it.
    private static func shows(
        _ tiles: [SceneTile], _ state: SceneState = SceneState(), in window: PictureArea = size.area,
        of screen: PictureSize = size
    ) -> @Sendable (PictureFrame) -> Bool {
        { picture in
            picture.size == screen
                && SceneLayout.places(tiles, state, on: window.size).allSatisfy { place in
                    guard case .tile(let member) = place.content else { return true }
                    let wanted = member < 100 ? Meeting.color(member) : .white
                    var middle = Meeting.middle(place.area)
                    middle.x += window.x
                    middle.y += window.y
                    return picture.meanColor(in: middle).distance(to: wanted) <= 6
                }
        }
    }

    /// In how many of its corners a picture has that colour.
    private static func corners(of color: PictureColor, in picture: PictureFrame) -> Int {
        let side = 8
        let (right, lower) = (picture.size.width - side, picture.size.height - side)
        return [(0, 0), (right, 0), (0, lower), (right, lower)].count { x, y in
            picture.meanColor(in: PictureArea(x: x, y: y, width: side, height: side)).distance(to: color) <= 6
        }
    }

    @Test("everybody's colour is on the screen where the scene puts it", arguments: [1, 2, 5, 16, 30])
    func colors(people: Int) async throws {
        try await onScreen(people) { owner, window, screen, watcher in
            try await watcher.picture("\(people) colours", where: Self.shows(Meeting.tiles(others: people - 1)))
            // Somebody leaves, and is gone from the screen.
            if people > 1 {
                let fewer = Array(Meeting.tiles(others: people - 1).dropLast())
                owner.show(fewer)
                try await watcher.picture("\(people - 1) colours", where: Self.shows(fewer))
            }
        }
    }

    @Test(
        "a window that is made smaller or upright shows everybody in the room that is left",
        arguments: [PictureSize(960, 540), PictureSize(500, 700)])
    func smaller(room: PictureSize) async throws {
        try await onScreen(5) { owner, window, screen, watcher in
            let tiles = Meeting.tiles(others: 4)
            try await watcher.picture("five colours", where: Self.shows(tiles))
            try await hands(
                screen, ["search", "--name", "A meeting", "windowsize", "\(room.width)", "\(room.height)"])
            try await watcher.picture("five colours in less room", where: Self.shows(tiles, in: room.area))
        }
    }

    @Test("f, F11 and Esc: the window fills a screen larger than itself, and is back where it was")
    func fullScreen() async throws {
        let size = PictureSize(1600, 1000)
        try await onScreen(5, size, isManaged: true) { owner, window, screen, watcher in
            let behind = PictureColor(red: 192, green: 0, blue: 0)
            try await hands(screen, ["mousemove", "800", "500"])
            try await screen.fill("#C00000")
            let tiles = Meeting.tiles(others: 4)
            let inMiddle = Self.shows(tiles, in: PictureArea(x: 160, y: 140, width: 1280, height: 720), of: size)
            let isWindow: @Sendable (PictureFrame) -> Bool = {
                inMiddle($0) && Self.corners(of: behind, in: $0) == 4
            }
            let isFull: @Sendable (SceneState) -> @Sendable (PictureFrame) -> Bool = { state in
                let everywhere = Self.shows(tiles, state, in: size.area, of: size)
                return { everywhere($0) && Self.corners(of: behind, in: $0) == 0 }
            }
            try await watcher.picture("a window", where: isWindow)
            try await Condition.await("keys come to the window", within: .seconds(20)) {
                try await hands(screen, ["key", "m"])
                return owner.events.contains(.key("m"))
            }
            try await hands(screen, ["key", "f"])
            try await watcher.picture("f: the whole screen", where: isFull(SceneState()))
            try await hands(screen, ["key", "f"])
            try await watcher.picture("f: a window again", where: isWindow)
            try await hands(screen, ["key", "F11"])
            try await watcher.picture("F11: the whole screen", where: isFull(SceneState()))
            // Who is clicked is who is seen there, not who was there in the window.
            let place = try #require(SceneLayout.places(tiles, SceneState(), on: size).last).area
            let (x, y) = (place.x + place.width / 2, place.y + place.height / 2)
            var enlarged = SceneState()
            enlarged.enlarged = SceneLayout.tile(atX: x, y: y, tiles, SceneState(), on: size)
            #expect(enlarged.enlarged != nil)
            let twice = ["mousemove", "\(x)", "\(y)", "click", "--repeat", "2", "--delay", "60", "1"]
            try await hands(screen, twice)
            try await watcher.picture("one of them large", where: isFull(enlarged))
            enlarged.enlarged = nil
            try await hands(screen, ["mousemove", "800", "500", "click", "--repeat", "2", "--delay", "60", "1"])
            try await watcher.picture("all of them again", where: isFull(enlarged))
            try await hands(screen, ["key", "Escape"])
            try await watcher.picture("Esc: a window again", where: isWindow)
            window.switchFullScreen()
            try await watcher.picture("a key in the terminal: the whole screen", where: isFull(SceneState()))
            window.switchFullScreen()
            try await watcher.picture("a window again", where: isWindow)
            // Its own affair.
            for key in "f\u{1B}" { #expect(!owner.events.contains(.key(key))) }
        }
    }

    @Test("keys are heard, and a double click enlarges")
    func hands() async throws {
        try await onScreen(5) { owner, window, screen, watcher in
            let tiles = Meeting.tiles(others: 4)
            try await watcher.picture("five colours", where: Self.shows(tiles))
            try await hands(screen, ["mousemove", "200", "240"])
            for key in ["m", "v", "5", "asterisk", "q"] { try await hands(screen, ["key", key]) }
            for key in "mv5*q" { try await owner.event(.key(key)) }
            var enlarged = SceneState()
            enlarged.enlarged = 1
            try await hands(screen, ["click", "--repeat", "2", "--delay", "60", "1"])
            try await watcher.picture("one of them large", where: Self.shows(tiles, enlarged))
            try await hands(screen, ["click", "--repeat", "2", "--delay", "60", "1"])
            try await watcher.picture("all of them again", where: Self.shows(tiles))
            // The first click of each two marks who is there, which here has no consequence.
            #expect(owner.events == [.opened] + "mv5*q".map { .key($0) } + [.clicked(1), .clicked(1)])
            for key in ["Down", "Up", "Tab", "Escape"] { try await hands(screen, ["key", key]) }
            for key in "↓↑\t\u{1B}" { try await owner.event(.key(key)) }
            var marked = SceneState()
            marked.marked = 1
            let place = SceneLayout.places(tiles, marked, on: Self.size)[0].area
            let frame = PictureArea(
                x: place.x + 8, y: place.y + place.height / 3, width: 4, height: place.height / 3)
            let plain = Scene().draw(tiles, SceneState(), on: Self.size).meanColor(in: frame)
            let wanted = Scene().draw(tiles, marked, on: Self.size).meanColor(in: frame)
            #expect(plain.distance(to: wanted) > 20)
            window.mark(1)
            try await watcher.picture("a frame about who is marked") {
                $0.meanColor(in: frame).distance(to: wanted) < $0.meanColor(in: frame).distance(to: plain)
            }
            window.mark(nil)
            try await watcher.picture("no mark") {
                $0.meanColor(in: frame).distance(to: plain) < $0.meanColor(in: frame).distance(to: wanted)
            }
        }
    }

    /// A window manager says so (WM_DELETE_WINDOW), and takes nothing away itself: the call is still to be ended.
    @Test("the window's close button is a wish of the user's")
    func closeButton() async throws {
        try await onScreen(2) { owner, window, screen, watcher in
            let tiles = Meeting.tiles(others: 1)
            try await watcher.picture("both", where: Self.shows(tiles))
            let manager = try Self.manager(of: screen)
            defer { manager.kill() }
            try await Condition.await("the window closes", within: .seconds(20), evidence: { "\(owner.events)" }) {
                try await hands(screen, ["mousemove", "200", "240", "key", "ctrl+alt+Escape"])
                return owner.events.contains(.closed)
            }
            #expect(manager.isRunning)
            #expect(!owner.events.contains { if case .failed = $0 { true } else { false } })
        }
    }

    @Test("help and notes lie above the pictures and go away again")
    func help() async throws {
        try await onScreen(2) { owner, window, screen, watcher in
            let tiles = Meeting.tiles(others: 1)
            try await watcher.picture("both", where: Self.shows(tiles))
            try await hands(screen, ["mousemove", "200", "240", "key", "question"])
            let middle = PictureArea(x: 560, y: 340, width: 160, height: 40)
            try await watcher.picture("the keys") { picture in
                picture.meanColor(in: middle).distance(to: Meeting.color(1)) > 10
            }
            try await hands(screen, ["key", "question"])
            try await watcher.picture("no keys") { picture in
                picture.meanColor(in: middle).distance(to: Meeting.color(1)) <= 2
            }
            window.note("the camera is back")
            let line = PictureArea(x: 600, y: 26, width: 80, height: 30)
            try await watcher.picture("a note") { picture in
                picture.meanColor(in: line).distance(to: Meeting.color(1)) > 10
            }
            try await watcher.picture("no note") { picture in
                picture.meanColor(in: line).distance(to: Meeting.color(1)) <= 2
            }
        }
    }

    @Test("without a display there is no window but a reason", arguments: ["", ":4711"])
    func noDisplay(display: String) async throws {
        unsafe setenv("DISPLAY", display, 1)
        defer { unsafe unsetenv("DISPLAY") }
        #expect(VideoWindow.isPossible == !display.isEmpty)
        let owner = Owner([])
        let window = try owner.open()
        try await owner.event(
            .failed(display.isEmpty ? "there is no display" : "the display \(display) cannot be reached"))
        window.note("nobody reads it")
        window.close()
        window.close()
    }
}
