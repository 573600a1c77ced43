// SPDX-License-Identifier: GPL-3.0-or-later
import Geometry
import Picture
import Testing

@testable import Devices

@Suite("Who is where in a window")
struct SceneLayoutTests {
    static let canvas = PictureSize(1280, 720)

    private func places(_ tiles: [SceneTile], enlarged: UInt64? = nil, on size: PictureSize = canvas) -> [ScenePlace] {
        var state = SceneState()
        state.enlarged = enlarged
        return SceneLayout.places(tiles, state, on: size)
    }

    private func members(_ places: [ScenePlace]) -> [Int] {
        places.compactMap { if case .tile(let index) = $0.content { index } else { nil } }
    }

    @Test(
        "everybody has a place inside the window, and nobody lies on another but oneself",
        arguments: [1, 2, 3, 4, 5, 9, 16, 30, 49],
        [canvas, PictureSize(500, 900), PictureSize(1920, 1080), PictureSize(640, 480)])
    func grid(people: Int, size: PictureSize) {
        let places = places(Meeting.tiles(others: people - 1), on: size)
        let hidden = places.compactMap { if case .more(let count) = $0.content { count } else { nil } }.first ?? 0
        #expect(members(places).count + hidden == people)
        #expect(Set(members(places)).count == members(places).count)
        for (index, place) in places.enumerated() {
            #expect(place.area.even == place.area && !place.area.isEmpty)
            #expect(
                place.area.intersection(PictureArea(x: 0, y: 0, width: size.width, height: size.height)) == place.area)
            for other in places[..<index] where !place.isFloating {
                #expect(other.area.intersection(place.area).isEmpty)
            }
        }
    }

    @Test("alone one fills the window; among few one is small in the lower right corner; among many the last")
    func oneself() throws {
        let alone = try #require(places(Meeting.tiles(others: 0)).first)
        #expect(alone.area.width > 1200 && !alone.isFloating)
        for others in 1...3 {
            let own = try #require(places(Meeting.tiles(others: others)).last)
            #expect(own.content == .tile(0) && own.isFloating)
            #expect(own.area.width < 320 && own.area.x > 900 && own.area.y > 500)
        }
        for others in [4, 15, 29] {
            let last = try #require(places(Meeting.tiles(others: others)).last)
            #expect(last.content == .tile(0) && !last.isFloating)
        }
    }

    @Test("a shared screen is large beside a strip, whoever is in the meeting", arguments: [1, 3, 5, 16, 30])
    func share(people: Int) throws {
        let tiles = Meeting.tiles(others: people - 1) + [Meeting.screen(.white)]
        let places = places(tiles)
        let main = try #require(places.first)
        #expect(main.isMain && main.content == .tile(people))
        #expect(main.area.width > 1000 - 10)
        #expect(places.dropFirst().allSatisfy { $0.area.x >= main.area.x + main.area.width })
        #expect(places.last?.content == .tile(0))
        let hidden = places.compactMap { if case .more(let count) = $0.content { count } else { nil } }.first ?? 0
        #expect(members(places).count + hidden == people + 1)
    }

    @Test("who was enlarged is large, also instead of a screen, until it leaves")
    func enlarged() {
        let tiles = Meeting.tiles(others: 5) + [Meeting.screen(.white)]
        #expect(places(tiles, enlarged: 3).first?.content == .tile(3))
        #expect(places(tiles, enlarged: 0).first?.content == .tile(0))
        #expect(places(tiles, enlarged: 99).first?.content == .tile(6))
        var state = SceneState()
        state.toggle(3)
        #expect(state.enlarged == 3)
        state.toggle(3)
        #expect(state.enlarged == nil)
    }

    @Test("where not all have room nobody talks unseen, and pictures go before cards")
    func hidden() {
        var tiles = Meeting.tiles(others: 59)
        for index in 1...20 { tiles[index].picture = nil }
        let quiet = places(tiles)
        #expect(quiet.contains { $0.content == .more(12) })
        #expect(members(quiet).suffix(1) == [0])
        #expect(Set(21...59).isSubset(of: members(quiet)))
        tiles[20].isTalking = true
        #expect(members(places(tiles)).contains(20))
    }

    @Test("a point is on the tile that lies above")
    func hit() {
        let tiles = Meeting.tiles(others: 1)
        let state = SceneState()
        #expect(SceneLayout.tile(atX: 300, y: 300, tiles, state, on: Self.canvas) == 1)
        #expect(SceneLayout.tile(atX: 1200, y: 660, tiles, state, on: Self.canvas) == 0)
        #expect(SceneLayout.tile(atX: -1, y: 0, tiles, state, on: Self.canvas) == nil)
    }

    @Test("a window of hardly any pixels does no harm")
    func tiny() {
        for size in [PictureSize(2, 2), PictureSize(2, 500), PictureSize(500, 2), PictureSize(40, 30)] {
            for people in [1, 2, 5, 16] {
                _ = places(Meeting.tiles(others: people - 1), on: size)
                _ = places(Meeting.tiles(others: people - 1) + [Meeting.screen(.white)], on: size)
            }
        }
    }
}
