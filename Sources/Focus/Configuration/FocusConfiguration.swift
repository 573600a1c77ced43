// SPDX-License-Identifier: GPL-3.0-or-later
package import Conference
import Foundation
package import MediaServer

/// Everything that can be configured, with its defaults. `Conf/confabd.yaml` describes each key; `ConfigurationKey.all`
/// ties keys to the properties here.
package struct FocusConfiguration: Hashable, Sendable {
    package var sip = SIPSettings()
    package var media = MediaSettings()
    package var audio = AudioSettings()
    package var video = VideoSettings()
    package var conference = ConferenceSettings()
    package var auth = AuthSettings()
    package var chat = ChatSettings()
    package var storage = StorageSettings()
    package var recording = RecordingSettings()
    package var prompts = PromptsSettings()
    package var files = FilesSettings()
    package var `operator` = OperatorSettings()
    package var log = LogSettings()
    /// Longest time between SIGTERM and exit.
    package var drain: Duration = .seconds(10)
    /// Media worker threads; nil for one per core.
    package var workers: Int?

    package init() {}

    /// The rules that the rooms get.
    package var conferencePolicy: ConferencePolicy {
        ConferencePolicy(
            domains: sip.domains, adhoc: conference.adhoc, factoryUser: conference.factory,
            maxRooms: conference.maxRooms, maxMembers: conference.maxMembersTotal,
            cancelledNameExpiry: conference.cancelledExpiry,
            room: roomSettings)
    }

    private var roomSettings: RoomSettings {
        var settings = RoomSettings(
            maxMembers: conference.maxMembers, endsWithCreator: conference.endWithCreator, chimes: audio.chimes,
            loneMemberMusic: audio.loneMemberMusic, video: video.mode)
        settings.largestTalkingRoster = conference.rosterTalking
        return settings
    }
}

/// `sip:`
package struct SIPSettings: Hashable, Sendable {
    package var listen = [
        ListenAddress(transport: .udp, host: "0.0.0.0", port: 5060),
        ListenAddress(transport: .tcp, host: "0.0.0.0", port: 5060),
    ]
    /// Hosts that are ours; empty for any.
    package var domains: [String] = []
    /// Host in Contact and Via; nil for the address that a message leaves from.
    package var advertised: String?
    /// Value of the User-Agent and Server headers.
    package var userAgent = "Confab"
    package var sessionExpires: Duration = .seconds(1800)
    package var sessionMin: Duration = .seconds(90)
    package var timerT1: Duration = .milliseconds(500)
    package var timerT2: Duration = .seconds(4)
    package var timerT4: Duration = .seconds(5)
    /// Transactions alive at once; new requests beyond get 503.
    package var maxTransactions = 50_000
    /// New calls a second; more get 503.
    package var maxCallsPerSecond = 1000

    package init() {}
}

/// `media:`
package struct MediaSettings: Hashable, Sendable {
    /// Local address for RTP; nil for any.
    package var bind: String?
    /// Address in SDP; nil for the local address that the call came in on.
    package var advertised: String?
    package var rtpPorts = PortRange(lower: 16384, upper: 32767)
    /// Silence on the wire after which a member is gone; nil for never.
    package var rtpTimeout: Duration? = .seconds(30)
    /// DiffServ code point of RTP packets, 0 to 63.
    package var dscp = 46
    /// Whether sender and receiver reports are sent.
    package var rtcp = true

    package init() {}
}

/// `audio:`
package struct AudioSettings: Hashable, Sendable {
    /// Codecs by the names people use.
    package enum Codec: String, Hashable, Sendable, CaseIterable {
        case opus
        case g722
        case pcmu
        case pcma
    }

    /// In order of preference.
    package var codecs = Codec.allCases
    /// Bit/s.
    package var opusBitrate = 32_000
    package var opusFEC = true
    package var opusDTX = true
    /// 0 (cheapest) to 10.
    package var opusComplexity = 5
    /// Talkers mixed at once.
    package var maxTalkers = 4
    package var chimes = true
    package var loneMemberMusic = true
    /// Keys are listened for in the audio of telephones that send none otherwise.
    package var keyTones = false
    /// Longest delay that a jitter buffer may add.
    package var jitterMax: Duration = .milliseconds(200)

    package init() {}
}

/// `video:`
package struct VideoSettings: Hashable, Sendable {
    /// Codecs by the names people use.
    package enum Codec: String, Hashable, Sendable, CaseIterable {
        case vp8
        case h264
        /// Forwarded only: on a composed grid its members are cards, and they see no grid.
        case vp9
        case av1
    }

    package var enabled = true
    /// How cameras get to those who are to see them.
    package var mode = VideoMode.auto
    /// In order of preference.
    package var codecs = Codec.allCases
    /// What each camera may send, bit/s; nil for no limit.
    package var maxBitrate: Int? = 1_500_000
    /// DiffServ code point of RTP packets, 0 to 63.
    package var dscp = 34
    /// Composed pictures a second, 5 to 30.
    package var gridRate = GridConfiguration().rate
    /// Of the largest composed picture.
    package var gridSize = GridConfiguration().size

    package init() {}
}

