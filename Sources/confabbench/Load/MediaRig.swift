// SPDX-License-Identifier: GPL-3.0-or-later
import Audio
import MediaServer
import RTP
import SDP

/// The focus's media server within this process, with one room whose legs the load talks to: no SIP.
struct MediaRig {
    let server: MediaServer
    let crew: [LoadMember]

    init(members: Int, talking: Int, codec: AudioCodec, levels: Bool) throws {
        server = try Cores.startingOnMeasured { try MediaServer(configuration: MediaServerConfiguration()) { _, _ in } }
        crew = try Crew().members(members, talking: talking, codec: codec)
        let room = MediaRoomID(1)
        var mixer = MixerConfiguration()
        mixer.chimes = false
        mixer.lonePattern = false
        mixer.maximumTalkers = 4
        server.openRoom(room, mixer)
        for (index, member) in crew.enumerated() {
            try open(member, UInt64(index + 1), in: room, codec: codec, levels: levels)
        }
    }

    private func open(_ member: LoadMember, _ number: UInt64, in room: MediaRoomID, codec: AudioCodec, levels: Bool)
        throws
    {
        let port = UInt16(18_000 + 2 * number)
        let pair = try MediaSocketPair(host: .loopback(), port: port)
        let sockets = LegSockets(pair)
        let description: AudioCodecDescription =
            switch codec {
            case .opus: .opus
            case .g722: .g722
            case .pcmu: .pcmu
            case .pcma: .pcma
            }
        let place = MediaAddress(host: "127.0.0.1", port: Int(member.socket.localAddress.port))
        var audio = NegotiatedAudio(
            codec: description, sendPayloadType: member.payloadType,
            receivePayloadTypes: [member.payloadType: description], remoteRTP: place, remoteRTCP: place)
        audio.rtcpMux = true
        audio.mixerToClientLevel = NegotiatedExtension(id: BenchOffer.mixLevelID, direction: .sendonly)
        if levels {
            member.levelID = BenchOffer.levelID
            audio.clientToMixerLevel = NegotiatedExtension(id: BenchOffer.levelID, direction: .recvonly)
        }
        guard let settings = LegSettings(audio, LegPreferences()) else { throw BenchError("no settings for a leg") }
        let identity = LegIdentity(
            ssrc: .random(in: 1 ... .max), sourceID: .random(in: 1 ... .max), cname: "bench\(number)")
        server.open(LegID(number), in: room, sockets, as: identity, settings)
        member.destination = sockets.localAddress
    }
}
