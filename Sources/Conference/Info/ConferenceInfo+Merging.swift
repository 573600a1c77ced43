// SPDX-License-Identifier: GPL-3.0-or-later

extension ConferenceInfo {
    /// Takes a partial document (RFC 4575 §4.4): what it does not say stays as it was. Whether it is the next one is the caller's to check.
    package mutating func merge(_ news: ConferenceInfo) {
        version = news.version
        // A description comes whole (RFC 4575 §4.4), but for foci that tell a new subject alone.
        subject = news.displayText == nil ? news.subject ?? subject : news.subject
        maximumUserCount = news.displayText == nil ? news.maximumUserCount ?? maximumUserCount : news.maximumUserCount
        displayText = news.displayText ?? displayText
        userCount = news.userCount ?? userCount
        active = news.active ?? active
        locked = news.locked ?? locked
        // It stands in the state of the conference, which comes whole.
        if news.userCount != nil || news.locked != nil { recording = news.recording }
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
        displayText = news.displayText ?? displayText
        status = news.status
        mutedBy = news.mutedBy
        handIsRaised = news.handIsRaised
        isTalking = news.isTalking
        quality = news.quality
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