/// `conference:`
package struct ConferenceSettings: Hashable, Sendable {
    package var adhoc = true
    /// User part of the conference factory.
    package var factory = "conference-factory"
    /// Members in one room.
    package var maxMembers = 1000
    /// The largest room whose roster says who talks.
    package var rosterTalking = 25
    /// Members in all rooms.
    package var maxMembersTotal = 5000
    package var maxRooms = 1000
    package var endWithCreator = false
    /// How long a cancelled name answers 410; nil for until it is created anew.
    package var cancelledExpiry: Duration?
    package enum DialOut: String, Hashable, Sendable, CaseIterable {
        case none
        /// Who is registered here.
        case registered
        case any
    }

    /// Whom moderators and operators may have called.
    package var dialOut = DialOut.registered
    /// Rooms that are arranged beforehand.
    package var rooms: [RoomDefinition] = []

    package init() {}
}

/// `auth:`
package struct AuthSettings: Hashable, Sendable {
    package enum Mode: String, Hashable, Sendable, CaseIterable {
        /// Everybody is who it says.
        case none
        /// Who has an account and a password.
        case users
    }

    package enum Algorithm: String, Hashable, Sendable, CaseIterable {
        case md5
        case sha256 = "sha-256"
    }

    package var mode = Mode.none
    /// In the order in which they are offered.
    package var algorithms = Algorithm.allCases
    /// What passwords are for; another one makes those that are kept useless.
    package var realm = "confab"
    /// Peers that need no password, and whose word for others counts.
    package var trusted: [AddressRange] = []

    package init() {}
}

/// `chat:`
package struct ChatSettings: Hashable, Sendable {
    package var enabled = true
    /// Messages that a newcomer gets to read.
    package var history = 10
    /// How long messages are kept in the database; nil for not at all.
    package var keep: Duration? = .seconds(30 * 86_400)

    package init() {}
}

/// `storage:`
package struct StorageSettings: Hashable, Sendable {
    /// Path of the database; nil for none.
    package var file: String?
    /// How long call records and audit lines are kept; nil for ever.
    package var keepRecords: Duration? = .seconds(365 * 86_400)

    package init() {}
}

/// `files:`
package struct FilesSettings: Hashable, Sendable {
    /// Where members' files are served; nil: nowhere.
    package var listen: HostPort?
    /// Where they are put; nil: in systemd's `StateDirectory`, else a folder of its own in that for temporary files.
    package var folder: String?
    /// MiB of one file.
    package var maxSize = 50
    /// PEM files; nil: HTTP, on loopback alone.
    package var certificate: String?
    package var key: String?
    /// What links begin with; nil: scheme, host and port of `listen`, and where that is a wildcard the host that members dial.
    package var publicURL: String?

    package init() {}
}

/// `prompts:`
package struct PromptsSettings: Hashable, Sendable {
    /// A folder of it holds the recordings; nil: callers hear notes.
    package var language: String? = "en"
    /// Where folders of languages are; nil: where `make` puts them.
    package var folder: String?

    package init() {}

    /// Beside the program that runs: where `make install` puts them, else where `make prompts` does.
    static var standardFolder: String {
        let program = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        let installed = program.appending(path: "../share/confab/prompts").standardized.path(percentEncoded: false)
        let isInstalled = FileManager.default.fileExists(atPath: installed)
        return isInstalled
            ? installed : program.appending(path: "../../prompts").standardized.path(percentEncoded: false)
    }
}

/// `recording:`
package struct RecordingSettings: Hashable, Sendable {
    /// Where recordings are written; nil: nothing is recorded.
    package var folder: String?
    /// What recordings consist of where nobody says.
    package var kind = RecordingKind.video
    /// What has to stay free on that disk, MiB.
    package var minFree = 500

    package init() {}
}

/// `operator:`
package struct OperatorSettings: Hashable, Sendable {
    /// Path of the operator socket; nil for the standard place.
    package var socket: String?
    /// Permissions of the socket file.
    package var mode: UInt32 = 0o660
    /// Group of the socket file; nil to leave it.
    package var group: String?
    /// Where `/metrics` is also served over TCP; nil for nowhere.
    package var metricsListen: HostPort?

    package init() {}
}

/// `log:`
package struct LogSettings: Hashable, Sendable {
    /// By the names of swift-log.
    package enum Level: String, Hashable, Sendable, CaseIterable {
        case trace
        case debug
        case info
        case notice
        case warning
        case error
        case critical
    }

    package enum Format: String, Hashable, Sendable, CaseIterable {
        case text
        case json
    }

    package var level = Level.info
    package var format = Format.text

    package init() {}
}
