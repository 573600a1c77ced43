// SPDX-License-Identifier: GPL-3.0-or-later
import Conference
import FoundationEssentials
import Testing

@testable import Focus

@Suite struct FocusConfigurationTests {
    private func errors(_ yaml: String) -> [String] {
        do {
            _ = try FocusConfiguration(yaml: yaml, file: "f.yaml")
            return []
        } catch {
            return error.problems.map(\.description)
        }
    }

    /// `Conf/confabd.yaml` beside the sources.
    private static let shipped: String = {
        var path = #filePath.split(separator: "/").map(String.init)
        path.removeLast(4)
        return "/" + path.joined(separator: "/") + "/Conf/confabd.yaml"
    }()

    @Test func shippedFileHoldsEveryKeyWithItsDefault() throws {
        let configuration = try FocusConfiguration(file: Self.shipped)
        #expect(configuration == FocusConfiguration())

        let text = try String(contentsOfFile: Self.shipped, encoding: .utf8)
        #expect(try keys(of: text) == Set(FocusConfiguration.keys))
    }

    @Test func everyKeyOfTheShippedFileIsDocumented() throws {
        let lines = try String(contentsOfFile: Self.shipped, encoding: .utf8).split(separator: "\n")
        var lastWasComment = false
        for line in lines {
            let bare = line.drop { $0 == " " }
            defer { lastWasComment = bare.hasPrefix("#") }
            let isTimer = ["t1:", "t2:", "t4:"].contains { bare.hasPrefix($0) }
            guard !bare.hasPrefix("#"), !bare.hasPrefix("- "), !isTimer,
                !bare.hasSuffix(":") || bare.hasPrefix("listen")
            else { continue }
            #expect(lastWasComment, "no comment above: \(line)")
        }
    }

    @Test func everyKeyOfARoomStandsInTheShippedFile() throws {
        let text = try String(contentsOfFile: Self.shipped, encoding: .utf8)
        let shown = text.split(separator: "\n").map { $0.drop { " #-".contains($0) }.prefix { $0 != ":" } }
        for key in RoomForm.keys { #expect(shown.contains(key[...]), "\(key)") }
    }

    @Test func aWrongKeyOfARoomIsNamedWithWhatWasMeant() {
        let told = errors("conference:\n  rooms:\n    - name: board\n      pni: \"4711\"\n")
        #expect(told.count == 1 && told[0].hasPrefix("f.yaml:4:7: conference.rooms: expected"), "\(told)")
        #expect(told.first?.contains("found the key pni (did you mean pin?)") == true, "\(told)")
        #expect(
            errors("conference:\n  rooms:\n    - name: board\n      colour: red\n").first?.contains("record-as") == true
        )
    }

    /// The keys that stand in a file, by its indentation.
    private func keys(of text: String) throws -> Set<String> {
        var sections: [(indent: Int, name: String)] = []
        var keys: Set<String> = []
        for line in text.split(separator: "\n") {
            let indent = line.prefix { $0 == " " }.count
            let bare = line.dropFirst(indent)
            guard !bare.hasPrefix("#"), !bare.hasPrefix("-"), let colon = bare.firstIndex(of: ":") else { continue }
            sections.removeAll { $0.indent >= indent }
            let name = (sections.map(\.name) + [String(bare[..<colon])]).joined(separator: ".")
            if bare.last == ":", name != "sip.listen" {
                sections.append((indent, String(bare[..<colon])))
            } else {
                keys.insert(name)
            }
        }
        return keys
    }

    @Test func emptyFileAndEmptySectionsMeanDefaults() throws {
        #expect(try FocusConfiguration(yaml: "", file: "f") == FocusConfiguration())
        #expect(try FocusConfiguration(yaml: "sip:\naudio:\n", file: "f") == FocusConfiguration())
    }

