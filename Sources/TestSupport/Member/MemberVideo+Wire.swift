// SPDX-License-Identifier: GPL-3.0-or-later

import Picture
import RTP
import SDP
import Synchronization
import Video

extension MemberVideo {
    /// The camera, the screen and their sockets.
    struct State: ~Copyable {
        let options: Options
        let ssrc: UInt32
        let sockets: MemberAudio.Sockets
        let batch = DatagramBatch(capacity: 32)
        var sights = Sights()
        var agreed: NegotiatedVideo?
        var isFrozen = false
        var wantsKeyframe = false
        var losesEvery = 0

        // The camera.
        private let pattern: TestPattern
        private let picture: PictureFrame
        private var encoder: (any VideoEncoder)?
        private var frame = EncodedFrame()
        private var vp8 = VP8Packetizer(pictureID: .random(in: 0...0x7FFF))
        private var sequence = UInt16.random(in: 0 ... .max)
        private let clockOffset = UInt32.random(in: 0 ... .max)
        private var started: MediaInstant?
        private var nextPicture: MediaInstant?
        private var nextKeyframe: MediaInstant?

        // The screen.
        private var assembler: FrameAssembler?
        private var decoder: (any VideoDecoder)?
        private var remoteSSRC: UInt32 = 0
        private var newest: UInt16 = 0
        private var wantedAgain: UInt16?
        private var commands: UInt8 = 0
        private var nextAsk: MediaInstant?

        init(name: String, options: Options, ssrc: UInt32, sockets: MemberAudio.Sockets) {
            self.options = options
            self.ssrc = ssrc
            self.sockets = sockets
            pattern = TestPattern(name: name, color: options.color)
            picture = PictureFrame(options.size)
        }

        private var media: SocketAddress? {
            agreed.flatMap { SocketAddress(host: $0.remoteRTP.host, port: $0.remoteRTP.port) }
        }
        private var control: SocketAddress? {
            agreed.flatMap { SocketAddress(host: $0.remoteRTCP.host, port: $0.remoteRTCP.port) }
        }

        mutating func apply(_ agreed: NegotiatedVideo?) {
            let codec = self.agreed?.codec
            self.agreed = agreed
            guard let agreed, codec != agreed.codec else { return }
            let kind: Picture.VideoCodec = agreed.codec.isH264 ? .h264 : .vp8
            var parameters = VideoEncoderParameters(
                size: options.size, frameRate: options.frameRate, bitrate: 300_000)
            if agreed.codec.h264Parameters?.packetizationMode == 0 { parameters.maximumSliceBytes = 1100 }
            encoder = try? kind.makeEncoder(parameters)
            decoder = try? kind.makeDecoder()
            assembler = FrameAssembler(codec: agreed.codec.isH264 ? .h264 : .vp8)
        }

        mutating func turn(now: MediaInstant) {
            receive(now: now)
            guard let agreed, agreed.sendsMedia, !isFrozen else { return }
            guard now >= nextPicture ?? now else { return }
            nextPicture = max(nextPicture ?? now, now.advanced(byMilliseconds: -200)).advanced(
                byNanoseconds: 1_000_000_000 / Int64(options.frameRate))
            sendPicture(agreed, now: now)
        }

        // MARK: The camera

        private mutating func sendPicture(_ agreed: NegotiatedVideo, now: MediaInstant) {
            let began = started ?? now
            started = began
            if let interval = options.keyframeInterval, now >= nextKeyframe ?? now {
                nextKeyframe = now.advanced(byMilliseconds: interval)
                wantsKeyframe = true
            }
            pattern.draw(UInt32(truncatingIfNeeded: now.nanoseconds / 1_000_000), on: picture)
            let ticks = now.nanoseconds(since: began) / 1000 * 90 / 1000
            guard
                (try? encoder?.encode(picture, timestamp: ticks, keyframe: wantsKeyframe, into: &frame)) == true
            else { return }
            wantsKeyframe = false
            sights.sent += 1
            if frame.isKeyframe { sights.keyframesSent += 1 }
            let timestamp = clockOffset &+ UInt32(truncatingIfNeeded: ticks)
            for payload in payloads(agreed) {
                let packet = RTPBytes(
                    payloadType: agreed.sendPayloadType, marker: payload.isLast, sequence: sequence,
                    timestamp: timestamp, ssrc: ssrc, payload: payload.bytes)
                sequence &+= 1
                if losesEvery > 0, Int(sequence) % losesEvery == 0 { continue }
                guard let media else { return }
                try? sockets.pair.media.send(packet.bytes.span, to: media)
            }
        }

        private mutating func payloads(_ agreed: NegotiatedVideo) -> [(bytes: [UInt8], isLast: Bool)] {
            var payloads: [(bytes: [UInt8], isLast: Bool)] = []
            var buffer = [UInt8](repeating: 0, count: 1200)
            let bytes = frame.bytes
            if agreed.codec.isH264 {
                let isSingle = agreed.codec.h264Parameters?.packetizationMode == 0
                var packetizer = H264Packetizer(mode: isSingle ? .singleNALUnit : .nonInterleaved)
                packetizer.begin(bytes.span)
                while true {
                    var place = buffer.mutableSpan
                    guard let made = packetizer.next(of: bytes.span, into: &place, at: 0) else { break }
                    payloads.append((Array(buffer[0..<made.size]), made.isLast))
                }
            } else {
                var packetizer = vp8
                packetizer.begin(size: bytes.count)
                while true {
                    var place = buffer.mutableSpan
                    guard let made = packetizer.next(of: bytes.span, into: &place, at: 0) else { break }
                    payloads.append((Array(buffer[0..<made.size]), made.isLast))
                }
                vp8 = packetizer
            }
            return payloads
        }

