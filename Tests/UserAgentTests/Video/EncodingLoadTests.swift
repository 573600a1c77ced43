// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import RTP
import SIP
import Synchronization
import TestSupport
import Testing

@testable import UserAgent

/// Where the media of a call come to: the kernel notes when each packet was there, whenever that is looked into.
private final class MediaTap {
    private let audio: MediaSocket
    private let video: MediaSocket
    private let batch = DatagramBatch()
    private var last: (header: RTPHeader, arrival: MediaInstant)?
    /// The first packet of the stretch that lasts, and how many came after it.
    private var began = MediaInstant.zero
    private var count = 0
    private(set) var audioPackets = 0
    private(set) var videoPackets = 0
    /// The longest stretch in which each packet was the next of its stream and came when it was due, ms.
    private(set) var steady = 0
    /// What ended the others.
    private(set) var breaks: [String] = []

    init() throws {
        audio = try MediaSocket(binding: .loopback())
        video = try MediaSocket(binding: .loopback())
    }

    /// One line of audio and one of video, which are only received.
    var offer: [UInt8] {
        WireSocket.bytes(
            """
            v=0
            o=tap 1 1 IN IP4 127.0.0.1
            s=-
            c=IN IP4 127.0.0.1
            t=0 0
            m=audio \(audio.localAddress.port) RTP/AVP 0
            a=rtpmap:0 PCMU/8000
            m=video \(video.localAddress.port) RTP/AVP 96
            a=rtpmap:96 VP8/90000

            """)
    }

    /// Looks at all that has come.
    /// - Parameter patience: ms that a packet may be late.
    func look(patience: Int) throws {
        batch.begin(now: .now())
        while try batch.receive(from: audio.descriptor) > 0 {
            for index in 0..<batch.count {
                batch.withDatagram(index) { datagram, _, arrival in
                    guard DatagramKind(of: datagram) == .rtp, let header = try? RTPHeader(parsing: datagram) else {
                        return
                    }
                    take(header, arrival, patience)
                }
            }
        }
        while true {
            let received = try batch.receive(from: video.descriptor)
            guard received > 0 else { break }
            videoPackets += received
        }
    }

    private func take(_ header: RTPHeader, _ arrival: MediaInstant, _ patience: Int) {
        audioPackets += 1
        defer { last = (header, arrival) }
        guard let last else { return begin(at: arrival) }
        count += 1
        let gap = arrival.milliseconds(since: last.arrival)
        let lateness = arrival.milliseconds(since: began) - 20 * count
        let isNext =
            header.sequenceNumber == last.header.sequenceNumber &+ 1
            && header.timestamp == last.header.timestamp &+ 160
        guard isNext, gap <= patience, lateness <= patience else {
            breaks.append("\(isNext ? "the next" : "another"), after \(gap) ms, \(lateness) ms late")
            return begin(at: arrival)
        }
        steady = max(steady, arrival.milliseconds(since: began))
    }

    /// Begins another measurement.
    func forget() {
        (last, steady, breaks) = (nil, 0, [])
    }

    private func begin(at arrival: MediaInstant) {
        (began, count) = (arrival, 0)
    }
}

@Suite("An encoder without time", .serialized, .timeLimit(.minutes(Condition.minutes(1))))
struct EncodingLoadTests {
    /// Milliseconds that its encoder takes for a picture: longer than any two pictures are apart.
    private static let toil = 250

    @Test("the microphone's packets come each 20 ms while pictures take all that the processors have")
    func audioGoesOn() async throws {
        // That its encoder was given.
        let pictures = Mutex(0)
        let makeEncoder = SlowEncoder.maker(threads: ProcessInfo.processInfo.activeProcessorCount) { _ in
            pictures.withLock { $0 += 1 }
            return Self.toil
        }
        var options = UserAgent.Options.visible(.bob, codecs: [.vp8])
        options.codecs = [.pcmu]
        options.acceptsCalls = true
        // The tap says nothing.
        options.mediaTimeout = nil
        options.openPictures = { _ in MovingPictures(NoisyPattern(.bob), makeEncoder: makeEncoder) }
        let bob = try await UserAgent.start(options)
        let port = await bob.port
        let tap = try MediaTap()
        let offer = tap.offer
        let caller = try WireCall("tap", to: port)
        async let answer = caller.invite("sip:bob@127.0.0.1:\(port)", body: offer)
        var calls = bob.incoming.makeAsyncIterator()
        let call = try #require(await calls.next())
        try await call.answer(microphone: "tone:440", speaker: "none")
        let response = try await answer
        #expect(response.status == 200)
        await caller.ack()
        try await Condition.await("pictures and sound", within: .seconds(8)) {
            try tap.look(patience: Self.toil)
            return tap.videoPackets > 0 && tap.audioPackets > 0
        }

        tap.forget()
        let (start, before) = (ContinuousClock.now, pictures.withLock { $0 })
        // Three packets late at the most, and never as late as what waits for a picture.
        let patience = min(Int(Condition.allowance(.milliseconds(60)) / .milliseconds(1)), Self.toil / 2)
        try await Condition.await(
            "two and a half seconds of sound without a gap", within: .seconds(30),
            evidence: { "\(tap.audioPackets) packets, \(tap.steady) ms; \(tap.breaks)" }
        ) {
            try tap.look(patience: patience)
            return tap.steady >= 2500
        }
        // The encoder was busy all the while.
        let toiled = Self.toil * (pictures.withLock { $0 } - before)
        let elapsed = Int((ContinuousClock.now - start) / .milliseconds(1))
        #expect(toiled > elapsed / 4, "\(toiled) ms of \(elapsed)")
        print("an encoder was busy for \(toiled) of \(elapsed) ms, sound came without a gap for \(tap.steady) ms")
        #expect(try await caller.request(.bye).status == 200)
        await bob.stop()
    }
}
