// SPDX-License-Identifier: GPL-3.0-or-later

/// What happens in a call, in order. `ended` is the last and comes exactly once.
public enum CallEvent: Hashable, Sendable {
    /// A provisional response: 180 rings, 183 may let early audio through.
    case ringing(status: Int)
    /// The call stands.
    case established(CallDescription)
    /// The codec or another property of the call's description has changed.
    case changed(CallDescription)
    /// Who is in the conference. Comes again with every change.
    case roster(Roster)
    /// Who talks: a change of the set. In an ordinary call that is the other side alone.
    case talkers([Talker])
    /// How loud it is, every 100 ms.
    case levels(CallLevels)
    /// The other side put us on hold, or took us back.
    case heldByPeer(Bool)
    /// We hold the other side, or took it back.
    case held(Bool)
    /// The microphone was muted or opened.
    case muted(Bool)
    /// What happens to the video.
    case video(VideoEvent)
    /// The other side pressed a key: 0–9, *, #, A–D.
    case digit(Character)
    /// Somebody wrote something.
    case chat(ChatLine)
    /// Something a person should know: a device that went away, a roster that cannot be had.
    case notice(String)
    case ended(CallEnd)
}

/// What a call is, once it stands.
public struct CallDescription: Hashable, Sendable {
    /// The other side's address; of a conference its URI, also where a factory made it.
    public var remote: String
    /// Whether the other side is a conference's focus (`isfocus`, RFC 4579).
    public var isFocus: Bool
    /// What we send, such as `opus`.
    public var codec: String

    public init(remote: String, isFocus: Bool, codec: String) {
        self.remote = remote
        self.isFocus = isFocus
        self.codec = codec
    }
}

/// Levels in the last 100 ms, in dBov: 0 is the loudest there is, -127 silence.
public struct CallLevels: Hashable, Sendable {
    /// What we send.
    public var microphone: Int
    /// What we hear.
    public var speaker: Int
    /// Who talks, with present levels.
    public var talkers: [Talker]

    public init(microphone: Int, speaker: Int, talkers: [Talker]) {
        self.microphone = microphone
        self.speaker = speaker
        self.talkers = talkers
    }
}

/// Somebody who talks.
public struct Talker: Hashable, Sendable {
    /// As the roster has it; nil for somebody who is not in it (yet).
    public var name: String?
    /// SIP address; nil like the name.
    public var uri: String?
    /// What names the talker in the mix (CSRC); nil in an ordinary call.
    public var sourceID: UInt32?
    /// dBov, -127...0.
    public var level: Int

    public init(name: String?, uri: String?, sourceID: UInt32?, level: Int) {
        self.name = name
        self.uri = uri
        self.sourceID = sourceID
        self.level = level
    }
}
