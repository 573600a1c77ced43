// SPDX-License-Identifier: GPL-3.0-or-later
import Audio
import RTP
import SDP

/// One member of the load: a socket, what it says and what it hears.
final class LoadMember: Caller {
    let socket: MediaSocket
    let voice: PayloadLoop
    /// Number of the talker that it is; nil for a listener.
    let talker: Int?
    /// Where its packets go; nowhere while nil.
    var destination: SocketAddress?
    var payloadType: UInt8
    /// Header extension for its level (RFC 6464); nil sends none.
    var levelID: UInt8?
    /// Whether what it hears is kept.
    var keeps = false
    var heard = Heard()
    /// Packets sent.
    private(set) var sent = 0
    private(set) var failures = 0

    private let ssrc = UInt32.random(in: 1 ... .max)
    private let firstSequence = UInt16.random(in: 0 ... .max)
    private let firstTimestamp = UInt32.random(in: 0 ... .max)
    private let start: Int

    /// - Parameters:
    ///   - start: number of the payload that it begins with, so that members do not speak in chorus.
    ///   - payloadType: of what it sends.
    init(_ voice: PayloadLoop, talker: Int? = nil, start: Int = 0, payloadType: UInt8) throws {
        socket = try MediaSocket(binding: .loopback(), options: MediaSocketOptions(receiveBuffer: 131_072))
        self.voice = voice
        self.talker = talker
        self.start = start
        self.payloadType = payloadType
    }

    func offer() -> String {
        BenchOffer(
            codec: voice.codec, payloadType: payloadType, port: socket.localAddress.port, levels: levelID != nil
        ).text
    }

    func take(_ answer: SessionDescription) throws { destination = try answer.destination(0) }

    var ticks: UInt32 { UInt32(voice.codec.rtpClockRate / 50) }

    /// Sends packet number `number` of its stream.
    func send(_ number: Int, into scratch: inout [UInt8]) {
        guard let destination, !voice.payloads.isEmpty else { return }
        let index = (start + number) % voice.payloads.count
        let payload = voice.payloads[index]
        let sequence = firstSequence &+ UInt16(truncatingIfNeeded: number)
        let timestamp = firstTimestamp &+ UInt32(truncatingIfNeeded: number) &* ticks
        scratch.removeAll(keepingCapacity: true)
        scratch.append(levelID == nil ? 0x80 : 0x90)
        scratch.append(payloadType | (number == 0 ? 0x80 : 0))
        scratch.append(UInt8(truncatingIfNeeded: sequence >> 8))
        scratch.append(UInt8(truncatingIfNeeded: sequence))
        Self.append(timestamp, to: &scratch)
        Self.append(ssrc, to: &scratch)
        if let levelID {
            Self.append(0xBEDE_0001, to: &scratch)
            scratch.append(levelID << 4)
            scratch.append(voice.levels[index] | (talker != nil && voice.levels[index] < 50 ? 0x80 : 0))
            scratch.append(0)
            scratch.append(0)
        }
        scratch.append(contentsOf: payload)
        do throws(SystemError) {
            try socket.send(scratch.span, to: destination)
            sent += 1
        } catch {
            failures += 1
        }
    }

    private static func append(_ word: UInt32, to bytes: inout [UInt8]) {
        var shift: UInt32 = 32
        while shift > 0 {
            shift -= 8
            bytes.append(UInt8(truncatingIfNeeded: word >> shift))
        }
    }
}
