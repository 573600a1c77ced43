// SPDX-License-Identifier: GPL-3.0-or-later
import Audio
import Conference
import MediaServer
import RTP
import SDP
import SIP

// What the configuration means to the floors below.
extension FocusConfiguration {
    /// Host names are resolved here, once, at the start.
    func bindings() async throws(SIPResolutionError) -> [SIPBinding] {
        var bindings: [SIPBinding] = []
        for address in sip.listen {
            guard let found = try await SIPResolver().resolve(address.host, port: address.port).first else { continue }
            bindings.append(SIPBinding(address.transport == .udp ? .udp : .tcp, found))
        }
        return bindings
    }

    /// Our name in Warning headers (RFC 3261 §20.43): a host, or a pseudonym.
    var warningAgent: String { sip.domains.first ?? sip.advertised ?? "confab" }

    var signalling: SIPCoreConfiguration {
        var core = SIPCoreConfiguration(productName: sip.userAgent)
        core.allow.append(.register)
        if !chat.enabled { core.allow.removeAll { $0 == .message } }
        core.accept = ["application/sdp", "text/plain", CPIMMessage.contentType, ResourceList.contentType]
        core.allowEvents = [Focus.eventPackage, "refer"]
        core.listensBy = Set(sip.listen.map { $0.transport == .udp ? .udp : .tcp })
        core.supported += ["path", "norefersub", ResourceList.option, Focus.multipleOption, Focus.replacesOption]
        core.transactionLimits.maximumLive = sip.maxTransactions
        let minimum = Int(sip.sessionMin.components.seconds)
        // A file cannot name less than 90 s (`ConfigurationKey`); a test can, to see a session expire in its time.
        core.sessionTimer = SessionTimerSettings(
            interval: Int(sip.sessionExpires.components.seconds), minimumInterval: minimum, floor: min(90, minimum))
        core.timers.t1 = sip.timerT1
        core.timers.t2 = sip.timerT2
        core.timers.t4 = sip.timerT4
        if let advertised = sip.advertised {
            core.advertisedAddress = { flow in SIPAddress(host: advertised, port: flow.local.port) }
        }
        return core
    }

    var mediaServer: MediaServerConfiguration {
        var server = MediaServerConfiguration(
            workers: workers ?? ProcessorCount.current, mediaTimeout: media.rtpTimeout.map(\.milliseconds) ?? 0,
            maximumDelay: audio.jitterMax.milliseconds)
        (server.grid.rate, server.grid.size) = (video.gridRate, video.gridSize)
        return server
    }

    var mixer: MixerConfiguration {
        var mixer = MixerConfiguration()
        mixer.maximumTalkers = audio.maxTalkers
        // The room counts its members; a limit that a reload raises must not stop at the mixer.
        mixer.maximumMembers = 1 << 20
        mixer.chimes = audio.chimes
        mixer.lonePattern = audio.loneMemberMusic
        return mixer
    }

    var socketOptions: MediaSocketOptions {
        MediaSocketOptions(codePoint: UInt8(clamping: media.dscp))
    }

    var audioCapabilities: AudioCapabilities {
        var capabilities = AudioCapabilities.focus
        capabilities.codecs = audio.codecs.map { codec in
            switch codec {
            case .opus: .opus
            case .g722: .g722
            case .pcmu: .pcmu
            case .pcma: .pcma
            }
        }
        return capabilities
    }

    var videoSocketOptions: MediaSocketOptions {
        // What a turn brings of many cameras leaves at once.
        MediaSocketOptions(sendBuffer: 1_048_576, codePoint: UInt8(clamping: video.dscp))
    }

    /// What calls may have of video.
    /// - Parameter preferred: encoding name of the codec to take where the caller has it; nil for the order of the file.
    func videoPolicy(preferring preferred: String?) -> MediaPolicy.Video {
        guard video.enabled else { return .refuse }
        var capabilities = VideoCapabilities.focus
        let codecs = video.codecs.filter { $0.rawValue == preferred } + video.codecs.filter { $0.rawValue != preferred }
        capabilities.codecs = codecs.flatMap { codec -> [VideoCodecDescription] in
            switch codec {
            case .vp8: [.vp8]
            case .h264: [.h264, .h264SingleNALUnit]
            case .vp9: [.vp9]
            case .av1: [.av1]
            }
        }
        // Audio has sockets of its own, and a thread that looks at them from tick to tick.
        capabilities.bundlesAudio = false
        capabilities.bandwidthLimit = video.maxBitrate
        return .accept(capabilities)
    }

    var legPreferences: LegPreferences {
        LegPreferences(
            opusBitrate: audio.opusBitrate, complexity: audio.opusComplexity, redundancy: audio.opusFEC,
            discontinuous: audio.opusDTX,
            reports: media.rtcp, keyTones: audio.keyTones)
    }
}

extension PortRange {
    var mediaRange: MediaPortRange? {
        guard let first = UInt16(exactly: lower), let last = UInt16(exactly: upper) else { return nil }
        return MediaPortRange(first...last)
    }
}

extension Duration {
    var milliseconds: Int {
        Int(components.seconds) * 1000 + Int(components.attoseconds / 1_000_000_000_000_000)
    }

    var nanoseconds: Int64 {
        components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000
    }
}
