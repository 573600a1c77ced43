// SPDX-License-Identifier: GPL-3.0-or-later
import FoundationEssentials

extension FocusStatistics {
    /// The statistics as Prometheus metrics. Names are part of the operator API.
    ///
    /// - Parameters:
    ///   - version: The focus's release, for `confab_info`.
    ///   - tickLateness: How late mixer ticks began, seconds; one histogram for each worker, or one for all.
    package func metricFamilies(version: String, tickLateness: [MetricFamily.Histogram] = []) -> [MetricFamily] {
        var families = [
            gauge("confab_info", "Which release runs; always 1.", 1, [.init("version", version)]),
            gauge("confab_start_time_seconds", "When the focus started, Unix time.", started.timeIntervalSince1970),
            gauge("confab_draining", "1 while the focus refuses new calls to shut down.", draining ? 1 : 0),
            gauge("confab_workers", "Media worker threads.", Double(workers)),
            gauge("confab_rooms", "Rooms that stand.", Double(rooms)),
            gauge("confab_members", "Members in all rooms.", Double(members)),
            counter("confab_rooms_opened_total", "Rooms opened.", roomsTotal),
            counter("confab_calls_total", "Calls received.", callsTotal),
            counter("confab_calls_refused_total", "Calls refused.", by: "reason", callsRefused),
            counter("confab_packets_received_total", "RTP and RTCP packets received.", packetsIn),
            counter("confab_packets_sent_total", "RTP and RTCP packets sent.", packetsOut),
            counter("confab_packets_dropped_total", "Packets dropped.", by: "reason", packetsDropped),
            counter("confab_encodes_total", "Audio frames encoded.", encodes),
            counter("confab_decodes_total", "Audio frames decoded.", decodes),
            counter("confab_mixer_ticks_total", "Mixer ticks, 50 a second at each phase with rooms.", ticks),
            counter("confab_mixer_late_ticks_total", "Mixer ticks that began more than 5 ms late.", lateTicks),
            MetricFamily(
                "confab_sip_transactions_total",
                help: "SIP transactions ended, by method and final status; status 0 timed out.",
                .counter(
                    sipTransactions.map {
                        .init(
                            Double($0.count), labels: [.init("method", $0.method), .init("status", String($0.status))])
                    })),
        ]
        if !tickLateness.isEmpty {
            families.append(
                MetricFamily(
                    "confab_mixer_tick_lateness_seconds", help: "How late mixer ticks began.",
                    .histogram(tickLateness)))
        }
        return families
    }

    private func gauge(
        _ name: String, _ help: String, _ value: Double, _ labels: [MetricFamily.Label] = []
    ) -> MetricFamily {
        MetricFamily(name, help: help, .gauge([.init(value, labels: labels)]))
    }

    private func counter(_ name: String, _ help: String, _ value: UInt64) -> MetricFamily {
        MetricFamily(name, help: help, .counter([.init(Double(value))]))
    }

    private func counter(_ name: String, _ help: String, by label: String, _ values: [String: UInt64]) -> MetricFamily {
        MetricFamily(name, help: help, .counters(values, by: label))
    }
}
