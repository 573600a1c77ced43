// SPDX-License-Identifier: GPL-3.0-or-later

/// One encoded stream: frames of 20 ms in, packets of ptime out, and no encoder run on silence.
///
/// Packets begin at whole multiples of ptime since the mixer began, so that a member can change from one stream to
/// another of its class between any two packets.
@safe final class OutputStream {
    /// What the last packet was.
    private enum State {
        case active
        /// Nothing to hear any more: so many packets of silence are encoded to let codec and receiver ring out.
        case tail(remaining: Int)
        case silent
    }

    /// A packet of this tick.
    struct Packet {
        var kind = MixedPacket.Kind.audio
        /// Milliseconds since the mixer began.
        var start = 0
        /// Where its bytes are; with a length of 0 it is the class's packet of silence.
        var place = 0
        var length = 0
    }

    private(set) var parameters: EncoderParameters
    private let encoders: EncoderSet
    private let pending = SampleFrame(capacity: 960 * 4)
    private let storage: UnsafeMutableRawBufferPointer
    private var silence: SilencePayload
    private var state = State.silent
    /// Milliseconds since the mixer began where the next packet starts.
    private var packetStart = 0
    /// Up to where there was something to hear.
    private var audibleUntil = 0
    private var lastSilence = 0
    private var needsIndependence = true
    private(set) var packets: [Packet] = []
    private let contributorStorage: UnsafeMutableBufferPointer<Contributor>
    private var contributorCount = 0

    static let largestPayload = 1280
    /// RFC 3550 §5.1: CC has four bits.
    static let mostContributors = 15

    init(_ parameters: EncoderParameters, encoders: EncoderSet, silence: SilencePayload) {
        self.parameters = parameters
        self.encoders = encoders
        self.silence = silence
        unsafe storage = .allocate(byteCount: 2 * Self.largestPayload, alignment: 16)
        unsafe contributorStorage = .allocate(capacity: Self.mostContributors)
        unsafe contributorStorage.initialize(repeating: Contributor(slot: 0, level: 127))
        packets.reserveCapacity(2)
    }

    deinit {
        unsafe storage.deallocate()
        unsafe contributorStorage.deallocate()
    }

    var isSilent: Bool {
        if case .silent = state { return pending.count == 0 }
        return false
    }

    var isActive: Bool {
        if case .active = state { return true }
        return false
    }

    /// Samples a second of its frames.
    var rate: Int { parameters.codec.sampleRate }

    /// Whether a packet begins with the tick at `time`, so that members may come and go.
    func isBetweenPackets(at time: Int) -> Bool { pending.count == 0 && packetStart == time }

    /// Begins anew at `time`, for members that have heard nothing yet.
    func start(at time: Int) {
        pending.removeAll()
        packetStart = time - time % parameters.ptime
        state = .silent
        audibleUntil = time
        lastSilence = time - 60_000
        needsIndependence = true
    }

    /// Goes on at `time`: what would have been encoded until then was not mixed.
    func skip(to time: Int) {
        packets.removeAll(keepingCapacity: true)
        guard packetStart < time else { return }
        let missing = (time - packetStart) * (parameters.codec.sampleRate / 1000) - pending.count
        if pending.count > 0, pending.count + missing <= parameters.samplesPerPacket {
            // A packet is under way: silence takes the place of what was left out.
            pending.appendSilence(count: missing)
        } else {
            pending.removeAll()
            packetStart = time - time % parameters.ptime
        }
    }

    /// Goes on exactly where `other` is, encoder included: its listeners notice nothing.
    func follow(_ other: OutputStream) throws(AudioCodecError) {
        parameters = other.parameters
        silence = other.silence
        try encoders.follow(other.encoders, parameters)
        pending.load(other.pending)
        packetStart = other.packetStart
        state = other.state
        audibleUntil = other.audibleUntil
        lastSilence = other.lastSilence
        needsIndependence = other.needsIndependence
    }

    /// Goes on as `other` with other settings of the same codec.
    func follow(_ other: OutputStream, as parameters: EncoderParameters, silence: SilencePayload)
        throws(AudioCodecError)
    {
        try follow(other)
        self.parameters = parameters
        self.silence = silence
        try encoders.apply(parameters)
    }

    /// Whether listeners of `other` may go on with this one, though nothing of it decodes by itself.
    func isInStep(with other: OutputStream) -> Bool { encoders.isInStep(with: other.encoders, parameters.codec) }

    /// Lets the next packet decode without those before it: somebody joins who has not heard them.
    func requireIndependence() { needsIndependence = true }

