// SPDX-License-Identifier: GPL-3.0-or-later
package import Conference
import MediaServer
import SIP

// The focus in figures.
extension Focus: MetricsSource {
    package func statistics() async -> FocusStatistics {
        figures(await media.totals())
    }

    private func figures(_ media: MediaCounters) -> FocusStatistics {
        var figures = FocusStatistics(started: started.date)
        figures.draining = registry.isDraining
        figures.workers = self.media.workerCount
        figures.rooms = registry.roomCount
        figures.members = registry.memberCount
        figures.roomsTotal = counters.rooms
        figures.callsTotal = counters.calls
        figures.callsRefused = counters.refused
        figures.packetsIn = media.packetsIn
        figures.packetsOut = media.packetsOut
        for reason in DropReason.allCases where media.dropped[reason] > 0 {
            figures.packetsDropped[reason.label] = media.dropped[reason]
        }
        if media.sendFailures > 0 { figures.packetsDropped["send"] = media.sendFailures }
        figures.encodes = media.encodes
        figures.decodes = media.decodes
        figures.ticks = media.ticks
        figures.lateTicks = media.lateness.late
        figures.tickLatenessP99Milliseconds = media.lateness.percentile(0.99)
        figures.sipTransactions = endpoint.core.outcomes.map { key, count in
            FocusStatistics.Transactions(method: key.method, status: key.status, count: count)
        }.sorted { ($0.method, $0.status) < ($1.method, $1.status) }
        return figures
    }

    package func metrics() async -> [MetricFamily] {
        let media = await media.totals()
        let late = media.lateness
        let lateness = MetricFamily.Histogram(
            bounds: LatenessHistogram.bounds.map { Double($0) / 1e6 },
            counts: (0...LatenessHistogram.bounds.count).map { late.counts[$0] }, sum: Double(late.sum) / 1e6)
        func count(_ name: String, _ help: String, _ value: UInt64) -> MetricFamily {
            MetricFamily(name, help: help, .counter([.init(Double(value))]))
        }
        return figures(media).metricFamilies(version: Release.version, tickLateness: [lateness])
            + videoMetrics(media.video) + gridMetrics(media.grid) + [
                count(
                    "confab_packets_sent_together_total", "Packets that left with others as one message of the system.",
                    media.packetsOutTogether),
                count(
                    "confab_messages_refused_total", "Messages of several packets that the system did not take.",
                    media.refusedMessages),
                count("confab_scout_decodes_total", "Audio frames listened to at 8 kHz.", media.scoutDecodes),
                MetricFamily(
                    "confab_concealed_seconds_total", help: "Audio made up for lost packets.",
                    .counter([.init(Double(media.concealedMilliseconds) / 1000)])),
                MetricFamily(
                    "confab_mixer_seconds_total", help: "Time spent in mixer ticks.",
                    .counter([.init(Double(media.tickNanoseconds) / 1e9)])),
                count(
                    "confab_mixer_missed_ticks_total", "Mixer ticks left out for want of time.",
                    media.missedTicks),
                MetricFamily(
                    "confab_encoder_complexity_limit",
                    help: "The highest Opus complexity that there is time for; 10 is all there is.",
                    .gauge([.init(Double(media.complexityLimit))])),
                count("confab_mixer_growths_total", "Allocations within mixer ticks.", media.growths),
                count("confab_chat_messages_total", "Messages said in chats.", counters.messages),
                count(
                    "confab_chat_lost_total", "Messages that did not reach one of their readers.", counters.messagesLost
                ),
                MetricFamily(
                    "confab_requests_refused_total",
                    help: "SUBSCRIBE, REGISTER and MESSAGE for which there was no place.",
                    .counters(counters.withoutPlace, by: "reason")),
                count("confab_sip_malformed_total", "Messages that could not be read.", endpoint.malformed),
            ]
    }
}
