// SPDX-License-Identifier: GPL-3.0-or-later
import Conference
import Geometry
import Logging
import MediaServer
import Video

// Video in figures, for operators.
extension Focus {
    func videoReport(_ figures: VideoStatistics?, of leg: LegID) -> VideoReport? {
        guard let figures else { return call(of: MemberID(leg.number))?.videoRefusal.map { .declined($0) } }
        var report = VideoReport(
            codec: figures.codec.encodingName, camera: VideoReport.Camera(figures.camera),
            size: figures.pictureSize?.description, sees: figures.sees.map { MemberID($0.number) })
        report.delivery =
            switch figures.delivery {
            case .slots(let filled, let count): .slots(filled: filled, of: count)
            case .speaker: .speaker
            case .grid(let grid): .grid(grid.words)
            }
        report.presenter = figures.presenter.map { MemberID($0.number) }
        report.presents = figures.presents
        report.lack = figures.lack.map(VideoReport.Lack.init)
        return report
    }

    /// Logs that a member cannot be shown what others send, once each time that it becomes so.
    func noteUnshown(_ figures: VideoStatistics?, to leg: LegID) {
        let lack = figures?.lack.map(VideoReport.Lack.init)
        let reason: String? =
            switch lack {
            case .otherCodec, .manyAnew, .notComposed, .tooLarge: lack?.words()
            case .takesNone, .nobody, .keyframe, .fewSlots, .declined, nil: nil
            }
        guard let call = call(of: MemberID(leg.number)), reason != call.unshown else { return }
        calls[call.session]?.unshown = reason
        if let reason { logger.info("video not shown", metadata: metadata(call, ["reason": "\(reason)"])) }
    }

    func videoMetrics(_ video: VideoCounters) -> [MetricFamily] {
        func count(_ name: String, _ help: String, _ value: some BinaryInteger) -> MetricFamily {
            MetricFamily(name, help: help, .counter([.init(Double(value))]))
        }
        func count(
            _ name: String, _ help: String, by label: String, _ values: [(String, some BinaryInteger)]
        ) -> MetricFamily {
            MetricFamily(
                name, help: help, .counter(values.map { .init(Double($0.1), labels: [.init(label, $0.0)]) }))
        }
        let keyframes = video.keyframes
        // What a receiver is not shown is not dropped on its way.
        let drops = ForwardDrop.allCases.filter { $0 != .notSelected }.map { ($0.label, video[$0]) }
        return [
            MetricFamily(
                "confab_video_legs", help: "Members with video.", .gauge([.init(Double(video.legs))])),
            MetricFamily(
                "confab_video_cameras", help: "Members whose picture can be shown.",
                .gauge([.init(Double(video.cameras))])),
            count("confab_video_packets_received_total", "Video packets of cameras.", video.received),
            count("confab_video_packets_forwarded_total", "Video packets forwarded, once a receiver.", video.forwarded),
            count("confab_video_packets_resent_total", "Video packets sent again on request.", video.resent),
            count(
                "confab_video_packets_dropped_total", "Video packets that did not go to a receiver.", by: "reason",
                drops + [("unseen", video.unseen), ("send", video.unsendable)]),
            count("confab_video_packets_asked_total", "Lost video packets asked for again.", video.asked),
            count("confab_video_packets_repaired_total", "Lost video packets that came again as RTX.", video.repaired),
            count("confab_video_packets_abandoned_total", "Lost video packets that never came.", video.abandoned),
            count(
                "confab_video_keyframes_asked_total", "Key frames asked for.", by: "kind",
                [("pli", keyframes.pictureLosses), ("fir", keyframes.fullIntras), ("info", keyframes.fastUpdates)]),
            count(
                "confab_video_keyframe_requests_total", "Reasons to ask for a key frame.", by: "reason",
                KeyframeRequest.allCases.map { ($0.label, keyframes[$0]) }),
            count(
                "confab_video_keyframe_requests_unasked_total", "Those of them that no request was sent for.",
                by: "why",
                [
                    ("coalesced", keyframes.coalesced), ("duplicate", keyframes.duplicates),
                    ("no-way", keyframes.unaskable),
                ]),
            count("confab_video_keyframes_total", "Key frames that came.", keyframes.keyframes),
            count(
                "confab_video_withdrawn_total", "Live pictures that were withdrawn.", by: "reason",
                PictureAbsence.allCases.map { ($0.label, video[$0]) }),
            count("confab_video_switches_total", "Times that a receiver began to see another camera.", video.switches),
        ]
    }
}

extension VideoRule {
    init(_ mode: VideoMode) {
        switch mode {
        case .auto: self.init(fillsSlots: true, grid: .whereCodecsDiffer)
        case .grid: self.init(fillsSlots: true, grid: .always)
        case .switch: self.init(fillsSlots: false, grid: .never)
        case .forward: self.init(fillsSlots: true, grid: .never)
        }
    }
}

extension VideoReport.Camera {
    init(_ state: SourceHealth.State) {
        switch state {
        case .live: self = .live
        case .absent(.starting): self = .starting
        case .absent(.cameraOff): self = .off
        case .absent(.held): self = .held
        case .absent(.stalled): self = .stalled
        case .absent(.decoderError): self = .broken
        }
    }
}

extension VideoStatistics.Grid {
    /// For people.
    fileprivate var words: String {
        guard let rate else { return "\(size)" }
        guard rate < wantedRate else { return "\(size), \(rate) a second" }
        return "\(size), only \(rate) of \(wantedRate) a second: the processor is short of time"
    }
}

extension VideoReport.Lack {
    init(_ lack: VideoStatistics.Lack) {
        self =
            switch lack {
            case .takesNone: .takesNone
            case .nobody: .nobody
            case .otherCodec(let codec): .otherCodec(codec.encodingName)
            case .manyAnew(let codec, let limit): .manyAnew(codec.encodingName, limit: limit)
            case .tooLarge(let leg, let size): .tooLarge(MemberID(leg.number), "\(size)")
            case .keyframe(let leg): .keyframe(MemberID(leg.number))
            case .fewSlots(let hidden): .fewSlots(hidden: hidden)
            case .notComposed: .notComposed
            }
    }
}