    /// Takes this tick's frame and makes the packets that are complete.
    /// - Parameters:
    ///   - time: milliseconds since the mixer began where the frame starts.
    ///   - audible: whether there is anything to hear in it.
    func consume(
        _ frame: SampleFrame, at time: Int, audible: Bool, policy: SilencePolicy, counters: inout MixerCounters
    ) {
        packets.removeAll(keepingCapacity: true)
        let end = time + 20
        if audible { audibleUntil = end }
        if !audible, isSilent {
            while packetStart + parameters.ptime <= end {
                announceSilence(policy, &counters)
                packetStart += parameters.ptime
            }
            return
        }
        let perMillisecond = parameters.codec.sampleRate / 1000
        if pending.count == 0, packetStart < time {
            pending.appendSilence(count: (time - packetStart) * perMillisecond)
        }
        let needed = parameters.samplesPerPacket
        if pending.count == 0, frame.count == needed {
            unsafe complete(frame.samples, policy, &counters)
            return
        }
        pending.append(frame)
        while pending.count >= needed {
            unsafe complete(pending.prefix(needed), policy, &counters)
            pending.removeFirst(needed)
        }
    }

    /// Sets who is heard in the packets of this tick; only the first 15 are kept.
    func setContributors(_ channels: [TalkerChannel], except slot: Int) {
        contributorCount = 0
        for channel in channels where channel.isHeard && channel.slot != slot {
            guard contributorCount < Self.mostContributors else { return }
            unsafe contributorStorage[contributorCount] = Contributor(slot: channel.slot, level: channel.level)
            contributorCount += 1
        }
    }

    var contributors: UnsafeBufferPointer<Contributor> {
        unsafe UnsafeBufferPointer(rebasing: contributorStorage[..<contributorCount])
    }

    func payload(of packet: Packet) -> UnsafeRawBufferPointer {
        guard packet.length > 0 else { return unsafe silence.bytes }
        let start = packet.place * Self.largestPayload
        return unsafe UnsafeRawBufferPointer(rebasing: storage[start..<(start + packet.length)])
    }

    private func complete(
        _ samples: UnsafeBufferPointer<Int16>, _ policy: SilencePolicy, _ counters: inout MixerCounters
    ) {
        defer { packetStart += parameters.ptime }
        if packetStart < audibleUntil {
            state = .active
            let made = unsafe encode(samples, &counters.failedEncodes)
            counters.encodes += made
            return
        }
        switch state {
        case .active:
            state = .tail(remaining: tailLength - 1)
            let made = unsafe encode(samples, &counters.failedEncodes)
            counters.tailEncodes += made
        case .tail(let remaining) where remaining > 0:
            state = .tail(remaining: remaining - 1)
            let made = unsafe encode(samples, &counters.failedEncodes)
            counters.tailEncodes += made
        case .tail:
            state = .silent
            lastSilence = packetStart
            // A receiver that knows pauses needs no word that one begins; it has heard the codec ring out.
            if case .continuous = policy { announceSilence(policy, &counters) }
            needsIndependence = true
        case .silent: announceSilence(policy, &counters)
        }
    }

    /// Packets of silence to encode after the last audio: 40 ms and at least two.
    private var tailLength: Int { max(2, 40 / parameters.ptime) }

    /// - Returns: packets made.
    private func encode(_ samples: UnsafeBufferPointer<Int16>, _ failures: inout Int) -> Int {
        let place = packets.count
        let start = place * Self.largestPayload
        let room = unsafe UnsafeMutableRawBufferPointer(rebasing: storage[start..<(start + Self.largestPayload)])
        do throws(AudioCodecError) {
            let length = try unsafe encoders.encode(samples, parameters, independent: needsIndependence, into: room)
            needsIndependence = false
            packets.append(Packet(kind: .audio, start: packetStart, place: place, length: length))
            return 1
        } catch {
            failures += 1
            return 0
        }
    }

    private func announceSilence(_ policy: SilencePolicy, _ counters: inout MixerCounters) {
        if case .paused(let interval) = policy { guard packetStart - lastSilence >= interval else { return } }
        lastSilence = packetStart
        guard parameters.codec == .g722 else {
            packets.append(Packet(kind: .silence, start: packetStart))
            return
        }
        // Repeating one packet would lead the receiver's predictors where the encoder's do not follow, and the next
        // word would begin with a bang. Encoding zeros takes 9 µs here, and both stay together.
        let made = unsafe encode(silence.zeros.samples, &counters.failedEncodes)
        counters.tailEncodes += made
        if made > 0 { packets[packets.count - 1].kind = .silence }
    }
}
