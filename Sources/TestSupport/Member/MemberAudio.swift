// SPDX-License-Identifier: GPL-3.0-or-later

package import Audio
package import RTP
import Synchronization

/// The media side of a test member: a real RTP socket pair, a tone that it sends every 20 ms, and a recording of what it hears.
///
/// Played by `MediaPacer.audio`'s thread; every method may be called from any thread.
package final class MemberAudio: Sendable {
    /// Counts of what arrived.
    package struct Arrivals: Hashable, Sendable {
        /// RTP packets on the socket in use.
        package var packets = 0
        /// RTCP datagrams on either socket.
        package var reports = 0
        /// RTCP BYE packets.
        package var goodbyes = 0
        /// RTP packets on sockets that were in use before `rebind`.
        package var atFormerPort = 0
    }

    final class Sockets: Sendable {
        let pair: MediaSocketPair

        init(_ pair: consuming MediaSocketPair) {
            self.pair = pair
        }
    }

    struct Sending: ~Copyable {
        let encoder: AudioEncoder
        var payloadType: UInt8
        var sequence = UInt16.random(in: 0 ... .max)
        var timestamp = UInt32.random(in: 0 ... .max)
        var nextDue: MediaInstant
    }

    struct State: ~Copyable {
        let batch = DatagramBatch(capacity: 8)
        var sockets: Sockets
        var former: [Sockets] = []
        var destination: SocketAddress?
        var sending: Sending?
        var isPaused = false
        /// Of so many packets one is lost on the way; nil: none.
        var lossInterval: UInt16?
        var tone: ToneGenerator?
        /// Said before the tone goes on.
        var speech: ArraySlice<Int16> = []
        /// When the first packet of the tone was due; nil before it.
        var toneBegan: MediaInstant?
        var keys: TelephoneEventSender?
        var keyPayloadType: UInt8?
        var levelID: UInt8?
        var mixLevelID: UInt8?
        var formats: [UInt8: AudioCodec] = [:]
        var decoder: AudioDecoder?
        var recording: Recording?
        var arrivals = Arrivals()
        var firstArrival: MediaInstant?
        var talkers: [UInt32: UInt8] = [:]
        var records = true
        let ssrc: UInt32
        /// When its sockets were looked into last.
        var turned: MediaInstant?
        /// Times in which nobody looked and nothing was sent, ms, and how many samples were recorded before.
        var pauses: [(position: Int, milliseconds: Int)] = []

        /// What was recorded from there on; nil before the first packet.
        func heard(from mark: Int) -> Heard? {
            guard var heard = recording?.heard(from: mark) else { return nil }
            heard.pauses = pauses.map { (($0.position - mark) * 1000 / heard.sampleRate, $0.milliseconds) }
                .filter { $0.0 > -200 }
            return heard
        }
    }

    private static let ports: Mutex<MediaPortRange> = {
        guard let range = MediaPortRange(10_000...19_998) else { preconditionFailure("a range of ports") }
        return Mutex(range)
    }()

    let state: Mutex<State>
    /// SSRC of what the member sends.
    package let ssrc: UInt32

    /// Opens the sockets; nothing is sent or recorded before `configure`.
    /// - Throws: `MediaSocketError`.
    package init() throws(MediaSocketError) {
        let sockets = try Self.open()
        ssrc = .random(in: 1 ... .max)
        state = Mutex(State(sockets: sockets, ssrc: ssrc))
        MediaPacer.audio.add(self)
    }

    static func open() throws(MediaSocketError) -> Sockets {
        Sockets(try ports.withLock { ports throws(MediaSocketError) in try ports.open(on: .loopback()) })
    }

    /// Stops and lets go of the sockets.
    package func close() {
        MediaPacer.audio.remove(self)
        state.withLock { $0.sending = nil }
    }

    // MARK: What it says

    /// Where the member receives RTP.
    package var port: Int { Int(state.withLock { $0.sockets.pair.media.localAddress.port }) }

    /// Where the member sends to now.
    package var destination: SocketAddress? { state.withLock { $0.destination } }

    /// Begins or goes on to send in `codec`; a change of codec starts another encoder.
    package func send(_ codec: AudioCodec, as payloadType: UInt8, to destination: SocketAddress, levelID: UInt8? = nil)
    {
        state.withLock { state in
            state.destination = destination
            state.levelID = levelID
            if state.sending?.encoder.parameters.codec == codec {
                state.sending?.payloadType = payloadType
                return
            }
            guard let encoder = try? AudioEncoder(EncoderParameters(codec: codec)) else { return }
            var sending = Sending(encoder: encoder, payloadType: payloadType, nextDue: .now())
            // One stream: its sequence goes on, and its timestamps where they count the same ticks (RFC 3550 §5.1).
            if let before = state.sending?.sequence { sending.sequence = before }
            if let before = state.sending?.encoder.parameters.codec, before.rtpClockRate == codec.rtpClockRate {
                sending.timestamp = state.sending?.timestamp ?? 0
            }
            state.sending = consume sending
            if let tone = state.tone {
                state.tone = ToneGenerator(frequency: tone.frequency, level: tone.level, sampleRate: codec.sampleRate)
            }
        }
    }

    /// A steady tone from now on; nil for digital silence. The packets flow either way.
    ///
    /// - Parameter level: dBFS.
    package func play(_ frequency: Double?, level: Double = -20) {
        state.withLock { state in
            let rate = state.sending?.encoder.parameters.codec.sampleRate ?? 8000
            state.tone = frequency.map { ToneGenerator(frequency: $0, level: level, sampleRate: rate) }
            state.toneBegan = nil
        }
    }

    /// Says that once, before the tone goes on: samples at the rate of its codec.
    package func say(_ samples: [Int16]) {
        state.withLock { $0.speech += samples }
    }

    /// When the first packet of what it plays now was due; nil before it left.
    package var toneBegan: MediaInstant? { state.withLock { $0.toneBegan } }

    /// Stops or resumes the packets themselves.
    package func pause(_ pauses: Bool) {
        state.withLock { state in
            state.isPaused = pauses
            if !pauses { state.sending?.nextDue = .now() }
        }
    }

    /// Of so many packets one is lost on the way from now on; nil: none.
    package func loses(oneOf count: UInt16?) {
        state.withLock { $0.lossInterval = count }
    }

    /// Presses keys by RFC 4733, in place of the audio.
    package func press(_ keys: String, payloadType: UInt8, clockRate: Int) {
        state.withLock { state in
            var sender = state.keys ?? TelephoneEventSender(clockRate: clockRate)
            for digit in keys.compactMap({ DTMFDigit($0) }) { sender.press(digit) }
            state.keys = sender
            state.keyPayloadType = payloadType
        }
    }

    /// Opens a new pair of sockets and uses it from now on; the old one is only listened to.
    /// - Throws: `MediaSocketError`.
    package func rebind() throws(MediaSocketError) {
        let fresh = try Self.open()
        state.withLock { state in
            state.former.append(state.sockets)
            state.sockets = fresh
        }
    }

    /// Sends bytes as they are from the RTP port, or from the RTCP port.
    package func sendRaw(_ bytes: [UInt8], to destination: SocketAddress) {
        let sockets = state.withLock { $0.sockets }
        try? sockets.pair.media.send(bytes.span, to: destination)
    }

    // MARK: What it hears

    /// What may arrive, by payload type.
    package func expect(_ formats: [UInt8: AudioCodec], mixLevelID: UInt8? = nil, records: Bool = true) {
        state.withLock { state in
            state.formats = formats
            state.mixLevelID = mixLevelID
            state.records = records
        }
    }

    package var arrivals: Arrivals { state.withLock { $0.arrivals } }

    /// When the first RTP packet came, as far as the turns of the member's thread tell; nil before it.
    package var firstArrival: MediaInstant? { state.withLock { $0.firstArrival } }

    package var recording: Recording? { state.withLock { $0.recording } }
    /// CSRCs of the newest packet with their levels, dB below overload (RFC 6465).
    package var talkers: [UInt32: UInt8] { state.withLock { $0.talkers } }
    /// Samples recorded up to now: a place in the recording.
    package var mark: Int { state.withLock { $0.recording?.samples.count ?? 0 } }

    /// What was heard since `mark`.
    package func heard(since mark: Int) -> Heard {
        state.withLock { $0.heard(from: mark) } ?? Heard(samples: [], sampleRate: 8000, lostPackets: 0)
    }

    /// What was heard in the last `milliseconds`.
    package func recent(_ milliseconds: Int = 200) -> Heard {
        state.withLock { state in
            guard let recording = state.recording else { return nil }
            return recording.heard(from: recording.samples.count - recording.sampleRate * milliseconds / 1000)
        } ?? Heard(samples: [], sampleRate: 8000, lostPackets: 0)
    }

    /// Waits for `milliseconds` of media time to be recorded: a clock for tests.
    /// - Throws: `ConditionNotMet` where no audio comes.
    package func passes(_ milliseconds: Int) async throws {
        let end = mark + (recording?.sampleRate ?? 8000) * milliseconds / 1000
        try await Condition.await(
            "\(milliseconds) ms of audio", within: .seconds(5) + .milliseconds(milliseconds), every: .milliseconds(10)
        ) { [self] in mark >= end }
    }

    /// Listens on for `milliseconds` of media time.
    /// - Throws: `ConditionNotMet` where no audio comes.
    package func listen(_ milliseconds: Int = 400, since start: Int? = nil) async throws -> Heard {
        let start = start ?? mark
        try await Condition.await(
            "\(milliseconds) ms of audio", within: .seconds(5) + .milliseconds(milliseconds), every: .milliseconds(10)
        ) { [self] in heard(since: start).milliseconds >= milliseconds }
        return heard(since: start)
    }

    /// Waits until the last 200 ms hold a tone.
    /// - Throws: `ConditionNotMet` with the level that it had instead.
    package func hears(_ frequency: Double, above level: Double = -40, within patience: Duration = .seconds(5))
        async throws
    {
        try await Condition.await(
            "a tone of \(frequency) Hz", within: patience, every: .milliseconds(10),
            evidence: { [self] in "level \(recent().level(of: frequency)) dBFS, \(arrivals)" }
        ) { [self] in
            let recent = recent()
            return recent.milliseconds >= 200 && recent.level(of: frequency) > level
        }
    }

    /// Waits until the last 200 ms hold nothing of a tone.
    /// - Throws: `ConditionNotMet` with the level that it still had.
    package func losesTone(_ frequency: Double, below level: Double = -55, within patience: Duration = .seconds(5))
        async throws
    {
        try await Condition.await(
            "the end of a tone of \(frequency) Hz", within: patience, every: .milliseconds(10),
            evidence: { [self] in "level \(recent().level(of: frequency)) dBFS" }
        ) { [self] in recent().level(of: frequency) < level }
    }

    /// Waits until a tone was heard in any stretch of `window` ms since `mark`: of one that is soon over, who looks at
    /// the newest sound alone may look too late.
    package func hears(_ frequency: Double, since mark: Int, window: Int = 50) async throws {
        try await Condition.await(
            "a tone of \(frequency) Hz",
            evidence: { [self] in "peak \(heard(since: mark).peak(of: frequency, window: window)) dBFS, \(arrivals)" }
        ) { [self] in heard(since: mark).peak(of: frequency, window: window) > -40 }
    }

    /// The level that a tone has now, dBFS.
    ///
    /// Of several short stretches the loudest: where the playout slips by a moment, a tone cancels itself in part.
    package func level(of frequency: Double) async throws -> Double {
        var loudest = -120.0
        for _ in 0..<4 {
            loudest = try await max(loudest, listen(100).peak(of: frequency))
        }
        return loudest
    }

    /// That level, once two in a row are alike: what is measured while the playout settles is nothing to compare with.
    package func steadyLevel(of frequency: Double) async throws -> Double {
        var steady = try await level(of: frequency)
        try await Condition.await("a steady level of \(frequency) Hz") { [self] in
            let before = steady
            steady = try await level(of: frequency)
            return abs(steady - before) < 1
        }
        return steady
    }
}
