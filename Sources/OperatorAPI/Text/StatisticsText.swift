// SPDX-License-Identifier: GPL-3.0-or-later
package import Conference
package import FoundationEssentials

/// `confabctl stats`.
package enum StatisticsText {
    package static func render(_ statistics: FocusStatistics, now: Date, colours: Bool) -> String {
        let uptime = Figures.age(now.timeIntervalSince(statistics.started))
        var table = TextTable(("WHAT", .left), ("FIGURE", .right))
        table.add(["up", .init(uptime)])
        if statistics.draining { table.add(["state", .init("draining", .warning)]) }
        table.add(["workers", .init(String(statistics.workers))])
        table.add(["rooms now", .init(String(statistics.rooms))])
        table.add(["members now", .init(String(statistics.members))])
        table.add(["rooms opened", .init(String(statistics.roomsTotal))])
        table.add(["calls received", .init(String(statistics.callsTotal))])
        add("calls refused", statistics.callsRefused, to: &table)
        table.add(["packets in", .init(String(statistics.packetsIn))])
        table.add(["packets out", .init(String(statistics.packetsOut))])
        add("packets dropped", statistics.packetsDropped, to: &table)
        table.add(["frames encoded", .init(String(statistics.encodes))])
        table.add(["frames decoded", .init(String(statistics.decodes))])
        table.add(["mixer ticks", .init(String(statistics.ticks))])
        table.add([
            "mixer ticks late", .init(String(statistics.lateTicks), statistics.lateTicks > 0 ? .warning : .plain),
        ])
        table.add(["tick lateness p99", .init(Figures.decimal(statistics.tickLatenessP99Milliseconds, "ms"))])
        for transactions in statistics.sipTransactions {
            let status = transactions.status == 0 ? "timed out" : String(transactions.status)
            table.add([.init("SIP \(transactions.method) \(status)"), .init(String(transactions.count))])
        }
        return table.render(colours: colours)
    }

    private static func add(_ title: String, _ counts: [String: UInt64], to table: inout TextTable) {
        table.add([.init(title), .init(String(counts.values.reduce(0, &+)))])
        for (reason, count) in counts.sorted(by: { $0.key < $1.key }) where count > 0 {
            table.add([.init("  \(reason)"), .init(String(count))])
        }
    }
}