    @Test func everyKindOfValueIsRead() throws {
        let configuration = try FocusConfiguration(
            yaml: """
                sip:
                  listen: ["udp:192.0.2.1:5070", "tcp:[2001:db8::1]:5060"]
                  domains: [conf.example.org, 192.0.2.1, "[2001:db8::1]"]
                  advertised: conf.example.org
                  session-expires: 10m
                  timers: {t1: 200ms}
                media:
                  rtp-ports: 40000-49999
                  rtp-timeout: never
                audio:
                  codecs: [pcma, opus]
                  opus: {fec: false}
                conference:
                  cancelled-expiry: 1d
                operator:
                  socket: /tmp/x.sock
                  mode: 0600
                  group: confab
                  metrics-listen: "[::1]:9090"
                log: {level: debug, format: json}
                drain: 0s
                workers: 3
                """, file: "f")
        #expect(configuration.sip.listen.map(\.description) == ["udp:192.0.2.1:5070", "tcp:[2001:db8::1]:5060"])
        #expect(configuration.sip.domains == ["conf.example.org", "192.0.2.1", "2001:db8::1"])
        #expect(configuration.sip.advertised == "conf.example.org")
        #expect(configuration.sip.sessionExpires == .seconds(600))
        #expect(configuration.sip.timerT1 == .milliseconds(200))
        #expect(configuration.media.rtpPorts == PortRange(lower: 40000, upper: 49999))
        #expect(configuration.media.rtpTimeout == nil)
        #expect(configuration.audio.codecs == [.pcma, .opus])
        #expect(!configuration.audio.opusFEC)
        #expect(configuration.conference.cancelledExpiry == .seconds(86_400))
        #expect(configuration.operator.mode == 0o600)
        #expect(configuration.operator.group == "confab")
        #expect(configuration.operator.metricsListen == HostPort(host: "::1", port: 9090))
        #expect(configuration.log.level == .debug)
        #expect(configuration.drain == .zero)
        #expect(configuration.workers == 3)
        let policy = configuration.conferencePolicy
        #expect(policy.domains == ["conf.example.org", "192.0.2.1", "2001:db8::1"])
        #expect(policy.cancelledNameExpiry == .seconds(86_400))
        #expect(policy.room.chimes)
    }

    @Test(arguments: [
        ("adio:\n", "f.yaml:1:1: unknown key adio, did you mean audio?"),
        ("sip:\n  domain: []\n", "f.yaml:2:3: unknown key sip.domain, did you mean domains?"),
        ("media:\n  rtp_ports: 1-2\n", "f.yaml:2:3: unknown key media.rtp_ports, did you mean rtp-ports?"),
        ("sip:\n  dscp: 46\n", "f.yaml:2:3: unknown key sip.dscp, did you mean media.dscp?"),
        ("log:\n  colour: red\n", "f.yaml:2:3: unknown key log.colour; known here: format, level"),
        ("media:\n  dscp: 64\n", "f.yaml:2:9: media.dscp: expected a whole number from 0 to 63, found \"64\""),
        ("media:\n  dscp: high\n", "f.yaml:2:9: media.dscp: expected a whole number from 0 to 63, found \"high\""),
        ("media:\n  rtcp: yes\n", "f.yaml:2:9: media.rtcp: expected true or false, found \"yes\""),
        (
            "media:\n  rtp-timeout: 30\n",
            "f.yaml:2:16: media.rtp-timeout: expected a duration with its unit (ms, s, m, h, d) from 1s to 1d, or never, found \"30\""
        ),
        (
            "media:\n  rtp-ports: 9000-8000\n",
            "f.yaml:2:14: media.rtp-ports: expected a range of ports from 1024 to 65535 such as 16384-32767, found \"9000-8000\""
        ),
        (
            "audio:\n  codecs:\n    - opus\n    - gsm\n",
            "f.yaml:4:7: audio.codecs: expected a list, each entry one of opus, g722, pcmu, pcma; at least 1, found \"gsm\" in the list"
        ),
        (
            "audio:\n  codecs: [opus, opus]\n",
            "f.yaml:2:18: audio.codecs: expected a list, each entry one of opus, g722, pcmu, pcma; at least 1, found \"opus\" in the list"
        ),
        (
            "audio:\n  codecs: []\n",
            "f.yaml:2:11: audio.codecs: expected a list, each entry one of opus, g722, pcmu, pcma; at least 1, found an empty list"
        ),
        ("audio: loud\n", "f.yaml:1:8: audio: expected a section (lines of `key: value`), found \"loud\""),
        ("- a\n", "f.yaml:1:1: the file: expected a section (lines of `key: value`), found a list"),
        (
            "log:\n  level: {a: b}\n",
            "f.yaml:2:10: log.level: expected one of trace, debug, info, notice, warning, error, critical, found a section"
        ),
        (
            "operator:\n  mode: 0999\n",
            "f.yaml:2:9: operator.mode: expected permissions in octal such as 0660, found \"0999\""
        ),
        (
            "sip:\n  listen: [\"sctp:0.0.0.0:5060\"]\n",
            "f.yaml:2:12: sip.listen: expected a list, each entry a transport, address and port such as udp:0.0.0.0:5060 or tcp:[::]:5060; at least 1, found \"sctp:0.0.0.0:5060\" in the list"
        ),
        (
            "sip:\n  session-expires: 2m\n  session-min: 3m\n",
            "f.yaml:3:16: sip.session-min: expected at most sip.session-expires, which is 2m"
        ),
        ("operator:\n  socket: here\n", "f.yaml:2:11: operator.socket: expected an absolute path of 90 bytes at most"),
        (
            "workers:\n",
            "f.yaml:1:9: workers: expected a whole number from 1 to 256 (threads), or auto, found nothing"
        ),
    ]) func mistakesAreNamedWithPlaceAndRemedy(_ yaml: String, _ message: String) {
        #expect(errors(yaml) == [message])
    }

