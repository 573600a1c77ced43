// SPDX-License-Identifier: GPL-3.0-or-later

/// Who wants a key frame, and why. The raw value is a counter index.
package enum KeyframeRequest: Int, CaseIterable, Hashable, Sendable {
    /// A receiver sent a picture loss indication (RFC 4585 §6.3.1).
    case pictureLoss
    /// A receiver sent a full intra request (RFC 5104 §4.3.1).
    case fullIntra
    /// A receiver sent INFO with `picture_fast_update` (RFC 5168 §6).
    case fastUpdate
    /// The source has just been answered, or is heard for the first time.
    case start
    /// Somebody has joined who is to see it.
    case join
    /// A receiver switches to it.
    case change
    /// A decoder of our own lost the picture.
    case decoder
    /// It is silent in a way that is not its own: is it still there?
    case doubt

    /// A stable word for metrics.
    package var label: String {
        switch self {
        case .pictureLoss: "pli"
        case .fullIntra: "fir"
        case .fastUpdate: "info"
        case .start: "start"
        case .join: "join"
        case .change: "switch"
        case .decoder: "decoder"
        case .doubt: "doubt"
        }
    }
}

/// How a source can be asked for a key frame: what its description, and its answers, say that it understands.
package struct KeyframeWays: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// `a=rtcp-fb: nack pli`.
    package static let pictureLoss = KeyframeWays(rawValue: 1 << 0)
    /// `a=rtcp-fb: ccm fir`.
    package static let fullIntra = KeyframeWays(rawValue: 1 << 1)
    /// INFO with `application/media_control+xml` (RFC 5168).
    package static let fastUpdate = KeyframeWays(rawValue: 1 << 2)
}

/// What is to be sent to a source.
package enum KeyframeAsk: Hashable, Sendable {
    case pictureLoss
    /// With this command sequence number; "a repetition SHALL NOT increase" it (RFC 5104 §4.3.1.1).
    case fullIntra(sequence: UInt8)
    /// An INFO request.
    case fastUpdate
}

/// What a broker has seen and done.
package struct KeyframeCounters: Sendable {
    private var requests = InlineArray<8, Int>(repeating: 0)
    /// Full intra requests that repeated an earlier one's number.
    package internal(set) var duplicates = 0
    /// Requests that an earlier, still open one already stands for, or that came too soon after an ask.
    package internal(set) var coalesced = 0
    /// Asks sent, by how.
    package internal(set) var pictureLosses = 0
    package internal(set) var fullIntras = 0
    package internal(set) var fastUpdates = 0
    /// Times that there was a reason to ask but no way.
    package internal(set) var unaskable = 0
    /// Key frames that came, asked for or not.
    package internal(set) var keyframes = 0

    package init() {}

    /// Requests of that kind, duplicates not counted.
    package subscript(_ request: KeyframeRequest) -> Int { requests[request.rawValue] }

    /// All asks sent.
    package var asks: Int { pictureLosses + fullIntras + fastUpdates }

    package mutating func add(_ other: KeyframeCounters) {
        for index in requests.indices { requests[index] += other.requests[index] }
        duplicates += other.duplicates
        coalesced += other.coalesced
        pictureLosses += other.pictureLosses
        fullIntras += other.fullIntras
        fastUpdates += other.fastUpdates
        unaskable += other.unaskable
        keyframes += other.keyframes
    }

    mutating func count(_ request: KeyframeRequest) { requests[request.rawValue] += 1 }

    mutating func count(_ ask: KeyframeAsk) {
        switch ask {
        case .pictureLoss: pictureLosses += 1
        case .fullIntra: fullIntras += 1
        case .fastUpdate: fastUpdates += 1
        }
    }
}
