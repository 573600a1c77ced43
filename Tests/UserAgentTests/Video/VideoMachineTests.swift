// SPDX-License-Identifier: GPL-3.0-or-later
import Devices
import Geometry
import MediaServer
import Picture
import RTP
import SDP
import Testing
import Video

@testable import UserAgent

@Suite("Coded pictures that wait")
struct DecodeQueueTests {
    private static let start = MediaInstant(nanoseconds: 1_000_000_000)

    private func item(
        _ number: UInt32, key: Bool = false, due: Int = 0, role: VideoRole = .main
    ) -> DecodeQueue.Item {
        DecodeQueue.Item(
            role: role, codec: .vp8, isKeyframe: key, timestamp: number, contributor: nil,
            due: Self.start.advanced(byMilliseconds: due), bytes: [])
    }

    private func takes(_ queue: inout DecodeQueue, _ item: DecodeQueue.Item, at now: MediaInstant) -> Bool {
        queue.push(item, now: now)
    }

    private func decoded(_ queue: inout DecodeQueue, at milliseconds: Int) -> [UInt32] {
        var numbers: [UInt32] = []
        while case .decode(let item) = queue.next(now: Self.start.advanced(byMilliseconds: milliseconds)) {
            numbers.append(item.timestamp)
        }
        return numbers
    }

    @Test("each is given out at its time, in order within a stream, the most urgent stream first")
    func order() {
        var queue = DecodeQueue()
        #expect(takes(&queue, item(1, key: true, due: 50), at: Self.start))
        #expect(takes(&queue, item(2, due: 40), at: Self.start), "never before the one that it builds on")
        #expect(takes(&queue, item(3, key: true, due: 20, role: .slides), at: Self.start))
        #expect(decoded(&queue, at: 10).isEmpty)
        #expect(decoded(&queue, at: 30) == [3])
        #expect(decoded(&queue, at: 60) == [1, 2])
        guard case .wait(nil) = queue.next(now: Self.start) else {
            Issue.record("nothing is left")
            return
        }
    }

    @Test("what is late is skipped up to the next key frame")
    func late() {
        var queue = DecodeQueue()
        #expect(takes(&queue, item(1, key: true), at: Self.start))
        let later = Self.start.advanced(byMilliseconds: DecodeQueue.latest + 1)
        #expect(!takes(&queue, item(2), at: later))
        #expect(!takes(&queue, item(3), at: later))
        #expect(takes(&queue, item(4, key: true, due: 401), at: later))
        #expect(takes(&queue, item(5, due: 401), at: later))
        #expect(decoded(&queue, at: 1000) == [4, 5])
    }

    @Test("it never holds more than it should, and a failure skips what builds on it")
    func bounds() {
        var queue = DecodeQueue()
        for number in 0..<200 { _ = queue.push(item(UInt32(number), key: number == 0, due: 1000), now: Self.start) }
        #expect(queue.count <= DecodeQueue.longest)
        queue.end(.main)
        #expect(takes(&queue, item(1, key: true), at: Self.start))
        #expect(takes(&queue, item(2), at: Self.start))
        queue.fail(.main)
        #expect(decoded(&queue, at: 0) == [1, 2], "a key frame and what builds on it are not concerned")
        #expect(takes(&queue, item(3), at: Self.start))
        queue.fail(.main)
        #expect(!takes(&queue, item(4), at: Self.start))
        #expect(takes(&queue, item(5, key: true), at: Self.start))
    }
}

@Suite("The pace of packets")
struct VideoPacerTests {
    @Test("a burst is spread over its time, a pause saves up next to nothing")
    func pace() {
        var pacer = VideoPacer()
        var now = MediaInstant(nanoseconds: 1_000_000_000)
        var sent: [Int] = []
        // 100 packets of 1250 octets at 2 Mbit a second, two and a half times as fast: 200 ms.
        for _ in 0..<100 {
            while !pacer.isOpen(now: now) { now = now.advanced(byMilliseconds: 1) }
            pacer.sent(1250, bitrate: 2_000_000, now: now)
            sent.append(now.milliseconds(since: MediaInstant(nanoseconds: 1_000_000_000)))
        }
        #expect(sent.last.map { (180...200).contains($0) } == true)
        #expect(sent.filter { $0 == 0 }.count <= 4)
    }
}

@Suite("What a peer takes")
struct VideoLineTests {
    @Test("size, rate and bitrate stay within what was agreed")
    func limits() throws {
        let remote = MediaAddress(host: "127.0.0.1", port: 4000)
        let video = NegotiatedVideo(
            format: VideoFormat(payloadType: 96, codec: .vp8), receivePayloadTypes: [96: .vp8], remoteRTP: remote,
            remoteRTCP: remote)
        var limited = try #require(VideoLine(video, isHeld: false))
        limited.limits = PictureLimits(macroblocksPerPicture: 396, frameRate: 15, bitrate: 500_000)
        limited.bandwidthLimit = 384_000
        let target = limited.limiting(
            VideoTarget(bitrate: 2_000_000, size: PictureSize(1280, 720), rate: 30))
        #expect(target.bitrate == 384_000)
        #expect(target.rate == 15)
        #expect(limited.limits.allow(width: target.size.width, height: target.size.height))
        #expect(target.size.width >= 320)
    }
}