    @Test func allMistakesAreToldAtOnce() {
        let told = errors("sip:\n  domain: []\nmedia:\n  dscp: 99\nlog:\n  level: loud\n")
        #expect(told.count == 3)
        #expect(told.map { $0.prefix(9) } == ["f.yaml:2:", "f.yaml:4:", "f.yaml:6:"])
    }

    @Test(arguments: ["sip: [", "sip:\n\tlisten: []\n", "a: b: c\n", "sip: {}\n---\nlog: {}\n"])
    func brokenYAMLIsNamedWithItsPlace(_ yaml: String) throws {
        let told = errors(yaml)
        #expect(told.count == 1)
        #expect(try #require(told.first).contains(#/^f\.yaml:\d+:\d+: is not YAML: /#))
    }

    @Test func doubledKeysAreRefused() throws {
        let told = errors("drain: 1s\ndrain: 2s\n")
        #expect(told.count == 1)
        #expect(try #require(told.first).contains("expected each key once, found several of drain"))
    }

    @Test func missingFileIsNamed() {
        #expect { try FocusConfiguration(file: "/nonexistent/confabd.yaml") } throws: { error in
            "\(error)".hasPrefix("/nonexistent/confabd.yaml: cannot be read")
        }
    }

    @Test func reloadTellsWhatTakesEffectAndWhatNeedsARestart() throws {
        let old = FocusConfiguration()
        let new = try FocusConfiguration(
            yaml: "log: {level: debug}\nworkers: 2\naudio: {codecs: [pcmu]}\nconference: {adhoc: false}\n", file: "f")
        let changes = old.changes(to: new)
        #expect(
            changes.all.map(\.description) == [
                "audio.codecs: [opus, g722, pcmu, pcma] -> [pcmu] (for new calls and rooms)",
                "conference.adhoc: true -> false (at once)", "log.level: info -> debug (at once)",
                "workers: auto -> 2 (after a restart)",
            ])
        #expect(old.changes(to: old).isEmpty)

        let running = old.reloaded(with: new)
        #expect(running.workers == nil)
        #expect(running.audio.codecs == [.pcmu])
        #expect(running.changes(to: new).all.map(\.key) == ["workers"])
    }

    @Test func everyKeyWritesWhatItReads() throws {
        var yaml = ""
        for (key, value) in FocusConfiguration().values {
            let parts = key.split(separator: ".")
            yaml = parts.reversed().reduce(value) { "{\($1): \($0)}" }
            #expect(try FocusConfiguration(yaml: yaml, file: key) == FocusConfiguration(), "\(yaml)")
        }
    }
}
