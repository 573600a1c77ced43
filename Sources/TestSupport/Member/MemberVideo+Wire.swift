// SPDX-License-Identifier: GPL-3.0-or-later

import Picture
import RTP
import SDP
import Synchronization
import Video

extension MemberVideo {
    /// One video line: what is sent, what is seen, and over which sockets.
    final class Line {
        let role: VideoRole
        /// Names what is sent; also who asks for key frames.
        let ssrc: UInt32
        let sockets: MemberAudio.Sockets
        var agreed: NegotiatedVideo?
        var sights = Sights()
        /// nil on a line that only receives.
        var camera: MemberCamera?
        var screen = MemberScreen()

        init(_ role: VideoRole, name: String, options: Options, ssrc: UInt32, sockets: MemberAudio.Sockets) {
            self.role = role
            self.ssrc = ssrc
            self.sockets = sockets
            switch role {
            case .main: camera = MemberCamera(name: name, color: options.color, options: options, ssrc: ssrc)
            case .slides:
                camera = MemberCamera(
                    name: name, color: options.slides ?? options.color, options: options, ssrc: ssrc)
                camera?.isFrozen = true
            case .slot: break
            }
        }

        var media: SocketAddress? {
            agreed.flatMap { SocketAddress(host: $0.remoteRTP.host, port: $0.remoteRTP.port) }
        }
        private var control: SocketAddress? {
            agreed.flatMap { SocketAddress(host: $0.remoteRTCP.host, port: $0.remoteRTCP.port) }
        }

        /// Whether the other side announced that SSRC for this line.
        func isSent(_ ssrc: UInt32) -> Bool {
            guard let agreed else { return false }
            return agreed.remoteSSRCs.contains(ssrc) || agreed.remoteRetransmissionSSRCs[ssrc] != nil
        }

        func apply(_ agreed: NegotiatedVideo?) {
            let codec = self.agreed?.codec
            self.agreed = agreed
            guard let agreed, codec != agreed.codec else { return }
            camera?.begin(agreed.codec)
            screen.begin(agreed.codec)
        }

        func sendPicture(now: MediaInstant) {
            guard let agreed, let media else { return }
            camera?.turn(agreed, &sights, now: now) { try? sockets.pair.media.send($0.span, to: media) }
        }

        func take(_ header: RTPHeader, _ bytes: [UInt8], now: MediaInstant) {
            guard screen.take(header, bytes, agreed, &sights, now: now), let agreed else { return }
            if agreed.feedback.contains(.pictureLoss) {
                ask(by: .pictureLoss)
            } else if agreed.feedback.contains(.fullIntra) {
                ask(by: .fullIntra)
            }
        }

        func askAgain() {
            screen.wantedAgain = screen.newest
            var lost = RetransmissionRequest()
            lost.insert(screen.newest)
            var bytes = [UInt8](repeating: 0, count: 200)
            var buffer = bytes.mutableSpan
            var writer = begin(&buffer)
            writer.append(lost: lost, senderSSRC: ssrc, mediaSSRC: screen.remoteSSRC, to: &buffer)
            send(control: bytes.span.extracting(0..<writer.length))
        }

        func sayGoodbye() {
            var bytes = [UInt8](repeating: 0, count: 200)
            var buffer = bytes.mutableSpan
            var writer = begin(&buffer)
            writer.append(goodbye: ssrc, to: &buffer)
            send(control: bytes.span.extracting(0..<writer.length))
        }

        func ask(by feedback: VideoFeedback) {
            var bytes = [UInt8](repeating: 0, count: 200)
            var buffer = bytes.mutableSpan
            var writer = begin(&buffer)
            if feedback.contains(.pictureLoss) {
                writer.append(PictureLossIndication(senderSSRC: ssrc, mediaSSRC: screen.remoteSSRC), to: &buffer)
            } else {
                screen.commands &+= 1
                writer.append(
                    FullIntraRequest(senderSSRC: ssrc, ssrc: screen.remoteSSRC, sequenceNumber: screen.commands),
                    to: &buffer)
            }
            send(control: bytes.span.extracting(0..<writer.length))
        }

        func limit(to bitrate: Int, by feedback: VideoFeedback) {
            var bytes = [UInt8](repeating: 0, count: 200)
            var buffer = bytes.mutableSpan
            var writer = begin(&buffer)
            if feedback.contains(.estimatedBitrate) {
                writer.append(estimatedBitrate: bitrate, of: [screen.remoteSSRC], senderSSRC: ssrc, to: &buffer)
            } else {
                writer.append(
                    [TemporaryMaximumBitrate(ssrc: screen.remoteSSRC, bitsPerSecond: bitrate)], isNotification: false,
                    senderSSRC: ssrc, to: &buffer)
            }
            send(control: bytes.span.extracting(0..<writer.length))
        }

        /// Notes what the camera is told that it may send, and confirms it (TMMBN).
        private func take(_ limits: TemporaryMaximumBitrates, _ bytes: [UInt8]) {
            if limits.isNotification {
                guard limits.senderSSRC == screen.remoteSSRC else { return }
                sights.answers.append(limits.limit(for: ssrc, in: bytes.span)?.bitsPerSecond)
            } else if var limit = limits.limit(for: ssrc, in: bytes.span) {
                note(limit.bitsPerSecond, by: .temporaryBitrate)
                limit.ssrc = limits.senderSSRC
                var bytes = [UInt8](repeating: 0, count: 200)
                var buffer = bytes.mutableSpan
                var writer = begin(&buffer)
                writer.append([limit], isNotification: true, senderSSRC: ssrc, to: &buffer)
                send(control: bytes.span.extracting(0..<writer.length))
            }
        }

