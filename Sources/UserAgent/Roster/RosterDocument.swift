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

extension ConferenceInfo {
    fileprivate mutating func merge(_ news: ConferenceInfo) {
        version = news.version
        displayText = news.displayText ?? displayText
        maximumUserCount = news.maximumUserCount ?? maximumUserCount
        userCount = news.userCount ?? userCount
        active = news.active ?? active
        locked = news.locked ?? locked
        for user in news.users {
            let place = users.firstIndex { $0.entity == user.entity }
            switch (user.scope, place) {
            case (.deleted, let place?): users.remove(at: place)
            case (.deleted, nil): break
            case (.full, let place?): users[place] = user
            case (.partial, let place?): users[place].merge(user)
            case (.full, nil), (.partial, nil): users.append(user)
            }
        }
    }
}

extension ConferenceInfo.User {
    fileprivate mutating func merge(_ news: ConferenceInfo.User) {
        displayText = news.displayText ?? displayText
        if !news.roles.isEmpty { roles = news.roles }
        for endpoint in news.endpoints {
            let place = endpoints.firstIndex { $0.entity == endpoint.entity }
            switch (endpoint.scope, place) {
            case (.deleted, let place?): endpoints.remove(at: place)
            case (.deleted, nil): break
            case (.full, let place?): endpoints[place] = endpoint
            case (.partial, let place?): endpoints[place].merge(endpoint)
            case (.full, nil), (.partial, nil): endpoints.append(endpoint)
            }
        }
    }
}

extension ConferenceInfo.Endpoint {
    fileprivate mutating func merge(_ news: ConferenceInfo.Endpoint) {
        status = news.status
        mutedBy = news.mutedBy
        joined = news.joined ?? joined
        for stream in news.media {
            if let place = media.firstIndex(where: { $0.id == stream.id }) {
                media[place] = stream
            } else {
                media.append(stream)
            }
        }
    }
}
