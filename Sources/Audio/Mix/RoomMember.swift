// SPDX-License-Identifier: GPL-3.0-or-later

/// What a member brings into a room.
package struct MemberSettings: Hashable, Sendable {
    /// How it wants to hear the room.
    package var output: EncoderParameters
    /// Samples a second of the frames it offers: 48000, 16000 or 8000.
    package var inputRate: Int
    /// Whether packets are made for it: false while it holds us or listens to nothing.
    package var receives = true
    package var isMuted = false
    /// Held: muted into the room whatever it sends, so that its hold music stays out.
    package var isHeld = false
    /// Factor on what it says; 1 leaves samples exactly as they are.
    package var gain: Float = 1

    /// - Parameter inputRate: the output codec's unless it sends with another one.
    package init(output: EncoderParameters, inputRate: Int? = nil) {
        self.output = output
        self.inputRate = inputRate ?? output.codec.sampleRate
    }
}

/// A member as the mixer keeps it.
@safe struct RoomMember {
    var settings: MemberSettings
    var classIndex: Int
    /// Its own stream while it must not hear itself, or hears what others do not.
    var ownIndex: Int?
    /// Its way into the mix while it talks.
    var channel: Int?
    var player: AnnouncementPlayer?
    /// Factor on what it hears of the others; any but 1 takes a stream of its own.
    var hearing: Float = 1
    /// Whether it hears what nobody else hears.
    var hearsApart: Bool { player != nil || hearing != 1 }
    /// This tick's frame when it was offered before the talkers were selected.
    var frame: UnsafeBufferPointer<Int16>?
    var level: UInt8 = 127
    /// Start of its last packet in milliseconds since the mixer began.
    var lastStart: Int?
    var lastEnd = 0
    var lastKind = MixedPacket.Kind.silence

    init(settings: MemberSettings, classIndex: Int) {
        self.settings = settings
        self.classIndex = classIndex
    }

    /// Neither hears nor is heard, but for what is played to it alone.
    var isApart = false

    var isSilenced: Bool { settings.isMuted || settings.isHeld || isApart }
}

/// The members of a room with equal ``EncoderParameters``, who share one encode.
final class MixerClass {
    let parameters: EncoderParameters
    let policy: SilencePolicy
    let silence: SilencePayload
    let stream: OutputStream
    /// Members of the class.
    var count = 0
    /// Those of them that hear the shared stream; with none it is not encoded.
    var listeners = 0

    init(
        _ parameters: EncoderParameters, policy: SilencePolicy, effort: EncoderEffort
    ) throws(AudioCodecError) {
        self.parameters = parameters
        self.policy = policy
        silence = try SilencePayload(parameters)
        let encoders = EncoderSet(effort: effort)
        try encoders.prepare(parameters)
        stream = OutputStream(parameters, encoders: encoders, silence: silence)
    }

    var rate: Int { parameters.codec.sampleRate }
}

/// A stream for one member at a time.
final class OwnStream {
    let encoders: EncoderSet
    let stream: OutputStream
    /// Its member; nil while free.
    var slot: Int?
    /// Ticks since its member could have gone back to the shared stream.
    var lingering = 0

    init(_ first: MixerClass, effort: EncoderEffort) throws(AudioCodecError) {
        encoders = EncoderSet(effort: effort)
        try encoders.prepare(first.parameters)
        stream = OutputStream(first.parameters, encoders: encoders, silence: first.silence)
    }
}
