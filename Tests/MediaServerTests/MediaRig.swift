// SPDX-License-Identifier: GPL-3.0-or-later

import Audio
import Glibc
import MediaServer
import RTP
import SDP
import Synchronization
import TestSupport
import Testing

/// All that runs media threads over real sockets; one after the other, for each wants the machine's time to itself.
@Suite(.serialized, .timeLimit(.minutes(Condition.minutes(1)))) struct LiveMediaTests {}

/// A media server with test members at its legs, told by hand what offer and answer would have told.
final class MediaRig: Sendable {
    struct Leg: Sendable {
        let id: LegID
        let audio: MemberAudio
        /// Where the leg receives RTP.
        let address: SocketAddress
        let identity: LegIdentity
        let settings: LegSettings
    }

    private struct State {
        var ports: MediaPortRange
        var legs: [Leg] = []
        var next: UInt64 = 1
    }

    /// What the media threads reported; outlives the rig.
    private final class Reports: Sendable {
        let events = Mutex<[LegID: [LegEvent]]>([:])
    }

    let server: MediaServer
    private let reports = Reports()
    private let state: Mutex<State>

    init(workers: Int = 1, mediaTimeout: Int = 0) throws {
        guard let ports = MediaPortRange(30_000...32_767) else { throw ConditionNotMet(what: "ports", patience: .zero) }
        state = Mutex(State(ports: ports))
        let reports = reports
        server = try MediaServer(
            configuration: MediaServerConfiguration(workers: workers, mediaTimeout: mediaTimeout)
        ) { leg, event in reports.events.withLock { $0[leg, default: []].append(event) } }
    }

    func events(of leg: Leg) -> [LegEvent] { reports.events.withLock { $0[leg.id] ?? [] } }

    static var mixer: MixerConfiguration {
        var mixer = MixerConfiguration()
        mixer.chimes = false
        mixer.lonePattern = false
        return mixer
    }

    func openRoom(_ number: UInt64) {
        server.openRoom(MediaRoomID(number), Self.mixer)
    }

    /// A leg with a member at its other end that says a tone.
    func join(
        _ room: UInt64, _ tone: Double? = nil, _ codec: AudioCodec = .pcmu, records: Bool = true,
        edit: (inout NegotiatedAudio) -> Void = { _ in }
    ) throws -> Leg {
        let audio = try MemberAudio()
        audio.play(tone)
        let sockets = LegSockets(try state.withLock { try $0.ports.open(on: .loopback()) })
        let description: AudioCodecDescription
        let payloadType: UInt8
        switch codec {
        case .pcmu: (description, payloadType) = (.pcmu, 0)
        case .pcma: (description, payloadType) = (.pcma, 8)
        case .g722: (description, payloadType) = (.g722, 9)
        case .opus: (description, payloadType) = (.opus, 96)
        }
        var negotiated = NegotiatedAudio(
            codec: description, sendPayloadType: payloadType, receivePayloadTypes: [payloadType: description],
            remoteRTP: MediaAddress(host: "127.0.0.1", port: audio.port),
            remoteRTCP: MediaAddress(host: "127.0.0.1", port: audio.port + 1))
        negotiated.telephoneEvents = [101: description.clockRate]
        edit(&negotiated)
        let settings = try #require(LegSettings(negotiated, LegPreferences()))
        let identity = LegIdentity(ssrc: .random(in: 1 ... .max), sourceID: .random(in: 1 ... .max), cname: "leg")
        let leg = state.withLock { state in
            defer { state.next += 1 }
            let leg = Leg(
                id: LegID(state.next), audio: audio, address: sockets.localAddress, identity: identity,
                settings: settings)
            state.legs.append(leg)
            return leg
        }
        server.open(leg.id, in: MediaRoomID(room), sockets, as: identity, settings)
        audio.expect([payloadType: codec], records: records)
        audio.send(codec, as: payloadType, to: leg.address)
        return leg
    }

    func statistics(of leg: Leg) async throws -> LegStatistics {
        try #require(await server.statistics()[leg.id])
    }

    /// Lets go of the members at the other ends.
    func forgetAllBut(_ leg: Leg) {
        state.withLock { state in state.legs.removeAll { $0.id != leg.id } }
    }

    func stop() async {
        for leg in state.withLock({ $0.legs }) { leg.audio.close() }
        await server.shutDown()
    }

    /// Descriptors of this process.
    static func descriptorCount() -> Int {
        guard let directory = opendir("/proc/self/fd") else { return -1 }
        defer { closedir(directory) }
        var count = 0
        while readdir(directory) != nil { count += 1 }
        return count
    }
}

func withMedia(
    workers: Int = 1, mediaTimeout: Int = 0, _ body: (MediaRig) async throws -> Void
) async throws {
    let rig = try MediaRig(workers: workers, mediaTimeout: mediaTimeout)
    do {
        try await body(rig)
    } catch {
        await rig.stop()
        throw error
    }
    await rig.stop()
}
