// SPDX-License-Identifier: GPL-3.0-or-later
import Conference

/// What the notifications of one subscription add up to (RFC 4575 §4.4, §4.6). Sans I/O.
struct RosterDocument: Sendable {
    enum Outcome: Hashable, Sendable {
        case updated
        /// An old document, or one that says nothing new.
        case ignored
        /// A document is missing: the whole has to be asked for.
        case incomplete
    }

    private(set) var info: ConferenceInfo?

    /// Takes one notification.
    mutating func apply(_ news: ConferenceInfo) -> Outcome {
        guard var known = info else {
            guard news.scope == .full else { return .incomplete }
            info = news
            return .updated
        }
        switch news.scope {
        case .full:
            // The focus may have begun anew after a restart: a full document counts whatever its number, unless it is a repetition.
            if news == known { return .ignored }
            info = news
            return .updated
        case .partial:
            if news.version <= known.version { return .ignored }
            guard news.version == known.version + 1 else { return .incomplete }
            known.merge(news)
            info = known
            return .updated
        case .deleted:
            known.version = news.version
            known.users = []
            info = known
            return .updated
        }
    }
}
