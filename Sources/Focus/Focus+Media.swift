// SPDX-License-Identifier: GPL-3.0-or-later
import Audio
import Conference
import Logging
import MediaServer
import RTP
import SIP

// What the media workers report.
extension Focus {
    func handle(_ event: LegEvent, of leg: LegID) {
        let member = MemberID(leg.number)
        guard let call = call(of: member) else { return }
        if let words = event.words { traces.note(call.callID, .media, words) }
        switch event {
        case .talking(let talks):
            if let step = registry.talking(member, talks, now: .now) { perform(step) }
        case .mediaLost:
            if let step = registry.mediaLost(member, now: .now) { perform(step) }
        case .failed:
            guard let id = sessions[member] else { return }
            logger.error("media leg failed", metadata: metadata(call))
            forget(id)
            let reason = SIPReason(cause: 500, text: "No media leg")
            withCore { core, now in core.terminate(id, reason: reason, now: now) }
            if let step = registry.leave(member, .setupFailed("no media leg"), now: .now) { perform(step) }
        case .digit(let key):
            pressed(key, by: member)
        case .goodbye:
            // RTCP BYE ends an RTP source, not the call (RFC 3550 §6.6): a phone on hold may say it too. The SIP BYE decides.
            break
        case .latched(let address):
            logger.info(
                "media comes from another address than signalled",
                metadata: metadata(call, ["address": "\(address)"]))
        case .keyframeWanted:
            requestKeyframe(of: call)
        case .presents(let presents):
            present(presents, by: call)
        case .videoFailed:
            logger.error("video leg failed", metadata: metadata(call))
        }
    }

    /// Asks the workers once a second how the legs fare, for the operator's view and the call records.
    func collectMediaReports() {
        guard !isCollecting, !calls.isEmpty else { return }
        isCollecting = true
        Task {
            await media.forEachStatistics { take($0) }
            isCollecting = false
        }
    }

    private func take(_ statistics: [LegID: LegStatistics]) {
        let now = ContinuousClock.now
        for (leg, figures) in statistics {
            noteUnshown(figures.video, to: leg)
            if let id = sessions[MemberID(leg.number)] { calls[id]?.figures = figures }
            let step = registry.report(
                MemberID(leg.number),
                MediaReport(
                    codec: figures.codec.label, remoteMedia: figures.remote.description,
                    lossPercent: figures.fractionLost * 100, jitterMilliseconds: figures.jitter,
                    roundTripMilliseconds: figures.roundTrip, levelDBov: -Double(figures.level),
                    video: videoReport(figures.video, of: leg)), now: now)
            if let step { perform(step) }
        }
    }
}

extension AudioCodec {
    /// As people write it.
    var label: String {
        switch self {
        case .opus: "opus"
        case .g722: "G.722"
        case .pcmu: "PCMU"
        case .pcma: "PCMA"
        }
    }
}

extension LegEvent {
    /// For `confabctl explain`; nil for what comes all the time, and for keys.
    fileprivate var words: String? {
        switch self {
        case .talking, .digit: nil
        case .mediaLost: "nothing has come for too long"
        case .failed: "the media leg could not be opened"
        case .goodbye: "RTCP BYE"
        case .latched(let address): "media comes from \(address), not from where it was announced"
        case .keyframeWanted: "a key frame is asked for by INFO"
        case .presents(let presents): presents ? "shares a screen" : "shares its screen no more"
        case .videoFailed: "the video leg could not be opened"
        }
    }
}
