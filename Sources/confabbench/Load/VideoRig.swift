// SPDX-License-Identifier: GPL-3.0-or-later
import MediaServer
import RTP
import SDP

/// Video at the legs of a `MediaRig`: the first has the one camera, which all others see.
struct VideoRig {
    let members: [VideoMember]

    init(_ rig: MediaRig, bitrate: Int) throws {
        let script = VideoScript(bitrate: bitrate, cut: .equal, seed: 1)
        members = try rig.crew.indices.map { index in
            try VideoMember(sender: index == 0 ? 0 : nil, of: 1, script: index == 0 ? script : nil)
        }
        for (index, member) in members.enumerated() { try Self.open(member, UInt64(index + 1), at: rig.server) }
    }

    private static func open(_ member: VideoMember, _ number: UInt64, at server: MediaServer) throws {
        let sockets = LegSockets(try MediaSocketPair(host: .loopback(), port: UInt16(19_000 + 2 * number)))
        let place = MediaAddress(host: "127.0.0.1", port: Int(member.socket.localAddress.port))
        let format = VideoFormat(payloadType: VideoMember.payloadType, codec: .vp8)
        var video = NegotiatedVideo(
            format: format, receivePayloadTypes: [VideoMember.payloadType: .vp8], remoteRTP: place, remoteRTCP: place,
            direction: member.script == nil ? .sendonly : .sendrecv)
        video.rtcpMux = true
        video.feedback = [.negativeAcknowledgement, .pictureLoss]
        guard let settings = VideoLineSettings(video, bitrateLimit: nil, takesINFO: false, reports: true) else {
            throw BenchError("no settings for a video line")
        }
        let identity = VideoIdentity(
            ssrc: .random(in: 1 ... .max), retransmissionSSRC: .random(in: 1 ... .max),
            sourceID: .random(in: 1 ... .max), cname: "bench\(number)")
        member.destination = sockets.localAddress
        let line = VideoSetup.Line(.main, as: identity, over: 0, settings)
        server.setVideo(LegID(number), VideoSetup(lines: [line], sockets: [0: sockets]))
    }
}
