// SPDX-License-Identifier: GPL-3.0-or-later
import Yams

/// When a changed value takes effect on SIGHUP.
package enum ReloadEffect: String, Hashable, Sendable {
    case atOnce = "at once"
    case newCalls = "for new calls and rooms"
    case restart = "after a restart"
}

/// One key: its place in the file, its property, how its value is written, and when a change takes effect.
struct ConfigurationKey: Sendable {
    /// Sections and key, joined by dots: `audio.opus.bitrate`.
    let path: String
    /// Completes "expected …".
    let expected: String
    let reload: ReloadEffect
    let read: @Sendable (Node, inout FocusConfiguration) throws(Misfit) -> Void
    /// The value as it would be written.
    let text: @Sendable (FocusConfiguration) -> String
    /// Takes the value over from one configuration into another.
    let copy: @Sendable (FocusConfiguration, inout FocusConfiguration) -> Void

    init<Value>(
        _ path: String, _ property: any WritableKeyPath<FocusConfiguration, Value> & Sendable,
        _ form: ValueForm<Value>, _ reload: ReloadEffect
    ) {
        self.path = path
        self.reload = reload
        expected = form.expected
        read = { node, configuration throws(Misfit) in configuration[keyPath: property] = try form.read(node) }
        text = { form.write($0[keyPath: property]) }
        copy = { $1[keyPath: property] = $0[keyPath: property] }
    }
}

