// SPDX-License-Identifier: GPL-3.0-or-later

import Testing
import UserAgent

@testable import confab

@Suite("keys for moderators") struct ModeratorKeysTests {
    private static let ann = Roster.Member(name: "Ann", uri: "sip:ann@h", sourceID: 1)
    private static let bob = Roster.Member(name: "Bob", uri: "sip:bob@h", sourceID: 2)
    private static let me = Roster.Member(name: "Me", uri: "sip:me@h", sourceID: 3, isSelf: true)

    private func keys(_ members: [Roster.Member] = [ann, me, bob]) -> ModeratorKeys {
        var keys = ModeratorKeys()
        keys.take(Roster(conference: "sip:demo@h", members: members))
        return keys
    }

    @Test("the mark goes round the others, and never stands on oneself")
    func marks() {
        var keys = keys()
        #expect(keys.marked == nil)
        for wanted in [Self.ann, Self.bob, Self.ann] {
            #expect(keys.press(ModeratorKeys.down) == [])
            #expect(keys.marked == wanted.tileID)
        }
        #expect(keys.press(ModeratorKeys.up) == [])
        #expect(keys.marked == Self.bob.tileID)
        #expect(keys.press(ModeratorKeys.next) == [])
        #expect(keys.marked == Self.ann.tileID)
        #expect(keys.press(ModeratorKeys.escape) == [])
        #expect(keys.marked == nil)
        #expect(keys.press(ModeratorKeys.up) == [])
        #expect(keys.marked == Self.bob.tileID)
    }

    @Test("a click marks who is seen there, and nobody where nobody is")
    func clicks() {
        var keys = keys()
        keys.mark(tile: Self.bob.tileID)
        #expect(keys.press("d") == [.say("/lower sip:bob@h")])
        for tile in [Self.me.tileID, 0, 4711] {
            keys.mark(tile: Self.bob.tileID)
            keys.mark(tile: tile)
            #expect(keys.marked == nil)
        }
    }

    @Test("what is done to who is marked")
    func member() {
        var keys = keys()
        keys.mark(tile: Self.ann.tileID)
        #expect(keys.press("u") == [.say("/mute sip:ann@h")])
        var muted = Self.ann
        muted.isMuted = true
        keys.take(Roster(conference: "sip:demo@h", members: [muted, Self.me, Self.bob]))
        #expect(keys.press("u") == [.say("/unmute sip:ann@h")])
        #expect(keys.press("d") == [.say("/lower sip:ann@h")])
        for (key, word) in [("m", "moderator"), ("p", "presenter"), ("a", "attendee")] as [(Character, String)] {
            #expect(keys.press("g") == [])
            #expect(keys.question?.contains("Ann") == true)
            #expect(keys.press(key) == [.say("/\(word) sip:ann@h")])
            #expect(keys.question == nil)
        }
    }

    @Test("nobody is sent out without a yes", arguments: ["n", "k", "q", "\u{1B}", "Y", "↓"] as [Character])
    func kick(other: Character) {
        var keys = keys()
        keys.mark(tile: Self.bob.tileID)
        #expect(keys.press("k") == [])
        #expect(keys.question == "kick Bob? y/n")
        // The key is the answer and nothing else.
        #expect(keys.press(other) == [.note("Bob stays as it is")])
        #expect(keys.question == nil)
        #expect(keys.press("y") == nil)
        #expect(keys.press("k") == [])
        #expect(keys.press("y") == [.say("/kick sip:bob@h")])
    }

    @Test("who leaves takes mark and question along: a yes is for nobody else")
    func leaving() {
        var keys = keys()
        keys.mark(tile: Self.bob.tileID)
        #expect(keys.press("k") == [])
        keys.take(Roster(conference: "sip:demo@h", members: [Self.ann, Self.me]))
        #expect(keys.question == nil && keys.marked == nil)
        #expect(keys.press("y") == nil)
    }

    @Test("what is done to the conference needs no mark, and goes to and fro")
    func conference() {
        var keys = keys()
        #expect(keys.press("a") == [.say("/muteall")])
        #expect(keys.press("l") == [.say("/lock")])
        #expect(keys.press("l") == [.say("/unlock")])
        #expect(keys.press("e") == [.say("/record start")])
        #expect(keys.press("e") == [.say("/record stop")])
        var roster = Roster(conference: "sip:demo@h", isLocked: true, members: [Self.me])
        roster.isRecorded = true
        keys.take(roster)
        #expect(keys.press("l") == [.say("/unlock")])
        #expect(keys.press("e") == [.say("/record stop")])
    }

    @Test("what was refused, and so never said by the roster, is asked for again")
    func refused() {
        var keys = keys()
        let now = ContinuousClock.now
        #expect(keys.press("l", now: now) == [.say("/lock")])
        // A roster about something else.
        keys.take(Roster(conference: "sip:demo@h", members: [Self.me, Self.bob]))
        #expect(keys.press("l", now: now + .seconds(1)) == [.say("/unlock")])
        #expect(keys.press("e", now: now) == [.say("/record start")])
        for key in ["l", "e"] as [Character] {
            #expect(keys.press(key, now: now + .seconds(9)) == [.say(key == "l" ? "/lock" : "/record start")])
        }
    }

    @Test("without a mark, others or a conference a key says so")
    func nothing() {
        var alone = keys([Self.me])
        for key in ["↓", "u", "k", "g", "d"] as [Character] {
            guard case .note? = alone.press(key)?.first else {
                Issue.record("\(key) says nothing")
                return
            }
        }
        #expect(alone.question == nil)
        var ordinary = ModeratorKeys()
        for key in ["a", "l", "e", "u"] as [Character] {
            #expect(ordinary.press(key) == [.note("That is for a conference, and this call is none")])
        }
    }

    @Test("keys of old are what they were", arguments: Array("mvcsrthfq?/0123456789*#"))
    func others(key: Character) {
        var keys = keys()
        keys.mark(tile: Self.bob.tileID)
        #expect(keys.press(key) == nil)
    }

    @Test(
        "a terminal's bytes",
        arguments: [
            ("\u{1B}[A", "↑"), ("\u{1B}[B", "↓"), ("\u{1B}OA\u{1B}OB", "↑↓"), ("\u{1B}", "\u{1B}"), ("m\tk", "m\tk"),
            ("\u{1B}[C", ""), ("\u{1B}[1;5Bu", "↓u"), ("\u{1B}[3~u", "u"), ("\u{1B}[", ""),
        ])
    func bytes(text: String, keys: String) {
        #expect(String(TerminalKeys.read(Array(text.utf8)[...])) == keys)
    }
}
