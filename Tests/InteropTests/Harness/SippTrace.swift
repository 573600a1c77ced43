// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation

/// What sipp wrote of the messages of a run, in their order.
struct SippTrace {
    struct Entry {
        /// Whether sipp sent it.
        var isSent: Bool
        var message: String
    }

    private(set) var entries: [Entry] = []

    /// - Parameter trace: of `-trace_msg`.
    init(_ trace: String) {
        for block in trace.components(separatedBy: String(repeating: "-", count: 47)) {
            guard let end = block.range(of: "\n\n") else { continue }
            let head = block[..<end.lowerBound]
            guard head.contains(" message sent ") || head.contains(" message received ") else { continue }
            entries.append(
                Entry(isSent: head.contains(" message sent "), message: String(block[end.upperBound...])))
        }
    }

    /// What came, retransmissions too.
    func requests(_ method: String) -> [String] {
        entries.filter { !$0.isSent && $0.message.hasPrefix("\(method) ") }.map(\.message)
    }

    /// Where in `entries` the responses of that status are that sipp sent, or got.
    func places(of status: Int, isSent: Bool) -> [Int] {
        entries.indices.filter { entries[$0].isSent == isSent && RawSIPPeer.status(of: entries[$0].message) == status }
    }
}
