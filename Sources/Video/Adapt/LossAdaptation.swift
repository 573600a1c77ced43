// SPDX-License-Identifier: GPL-3.0-or-later

package import Geometry
package import RTP

/// Says what one encoder is to make, from what its receiver loses (RTCP), what it allows (REMB, TMMBR), and how long
/// encoding takes. A pure machine; times come in as arguments.
///
/// - Loss over 10% takes the bitrate down by half of the loss, at most twice a second; under 2% it grows by 8% a
///   report, at most once a second; between them it stays.
/// - Size and rate, in the order that suits what is shown, follow the bitrate down at once, and up only a step at a time: with a fifth to spare, five seconds
///   after the last change.
/// - An encoder that needs over 80% of the time between two pictures for a second goes a step down, whatever the
///   bitrate; under 40% for ten seconds lets it up again.
package struct LossAdaptation: Sendable {
    private enum Rule {
        static let heavyLoss = 0.10
        static let lightLoss = 0.02
        static let growth = 1.08
        static let growthInterval = 1000
        static let cutInterval = 500
        static let climbReserve = 1.2
        static let climbInterval = 5000
        static let busy = 0.8
        static let busyTime = 1000
        static let idle = 0.4
        static let idleTime = 10_000
    }

    /// No encoder opens for nothing at all, whatever a receiver says.
    private static let smallestMaximum = 10_000

    package let quality: VideoQuality
    package private(set) var kind: PictureKind
    /// What comes from the camera or composer.
    package private(set) var source: PictureSize
    /// What the encoder is to make now.
    package private(set) var target: VideoTarget

    private var bitrate: Double
    private var step = 0
    /// The best step that the processor manages.
    private var processorStep = 0
    private var estimatedMaximum: Int?
    private var temporaryMaximum: Int?
    private var lastGrowth: MediaInstant
    private var lastCut: MediaInstant?
    private var lastChange: MediaInstant
    /// Smoothed share of the time between two pictures that encoding takes.
    private var load: Double?
    private var lastEncoded: MediaInstant?
    private var busySince: MediaInstant?
    private var idleSince: MediaInstant?

    package init(quality: VideoQuality, kind: PictureKind = .motion, source: PictureSize, now: MediaInstant) {
        self.quality = quality
        self.kind = kind
        self.source = source
        bitrate = Double(quality.start)
        lastGrowth = now
        lastChange = now
        target = VideoTarget(bitrate: quality.start, size: source, rate: quality.rate(of: kind))
        step = step(for: quality.start)
        refresh()
    }

    /// Share of the time between two pictures that encoding takes, smoothed; nil before the first.
    package var encoderLoad: Double? { load }

    // MARK: - What is heard

    /// A report block on the encoder's stream came.
    /// - Parameter fractionLost: 256ths (RFC 3550 §6.4.1).
    /// - Returns: the new target if it has changed; so of all verbs here.
    package mutating func reported(fractionLost: UInt8, now: MediaInstant) -> VideoTarget? {
        let loss = Double(fractionLost) / 256
        if loss > Rule.heavyLoss {
            lastGrowth = now
            // Reports may come faster than a cut can show in them.
            if lastCut.map({ now.milliseconds(since: $0) < Rule.cutInterval }) != true {
                bitrate *= 1 - loss / 2
                lastCut = now
            }
        } else if loss < Rule.lightLoss, now.milliseconds(since: lastGrowth) >= Rule.growthInterval {
            // From what was allowed last: a limit that goes away does not let the rate jump.
            bitrate *= Rule.growth
            lastGrowth = now
        }
        return settle(now: now)
    }

    /// REMB: the receiver's estimate of all that may come; nil: it gives none any more.
    package mutating func estimated(maximum bitrate: Int?, now: MediaInstant) -> VideoTarget? {
        estimatedMaximum = bitrate.map { max(0, $0) }
        return settle(now: now)
    }

    /// TMMBR: a maximum that counts packet heads too (RFC 5104 §4.2.1.2).
    /// - Parameters:
    ///   - bitrate: bits a second; nil: no longer.
    ///   - overhead: octets that a packet has beside its payload.
    package mutating func requested(maximum bitrate: Int?, overhead: Int, now: MediaInstant) -> VideoTarget? {
        temporaryMaximum = bitrate.map { ReceiverLimit.payload(of: $0, overhead: overhead) }
        return settle(now: now)
    }

    /// A picture has been encoded.
    /// - Parameter nanoseconds: that it took.
    package mutating func encoded(nanoseconds: Int64, now: MediaInstant) -> VideoTarget? {
        // Sources give fewer pictures than are wanted, some of them.
        let elapsed = lastEncoded.map { max(1, now.nanoseconds(since: $0)) } ?? 1
        lastEncoded = now
        let share = Double(nanoseconds) * min(Double(target.rate) / 1e9, 1 / Double(elapsed))
        let smoothed = (load ?? share) * 0.9 + share * 0.1
        load = smoothed
        if smoothed > Rule.busy {
            idleSince = nil
            let since = busySince ?? now
            busySince = since
            if now.milliseconds(since: since) >= Rule.busyTime, step < ladder.count - 1 {
                processorStep = step + 1
                (busySince, load) = (nil, nil)
            }
        } else if smoothed < Rule.idle {
            busySince = nil
            let since = idleSince ?? now
            idleSince = since
            if now.milliseconds(since: since) >= Rule.idleTime, processorStep > 0 {
                processorStep -= 1
                idleSince = now
            }
        } else {
            (busySince, idleSince) = (nil, nil)
        }
        return settle(now: now)
    }

    // MARK: - What is wanted

    /// The source is one of another kind.
    package mutating func change(kind: PictureKind, now: MediaInstant) -> VideoTarget? {
        guard kind != self.kind else { return nil }
        self.kind = kind
        source = quality.largest(of: kind)
        processorStep = 0
        (load, lastEncoded, busySince, idleSince) = (nil, nil, nil, nil)
        return restart(now: now)
    }

    /// The camera gives another size.
    package mutating func change(source: PictureSize, now: MediaInstant) -> VideoTarget? {
        guard source != self.source else { return nil }
        self.source = source
        let before = target
        refresh()
        return target == before ? nil : target
    }

    // MARK: - Rules

    private mutating func restart(now: MediaInstant) -> VideoTarget? {
        let before = target
        clamp()
        step = max(step(for: Int(bitrate)), processorStep)
        lastChange = now
        refresh()
        return target == before ? nil : target
    }

    private mutating func settle(now: MediaInstant) -> VideoTarget? {
        let before = target
        clamp()
        let lowest = max(step(for: Int(bitrate)), processorStep)
        if lowest > step {
            step = lowest
            lastChange = now
        } else if lowest < step, now.milliseconds(since: lastChange) >= Rule.climbInterval,
            bitrate >= Double(ladder[step - 1].bitrate) * Rule.climbReserve || atCeiling
        {
            step -= 1
            lastChange = now
        }
        refresh()
        return target == before ? nil : target
    }

    /// The quality does not let the bitrate grow any more: there is no use in waiting for a reserve. A receiver's limit
    /// is another matter, it moves.
    private var atCeiling: Bool { Int(bitrate) >= quality.bitrates.upperBound }

    private var ceiling: Int {
        max(
            Self.smallestMaximum, min(quality.bitrates.upperBound, estimatedMaximum ?? .max, temporaryMaximum ?? .max))
    }

    /// Between what the quality asks for and what network and receiver allow. A receiver's limit is obeyed below the
    /// quality's minimum too.
    private mutating func clamp() {
        bitrate = min(max(bitrate, Double(quality.bitrates.lowerBound)), Double(ceiling))
    }

    private mutating func refresh() {
        let here = ladder[step]
        let largest = quality.largest(of: kind)
        let box = PictureSize(min(here.size.width, largest.width), min(here.size.height, largest.height))
        // A camera that stands upright is as tall as others are wide.
        let isUpright = source.height > source.width
        let turned = isUpright ? PictureSize(box.height, box.width) : box
        target = VideoTarget(
            bitrate: Int(bitrate), size: source.fitting(in: turned), rate: min(here.rate, quality.rate(of: kind)))
    }

    /// The best step for a bitrate.
    private func step(for bitrate: Int) -> Int {
        ladder.firstIndex { bitrate >= $0.bitrate } ?? ladder.count - 1
    }

    private var ladder: [VideoStep] { VideoStep.ladder(of: kind) }
}
