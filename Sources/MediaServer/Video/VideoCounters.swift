// SPDX-License-Identifier: GPL-3.0-or-later
package import Video

/// Figures of forwarded video since the beginning.
package struct VideoCounters: Sendable {
    /// Legs that have video now.
    package var legs = 0
    /// Those of them whose camera is live.
    package var cameras = 0
    /// Packets that cameras sent.
    package var received: UInt64 = 0
    /// Packets that left, resent ones not counted.
    package var forwarded: UInt64 = 0
    /// Packets sent again on a NACK.
    package var resent: UInt64 = 0
    /// Packets of a camera that came and that nobody is shown, or not yet.
    package var unseen: UInt64 = 0
    private var drops = InlineArray<5, UInt64>(repeating: 0)
    /// Packets that could not leave: no route, too long.
    package var unsendable: UInt64 = 0
    /// Packets that were asked for again, those of them that came as retransmissions (RFC 4588), and those that never came.
    package var asked: UInt64 = 0
    package var repaired: UInt64 = 0
    package var abandoned: UInt64 = 0
    /// Times that a receiver began to see another camera.
    package var switches: UInt64 = 0
    /// Key frames wanted, asked for and come.
    package var keyframes = KeyframeCounters()
    private var withdrawals = PictureWithdrawals()

    package init() {}

    /// Pictures that were shown, or could have been, and then not any more for that reason; whoever left is not among them.
    package subscript(_ absence: PictureAbsence) -> UInt64 { withdrawals[absence] }

    /// Packets that did not go to a receiver for that reason.
    package subscript(_ drop: ForwardDrop) -> UInt64 { drops[drop.rawValue] }

    mutating func add(_ line: VideoLine) {
        forwarded &+= UInt64(line.forwarder.forwarded)
        resent &+= line.resent
        unsendable &+= line.unsendable
        for drop in ForwardDrop.allCases { drops[drop.rawValue] &+= UInt64(line.forwarder.count(drop)) }
        switches &+= UInt64(line.forwarder.switches)
        if let source = line.source { add(source) }
    }

    private mutating func add(_ source: VideoSource) {
        received &+= source.packets
        unseen &+= source.unseen
        asked &+= source.asked
        repaired &+= source.repaired
        abandoned &+= source.abandoned
        keyframes.add(source.broker.counters)
        withdrawals.add(source.withdrawals)
    }

    mutating func add(_ other: VideoCounters) {
        legs += other.legs
        cameras += other.cameras
        received &+= other.received
        forwarded &+= other.forwarded
        resent &+= other.resent
        unseen &+= other.unseen
        unsendable &+= other.unsendable
        for index in drops.indices { drops[index] &+= other.drops[index] }
        asked &+= other.asked
        repaired &+= other.repaired
        abandoned &+= other.abandoned
        switches &+= other.switches
        keyframes.add(other.keyframes)
        withdrawals.add(other.withdrawals)
    }
}

/// Times that live pictures were withdrawn, by why.
struct PictureWithdrawals: Sendable {
    private var counts = InlineArray<5, UInt64>(repeating: 0)

    subscript(_ absence: PictureAbsence) -> UInt64 { counts[absence.rawValue] }

    mutating func count(_ absence: PictureAbsence) { counts[absence.rawValue] &+= 1 }

    mutating func add(_ other: PictureWithdrawals) {
        for index in counts.indices { counts[index] &+= other.counts[index] }
    }
}

extension ForwardDrop {
    /// A stable word for metrics.
    package var label: String {
        switch self {
        case .notSelected: "not-selected"
        case .awaitingKeyframe: "awaiting-keyframe"
        case .late: "late"
        case .codec: "codec"
        case .packetizationMode: "packetization-mode"
        }
    }
}