        // MARK: The screen

        private mutating func receive(now: MediaInstant) {
            batch.begin(now: now)
            for descriptor in [sockets.pair.media.descriptor, sockets.pair.controlEndpoint?.descriptor] {
                guard let descriptor else { continue }
                while let count = try? batch.receive(from: descriptor), count > 0 {
                    for index in 0..<count {
                        var bytes: [UInt8] = []
                        batch.withDatagram(index) { datagram, _, _ in
                            bytes = unsafe datagram.withUnsafeBytes { unsafe Array($0) }
                        }
                        take(bytes, now: now)
                    }
                }
            }
        }

        private mutating func take(_ bytes: [UInt8], now: MediaInstant) {
            switch DatagramKind(of: bytes.span) {
            case .rtp:
                guard let header = try? RTPHeader(parsing: bytes.span) else { return }
                sights.packets += 1
                sights.sources.insert(header.ssrc)
                remoteSSRC = header.ssrc
                newest = header.sequenceNumber
                if newest == wantedAgain {
                    sights.repeated += 1
                    wantedAgain = nil
                }
                guard agreed?.receivePayloadTypes[header.payloadType] != nil else { return }
                assembler?.insert(header, datagram: bytes.span, now: now)
                show(now: now)
            case .rtcp: takeControl(bytes)
            case .stun, .zrtp, .dtls, .turnChannel, .unknown: break
            }
        }

        private mutating func show(now: MediaInstant) {
            while let output = assembler?.next(now: now) {
                switch output {
                case .keyframeNeeded:
                    decoder?.missedFrames()
                    askIfAgreed(now: now)
                case .frame(let frame):
                    let decoded = assembler?.withFrame { bytes in
                        try? decoder?.decode(bytes, timestamp: frame.timestamp)
                    }
                    guard let picture = decoded else {
                        sights.broken += 1
                        askIfAgreed(now: now)
                        continue
                    }
                    sights.pictures += 1
                    sights.last = .now
                    sights.size = picture.size
                    sights.color = TestPattern.color(of: picture)
                    sights.clock = TestPattern.clock(of: picture)
                }
            }
        }

        private mutating func askIfAgreed(now: MediaInstant) {
            guard let agreed, now >= nextAsk ?? now else { return }
            nextAsk = now.advanced(byMilliseconds: 500)
            if agreed.feedback.contains(.pictureLoss) {
                ask(by: .pictureLoss)
            } else if agreed.feedback.contains(.fullIntra) {
                ask(by: .fullIntra)
            }
        }

        mutating func askAgain() {
            wantedAgain = newest
            var lost = RetransmissionRequest()
            lost.insert(newest)
            var bytes = [UInt8](repeating: 0, count: 200)
            var writer = RTCPWriter()
            var buffer = bytes.mutableSpan
            writer.append(receiverReport: ssrc, to: &buffer)
            writer.append(canonicalName: "video", of: ssrc, to: &buffer)
            writer.append(lost: lost, senderSSRC: ssrc, mediaSSRC: remoteSSRC, to: &buffer)
            send(control: bytes.span.extracting(0..<writer.length))
        }

        private func send(control datagram: Span<UInt8>) {
            guard let control else { return }
            if agreed?.rtcpMux == true {
                try? sockets.pair.media.send(datagram, to: control)
            } else {
                try? sockets.pair.sendControl(datagram, to: control)
            }
        }

        mutating func ask(by feedback: VideoFeedback) {
            var bytes = [UInt8](repeating: 0, count: 200)
            var writer = RTCPWriter()
            var buffer = bytes.mutableSpan
            writer.append(receiverReport: ssrc, to: &buffer)
            writer.append(canonicalName: "video", of: ssrc, to: &buffer)
            if feedback.contains(.pictureLoss) {
                writer.append(PictureLossIndication(senderSSRC: ssrc, mediaSSRC: remoteSSRC), to: &buffer)
            } else {
                commands &+= 1
                writer.append(
                    FullIntraRequest(senderSSRC: ssrc, ssrc: remoteSSRC, sequenceNumber: commands), to: &buffer)
            }
            send(control: bytes.span.extracting(0..<writer.length))
        }

        private mutating func takeControl(_ bytes: [UInt8]) {
            sights.reports += 1
            var reader = RTCPCompoundReader()
            while let packet = try? reader.next(in: bytes.span) {
                if packet.type == .senderReport { sights.senderReports += 1 }
                guard let feedback = RTCPFeedbackMessage(packet, in: bytes.span) else { continue }
                switch feedback {
                case .pictureLoss:
                    sights.pictureLosses += 1
                    if options.feedback.contains(.pictureLoss) { wantsKeyframe = true }
                case .fullIntra:
                    sights.fullIntras += 1
                    if options.feedback.contains(.fullIntra) { wantsKeyframe = true }
                case .lost: sights.lost += 1
                case .bitrateLimits, .estimatedBitrate, .other: break
                }
            }
        }
    }
}

extension MemberVideo: PacedStream {
    func turn(now: MediaInstant) {
        state.withLock { $0.turn(now: now) }
    }
}