@Suite("Who is to be seen")
struct VideoBoardTests {
    private let picture = SharedPicture(PictureFrame(PictureSize(16, 16)))

    private func board(_ people: [VideoBoard.Person]) -> VideoBoard {
        let board = VideoBoard()
        board.set(own: .init(name: "Me", absence: ""), people: people, conference: "demo")
        return board
    }

    @Test("pictures are put to people by the source that a stream names")
    func bySource() {
        let board = board([
            .init(id: 1, name: "Ada", camera: 11, absence: "no picture yet"),
            .init(id: 2, name: "Bob", camera: 22, screen: 23, absence: "camera off"),
        ])
        let now = MediaInstant(nanoseconds: 1_000_000_000)
        board.show(picture, in: .slot(3), of: 11, now: now)
        board.show(picture, in: .slides, of: 23, now: now)
        board.show(picture, in: .slot(4), of: 99, now: now)
        let tiles = board.tiles(now: now)
        #expect(tiles.map(\.name) == ["Me", "Ada", "Bob", "Bob"])
        #expect(tiles.map(\.kind) == [.me, .member, .member, .screen])
        #expect(tiles.map { $0.picture != nil } == [false, true, false, true])
        #expect(tiles[2].absence == "camera off")
        // A tile never lies.
        let later = now.advanced(byMilliseconds: VideoBoard.patience(.main).milliseconds)
        #expect(board.tiles(now: later).map { $0.picture != nil } == [false, false, false, true])
    }

    @Test("a shared screen may rest, but goes as soon as the roster says so; without a roster, when it rests too long")
    func screen() {
        let now = MediaInstant(nanoseconds: 1_000_000_000)
        let (soon, late) = (now.advanced(byMilliseconds: 5900), now.advanced(byMilliseconds: 6000))
        func shows(_ board: VideoBoard, _ now: MediaInstant) -> Bool {
            board.tiles(now: now).contains { $0.kind == .screen && $0.picture != nil }
        }
        let sharing = VideoBoard.Person(id: 2, name: "Bob", camera: 22, screen: 23, absence: "camera off")
        let meeting = board([sharing])
        meeting.show(picture, in: .slides, of: 23, now: now)
        #expect(shows(meeting, soon))
        var silent = sharing
        silent.screen = nil
        meeting.set(own: .init(name: "Me", absence: ""), people: [silent], conference: "demo")
        #expect(!shows(meeting, now))

        let call = VideoBoard()
        call.set(own: .init(name: "Me", absence: ""), people: [sharing], conference: nil)
        call.show(picture, in: .slides, of: nil, now: now)
        #expect(shows(call, soon) && !shows(call, late))
    }

    @Test("a camera that is on and has no place is not said to come")
    func beyondPlaces() {
        let board = VideoBoard()
        let people: [VideoBoard.Person] = (1...3).map {
            .init(
                id: $0, name: "P\($0)", camera: UInt32($0), absence: $0 == 3 ? "camera off" : "no picture yet",
                isSending: $0 != 3)
        }
        board.set(own: .init(name: "Me", absence: ""), people: people, conference: "demo", places: 1)
        let now = MediaInstant(nanoseconds: 1_000_000_000)
        #expect(board.tiles(now: now).dropFirst().map(\.absence) == ["no picture yet", "no picture yet", "camera off"])
        board.show(picture, in: .slot(0), of: 1, now: now)
        let tiles = board.tiles(now: now)
        #expect(tiles[1].picture != nil)
        #expect(tiles.dropFirst(2).map(\.absence) == ["camera on, no place for it here", "camera off"])
        board.show(picture, in: .main, of: nil, now: now)
        #expect(board.tiles(now: now)[2].absence == "in the picture of all")
    }

    @Test("a composed picture is the meeting's")
    func composed() {
        let board = board([.init(id: 1, name: "Ada", camera: 11, absence: "no picture yet")])
        let now = MediaInstant(nanoseconds: 1_000_000_000)
        board.show(picture, in: .main, of: nil, now: now)
        #expect(board.tiles(now: now).map(\.name) == ["Me", "Ada", "demo"])
        #expect(board.tiles(now: now).map { $0.picture != nil } == [false, false, true])
    }

    @Test("a camera that was just switched off shows nothing more of us")
    func own() {
        let board = board([])
        board.show(own: picture)
        #expect(board.tiles(now: .zero)[0].picture != nil)
        board.set(own: .init(name: "Me", absence: "camera off"), people: [], conference: nil)
        board.show(own: picture)
        #expect(board.tiles(now: .zero)[0].picture == nil)
    }
}
