// SPDX-License-Identifier: GPL-3.0-or-later

import Picture
import RTP
import SDP
import SIP
import TestSupport
import Testing

/// A caller with one video line of AV1: ffmpeg's pictures in, and what comes for ffmpeg to decode.
private final class AV1Caller {
    let call: WireCall
    let stream: AV1Stream
    let units: [[UInt8]]
    var seen = AV1Stream.Assembler()
    private let socket: MediaSocket
    private var remote: SocketAddress?
    private let ssrc = UInt32.random(in: 1 ... .max)
    private var sequence = UInt16.random(in: 0 ... .max)
    private var next = 0
    private var due = ContinuousClock.now

    init(_ name: String, _ color: String, to port: Int) async throws {
        call = try WireCall(name, to: port)
        stream = try AV1Stream()
        units = try await stream.encode(color)
        socket = try MediaSocket(binding: .loopback())
    }

    func dial(_ uri: String) async throws {
        let offer = """
            v=0
            o=- 1 1 IN IP4 127.0.0.1
            s=-
            c=IN IP4 127.0.0.1
            t=0 0
            m=audio 9 RTP/AVP 0
            a=sendrecv
            m=video \(socket.localAddress.port) RTP/AVP 45
            a=rtpmap:45 AV1/90000
            a=rtcp-mux

            """
        let answer = try await call.invite(uri, body: WireSocket.bytes(offer))
        try #require(answer.status == 200)
        await call.ack()
        let line = try #require(try SessionDescription(parsing: answer.body).media.last)
        #expect(line.kind == .video && line.rtpMaps.map(\.encodingName) == ["AV1"])
        remote = SocketAddress(host: "127.0.0.1", port: line.port)
    }

    /// Sends the picture that is due, and takes what has come.
    func turn() throws {
        var buffer = [UInt8](repeating: 0, count: 2048)
        while let length = unsafe try buffer.withUnsafeMutableBytes({ unsafe try socket.receive(into: $0) })?.length {
            guard DatagramKind(of: buffer.span.extracting(0..<length)) == .rtp else { continue }
            let header = try RTPHeader(parsing: buffer.span.extracting(0..<length))
            seen.take(Array(buffer[header.payload]), isLast: header.marker)
        }
        guard let remote, ContinuousClock.now >= due else { return }
        due += .milliseconds(1000 / AV1Stream.rate)
        let payloads = AV1Stream.payloads(of: units[next % units.count])
        for (index, payload) in payloads.enumerated() {
            let packet = RTPBytes(
                payloadType: 45, marker: index == payloads.count - 1, sequence: sequence,
                timestamp: UInt32(next * 90_000 / AV1Stream.rate), ssrc: ssrc, payload: payload)
            try socket.send(packet.bytes.span, to: remote)
            sequence &+= 1
        }
        next += 1
    }
}

extension LiveFocus {
    /// AV1 passes through: nothing of it is decoded here. Another program codes and decodes it.
    @Suite(.serialized, .enabled(if: Program.ffmpeg.isInstalled)) struct AV1Tests {
        @Test func callersInAV1SeeEachOther() async throws {
            let focus = try await FocusProcess.start()
            let ann = try await AV1Caller("ann", "red", to: focus.port)
            let bob = try await AV1Caller("bob", "blue", to: focus.port)
            try await ann.dial(focus.uri("seen"))
            try await bob.dial(focus.uri("seen"))
            try await Condition.await("pictures both ways", within: .seconds(15), every: .milliseconds(5)) {
                try ann.turn()
                try bob.turn()
                return ann.seen.units.count > 30 && bob.seen.units.count > 30
            }
            for (caller, other) in [
                (ann, PictureColor(red: 0, green: 0, blue: 255)), (bob, PictureColor(red: 255, green: 0, blue: 0)),
            ] {
                let sight = try await caller.stream.decode(caller.seen.units)
                #expect(sight.color.distance(to: other) < 40, "\(sight)")
                // From the first key frame on each of them.
                #expect(sight.pictures == caller.seen.units.count && sight.pictures > 25, "\(sight)")
            }
            let members = try await focus.members(of: "seen")
            #expect(members.map { ($0["video"] as? [String: Any])?["codec"] as? String } == ["AV1", "AV1"])
            for caller in [ann, bob] {
                let answer = try await caller.call.request(.bye)
                #expect(answer.status == 200)
            }
            await focus.stop()
        }
    }
}