        private func note(_ limit: Int, by feedback: VideoFeedback) {
            sights.limit = limit
            sights.limitedBy = feedback
            sights.limits += 1
        }

        func report(lost share: Double) {
            var bytes = [UInt8](repeating: 0, count: 200)
            var buffer = bytes.mutableSpan
            let block = ReportBlock(
                ssrc: screen.remoteSSRC, fractionLost: UInt8(share * 256), cumulativeLost: 0,
                extendedHighestSequence: 0, jitter: 0)
            let writer = begin(&buffer, [block])
            send(control: bytes.span.extracting(0..<writer.length))
        }

        private func begin(_ buffer: inout MutableSpan<UInt8>, _ blocks: [ReportBlock] = []) -> RTCPWriter {
            var writer = RTCPWriter()
            writer.append(receiverReport: ssrc, blocks: blocks, to: &buffer)
            writer.append(canonicalName: "video", of: ssrc, to: &buffer)
            return writer
        }

        private func send(control datagram: Span<UInt8>) {
            guard let control else { return }
            if agreed?.rtcpMux == true {
                try? sockets.pair.media.send(datagram, to: control)
            } else {
                try? sockets.pair.control.send(datagram, to: control)
            }
        }

        func takeControl(_ bytes: [UInt8]) {
            sights.reports += 1
            let obeyed = camera?.options.feedback ?? []
            var reader = RTCPCompoundReader()
            while let packet = try? reader.next(in: bytes.span) {
                if packet.type == .senderReport, packet.senderSSRC(in: bytes.span) == screen.remoteSSRC {
                    sights.senderReports += 1
                }
                guard let feedback = RTCPFeedbackMessage(packet, in: bytes.span) else { continue }
                switch feedback {
                case .pictureLoss(let loss) where loss.mediaSSRC == ssrc:
                    sights.pictureLosses += 1
                    if obeyed.contains(.pictureLoss) { camera?.wantsKeyframe = true }
                case .fullIntra(let requests) where requests.request(for: ssrc, in: bytes.span) != nil:
                    sights.fullIntras += 1
                    if obeyed.contains(.fullIntra) { camera?.wantsKeyframe = true }
                case .lost(let lost) where lost.mediaSSRC == ssrc:
                    sights.lost += 1
                    guard let agreed, let media else { continue }
                    lost.forEach(in: bytes.span) { sequence in
                        guard let packet = camera?.sendAgain(sequence, agreed) else { return }
                        try? sockets.pair.media.send(packet.span, to: media)
                    }
                case .bitrateLimits(let limits): take(limits, bytes)
                case .estimatedBitrate(let estimate) where estimate.names(ssrc, in: bytes.span):
                    note(estimate.bitsPerSecond, by: .estimatedBitrate)
                case .pictureLoss, .fullIntra, .lost, .estimatedBitrate, .other: break
                }
            }
        }
    }

    /// All lines, and what comes for them.
    struct State: ~Copyable {
        let batch = DatagramBatch(capacity: 32)
        var lines: [Line] = []

        subscript(_ role: VideoRole) -> Line? { lines.first { $0.role == role } }

        mutating func turn(now: MediaInstant) {
            for (index, line) in lines.enumerated()
            where !lines[..<index].contains(where: { $0.sockets === line.sockets }) {
                receive(line.sockets, now: now)
            }
            for line in lines { line.sendPicture(now: now) }
        }

        private mutating func receive(_ sockets: MemberAudio.Sockets, now: MediaInstant) {
            batch.begin(now: now)
            for descriptor in [sockets.pair.media.descriptor, sockets.pair.control.descriptor] {
                while let count = try? batch.receive(from: descriptor), count > 0 {
                    for index in 0..<count {
                        var bytes: [UInt8] = []
                        batch.withDatagram(index) { datagram, _, _ in
                            bytes = unsafe datagram.withUnsafeBytes { unsafe Array($0) }
                        }
                        take(bytes, at: sockets, now: now)
                    }
                }
            }
        }

        private mutating func take(_ bytes: [UInt8], at sockets: MemberAudio.Sockets, now: MediaInstant) {
            let here = lines.filter { $0.sockets === sockets }
            switch DatagramKind(of: bytes.span) {
            case .rtp:
                guard let header = try? RTPHeader(parsing: bytes.span) else { return }
                // By the SSRC that the description announced (RFC 9143 §9.2); the first line takes what nothing is known of.
                let line = here.first { $0.isSent(header.ssrc) } ?? here.first
                line?.take(header, bytes, now: now)
            case .rtcp: for line in here { line.takeControl(bytes) }
            case .stun, .zrtp, .dtls, .turnChannel, .unknown: break
            }
        }
    }
}

extension MemberVideo: PacedStream {
    func turn(now: MediaInstant) {
        state.withLock { $0.turn(now: now) }
    }
}