extension ConfigurationKey {
    /// Every key there is, in the order of `Conf/confabd.yaml`.
    static let all: [ConfigurationKey] = [
        ConfigurationKey("sip.listen", \.sip.listen, .list(of: .listen, atLeast: 1), .restart),
        ConfigurationKey("sip.domains", \.sip.domains, .list(of: .host), .atOnce),
        ConfigurationKey("sip.advertised", \.sip.advertised, .optional(.host, "auto"), .restart),
        ConfigurationKey("sip.user-agent", \.sip.userAgent, .text("a product name such as Confab"), .restart),
        ConfigurationKey(
            "sip.session-expires", \.sip.sessionExpires, .duration(.seconds(90) ... .seconds(86_400)), .restart),
        ConfigurationKey("sip.session-min", \.sip.sessionMin, .duration(.seconds(90) ... .seconds(86_400)), .restart),
        ConfigurationKey("sip.timers.t1", \.sip.timerT1, .duration(.milliseconds(10) ... .seconds(10)), .restart),
        ConfigurationKey("sip.timers.t2", \.sip.timerT2, .duration(.milliseconds(10) ... .seconds(60)), .restart),
        ConfigurationKey("sip.timers.t4", \.sip.timerT4, .duration(.milliseconds(10) ... .seconds(60)), .restart),
        ConfigurationKey("sip.max-transactions", \.sip.maxTransactions, .number(100...10_000_000), .restart),
        ConfigurationKey(
            "sip.max-calls-per-second", \.sip.maxCallsPerSecond, .number(1...1_000_000, "calls a second"), .atOnce),
        ConfigurationKey("media.bind", \.media.bind, .optional(.host, "auto"), .restart),
        ConfigurationKey("media.advertised", \.media.advertised, .optional(.host, "auto"), .newCalls),
        ConfigurationKey("media.rtp-ports", \.media.rtpPorts, .ports, .restart),
        ConfigurationKey(
            "media.rtp-timeout", \.media.rtpTimeout, .optional(.duration(.seconds(1) ... .seconds(86_400)), "never"),
            .restart),
        ConfigurationKey("media.dscp", \.media.dscp, .number(0...63), .newCalls),
        ConfigurationKey("media.rtcp", \.media.rtcp, .flag, .newCalls),
        ConfigurationKey("audio.codecs", \.audio.codecs, .list(of: .choice, atLeast: 1), .newCalls),
        ConfigurationKey("audio.opus.bitrate", \.audio.opusBitrate, .number(6000...128_000, "bit/s"), .newCalls),
        ConfigurationKey("audio.opus.fec", \.audio.opusFEC, .flag, .newCalls),
        ConfigurationKey("audio.opus.dtx", \.audio.opusDTX, .flag, .newCalls),
        ConfigurationKey("audio.opus.complexity", \.audio.opusComplexity, .number(0...10), .newCalls),
        ConfigurationKey("audio.max-talkers", \.audio.maxTalkers, .number(1...32), .newCalls),
        ConfigurationKey("audio.chimes", \.audio.chimes, .flag, .newCalls),
        ConfigurationKey("audio.lone-member-music", \.audio.loneMemberMusic, .flag, .newCalls),
        ConfigurationKey("audio.inband-dtmf", \.audio.keyTones, .flag, .newCalls),
        ConfigurationKey(
            "audio.jitter-max", \.audio.jitterMax, .duration(.milliseconds(20) ... .seconds(2)), .restart),
        ConfigurationKey("video.enabled", \.video.enabled, .flag, .newCalls),
        ConfigurationKey("video.mode", \.video.mode, .choice, .atOnce),
        ConfigurationKey("video.codecs", \.video.codecs, .list(of: .choice, atLeast: 1), .newCalls),
        ConfigurationKey(
            "video.max-bitrate", \.video.maxBitrate, .optional(.number(64_000...50_000_000, "bit/s"), "none"),
            .newCalls),
        ConfigurationKey("video.dscp", \.video.dscp, .number(0...63), .newCalls),
        ConfigurationKey("video.grid-rate", \.video.gridRate, .number(5...30, "pictures a second"), .restart),
        ConfigurationKey("video.grid-size", \.video.gridSize, .choice, .restart),
        ConfigurationKey("conference.adhoc", \.conference.adhoc, .flag, .atOnce),
        ConfigurationKey("conference.factory", \.conference.factory, .text("the user part of a SIP URI"), .atOnce),
        ConfigurationKey("conference.max-members", \.conference.maxMembers, .number(1...100_000), .atOnce),
        ConfigurationKey("conference.roster-talking", \.conference.rosterTalking, .number(0...100_000), .atOnce),
        ConfigurationKey("conference.max-members-total", \.conference.maxMembersTotal, .number(1...1_000_000), .atOnce),
        ConfigurationKey("conference.max-rooms", \.conference.maxRooms, .number(1...1_000_000), .atOnce),
        ConfigurationKey("conference.end-with-creator", \.conference.endWithCreator, .flag, .atOnce),
        ConfigurationKey(
            "conference.cancelled-expiry", \.conference.cancelledExpiry,
            .optional(.duration(.seconds(1) ... .seconds(31_536_000)), "never"), .atOnce),
        ConfigurationKey("conference.dial-out", \.conference.dialOut, .choice, .atOnce),
        ConfigurationKey("conference.rooms", \.conference.rooms, .rooms, .atOnce),
        ConfigurationKey("auth.mode", \.auth.mode, .choice, .atOnce),
        ConfigurationKey("auth.algorithms", \.auth.algorithms, .list(of: .choice, atLeast: 1), .restart),
        ConfigurationKey("auth.realm", \.auth.realm, .text("a name such as that of the domain"), .restart),
        ConfigurationKey("auth.trusted", \.auth.trusted, .list(of: .addresses), .atOnce),
        ConfigurationKey("chat.enabled", \.chat.enabled, .flag, .restart),
        ConfigurationKey("chat.history", \.chat.history, .number(0...100, "messages"), .atOnce),
        ConfigurationKey(
            "chat.keep", \.chat.keep, .optional(.duration(.seconds(60) ... .seconds(315_360_000)), "none"), .atOnce),
        ConfigurationKey("storage.file", \.storage.file, .optional(.text("the path of a file"), "none"), .restart),
        ConfigurationKey(
            "storage.keep-records", \.storage.keepRecords,
            .optional(.duration(.seconds(60) ... .seconds(315_360_000)), "forever"), .atOnce),
        ConfigurationKey(
            "prompts.language", \.prompts.language, .optional(.text("the name of a folder"), "none"), .restart),
        ConfigurationKey(
            "prompts.folder", \.prompts.folder, .optional(.text("the path of a folder"), "auto"), .restart),
        ConfigurationKey(
            "recording.folder", \.recording.folder, .optional(.text("the path of a folder"), "none"), .atOnce),
        ConfigurationKey("recording.kind", \.recording.kind, .choice, .atOnce),
        ConfigurationKey("recording.min-free", \.recording.minFree, .number(0...10_000_000, "MiB"), .atOnce),
        ConfigurationKey("files.listen", \.files.listen, .optional(.hostPort, "none"), .restart),
        ConfigurationKey("files.folder", \.files.folder, .optional(.text("the path of a folder"), "auto"), .restart),
        ConfigurationKey("files.max-size", \.files.maxSize, .number(1...10_000, "MiB"), .atOnce),
        ConfigurationKey(
            "files.certificate", \.files.certificate, .optional(.text("the path of a PEM file"), "none"), .restart),
        ConfigurationKey("files.key", \.files.key, .optional(.text("the path of a PEM file"), "none"), .restart),
        ConfigurationKey(
            "files.public-url", \.files.publicURL, .optional(.text("such as https://conf.example:8443"), "auto"),
            .restart),
        ConfigurationKey(
            "operator.socket", \.operator.socket, .optional(.text("the path of a socket file"), "auto"), .restart),
        ConfigurationKey("operator.mode", \.operator.mode, .fileMode, .restart),
        ConfigurationKey("operator.group", \.operator.group, .optional(.text("the name of a group"), "none"), .restart),
        ConfigurationKey("operator.metrics-listen", \.operator.metricsListen, .optional(.hostPort, "none"), .restart),
        ConfigurationKey("log.level", \.log.level, .choice, .atOnce),
        ConfigurationKey("log.format", \.log.format, .choice, .restart),
        ConfigurationKey("drain", \.drain, .duration(.seconds(0) ... .seconds(3600)), .atOnce),
        ConfigurationKey("workers", \.workers, .optional(.number(1...256, "threads"), "auto"), .restart),
    ]
}
