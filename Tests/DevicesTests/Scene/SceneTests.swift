// SPDX-License-Identifier: GPL-3.0-or-later
import Geometry
import Picture
import Testing

@testable import Devices

@Suite("What a person sees")
struct SceneTests {
    static let canvas = PictureSize(1280, 720)

    @Test("each member's colour is in its place", arguments: [1, 2, 5, 16, 30])
    func colors(people: Int) {
        let tiles = Meeting.tiles(others: people - 1)
        let picture = Scene().draw(tiles, SceneState(), on: Self.canvas)
        let places = SceneLayout.places(tiles, SceneState(), on: Self.canvas)
        #expect(places.count == people)
        for place in places {
            guard case .tile(let member) = place.content else { continue }
            // Above the floating picture of oneself.
            let middle = Meeting.middle(place.area)
            #expect(picture.meanColor(in: middle).distance(to: Meeting.color(member)) <= 1, "member \(member)")
        }
    }

    @Test("oneself is seen as in a mirror, the others are not")
    func mirror() throws {
        let halves = PictureFrame(PictureSize(320, 180))
        halves.fill(PictureArea(x: 0, y: 0, width: 160, height: 180), Meeting.color(1))
        halves.fill(PictureArea(x: 160, y: 0, width: 160, height: 180), Meeting.color(2))
        var tiles = Meeting.tiles(others: 4)
        tiles[0].picture = SharedPicture(halves)
        tiles[1].picture = SharedPicture(halves)
        let picture = Scene().draw(tiles, SceneState(), on: Self.canvas)
        for place in SceneLayout.places(tiles, SceneState(), on: Self.canvas) {
            guard case .tile(let member) = place.content, member < 2 else { continue }
            let left = PictureArea(
                x: place.area.x + 20, y: place.area.y + 40, width: place.area.width / 2 - 40, height: 60)
            let wanted = Meeting.color(member == 0 ? 2 : 1)
            #expect(picture.meanColor(in: left).distance(to: wanted) <= 1, "member \(member)")
        }
    }

    @Test("a shared screen fills most of the window")
    func share() {
        let tiles = Meeting.tiles(others: 4) + [Meeting.screen(.white)]
        let picture = Scene().draw(tiles, SceneState(), on: Self.canvas)
        #expect(picture.meanColor(in: PictureArea(x: 100, y: 120, width: 800, height: 420)) == .white)
    }

    @Test("nothing is drawn while nothing changes, and little when one picture does")
    func cheap() {
        let scene = Scene()
        var tiles = Meeting.tiles(others: 15)
        let stamp = scene.draw(tiles, SceneState(), on: Self.canvas).stamp
        #expect(scene.draw(tiles, SceneState(), on: Self.canvas).stamp == stamp)
        tiles[3].picture = Meeting.solid(.white)
        let changed = scene.draw(tiles, SceneState(), on: Self.canvas)
        #expect(changed.stamp != stamp)
        #expect(scene.draw(tiles, SceneState(), on: Self.canvas).stamp == changed.stamp)
    }

    @Test("muted, held and messages are said above the pictures; help covers the middle")
    func words() {
        let scene = Scene()
        var tiles = Meeting.tiles(others: 0)
        tiles[0].picture = Meeting.solid(.white)
        let line = PictureArea(x: 600, y: 24, width: 80, height: 36)
        func seen(_ area: PictureArea, _ state: SceneState = SceneState()) -> PictureColor {
            scene.draw(tiles, state, on: Self.canvas).meanColor(in: area)
        }
        #expect(seen(line).distance(to: .white) <= 1)
        tiles[0].isMuted = true
        let muted = seen(line)
        #expect(muted.distance(to: .white) > 10)
        tiles[0].isHeld = true
        #expect(seen(line) != muted)
        tiles[0].isMuted = false
        tiles[0].isHeld = false
        var state = SceneState()
        state.message = "camera lost: it was unplugged"
        #expect(seen(line, state).distance(to: .white) > 10)
        state.message = nil
        state.showsHelp = true
        let middle = PictureArea(x: 560, y: 300, width: 160, height: 120)
        #expect(seen(middle, state).distance(to: .white) > 10)
        #expect(seen(middle).distance(to: .white) <= 1)
    }

    @Test("who talks has a border, and only who talks")
    func border() throws {
        let scene = Scene()
        var tiles = Meeting.tiles(others: 4)
        let places = SceneLayout.places(tiles, SceneState(), on: Self.canvas)
        func edge(_ member: Int, of picture: PictureFrame) throws -> PictureColor {
            let place = try #require(places.first { $0.content == .tile(member) }).area
            return picture.meanColor(
                in: PictureArea(x: place.x, y: place.y + place.height / 3, width: 8, height: place.height / 3))
        }
        let quiet = scene.draw(tiles, SceneState(), on: Self.canvas)
        let before = (try edge(2, of: quiet), try edge(3, of: quiet))
        tiles[2].isTalking = true
        let talking = scene.draw(tiles, SceneState(), on: Self.canvas)
        #expect(try edge(2, of: talking).distance(to: before.0) > 10)
        #expect(try edge(3, of: talking).distance(to: before.1) <= 1)
        tiles[2].isTalking = false
        #expect(try edge(2, of: scene.draw(tiles, SceneState(), on: Self.canvas)).distance(to: before.0) <= 1)
    }

    @Test("who has no picture has a card with its name, and a picture that went leaves nothing")
    func card() throws {
        let scene = Scene()
        var tiles = Meeting.tiles(others: 4)
        _ = scene.draw(tiles, SceneState(), on: Self.canvas)
        tiles[2].picture = nil
        tiles[2].absence = "camera off"
        let picture = scene.draw(tiles, SceneState(), on: Self.canvas)
        let place = try #require(
            SceneLayout.places(tiles, SceneState(), on: Self.canvas).first { $0.content == .tile(2) })
        let corner = PictureArea(x: place.area.x + 20, y: place.area.y + 20, width: 60, height: 20)
        let blank = picture.meanColor(in: corner)
        #expect(blank.distance(to: Meeting.color(2)) > 20 && blank.luma < 80)
        // The initials' disc.
        let disc = PictureArea(
            x: place.area.x + place.area.width / 2 - 8, y: place.area.y + place.area.height * 2 / 5 - 8, width: 16,
            height: 16)
        #expect(Int(picture.meanColor(in: disc).luma) > Int(blank.luma) + 20)
    }

    @Test("windows of all sizes, one after the other")
    func sizes() {
        let scene = Scene()
        var state = SceneState()
        state.showsHelp = true
        state.message = String(repeating: "long ", count: 60)
        for size in [PictureSize(2, 2), PictureSize(300, 200), PictureSize(700, 1100), PictureSize(1920, 1200)] {
            for people in [1, 2, 7, 60] {
                let picture = scene.draw(Meeting.tiles(others: people - 1), state, on: size)
                #expect(picture.size == size)
            }
        }
    }
}
