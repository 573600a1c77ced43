// SPDX-License-Identifier: GPL-3.0-or-later

/// The part of a request's target URI that names a room: `sip:USER@HOST`.
///
/// Rooms are told apart by the user part alone, to the letter. The host only decides whether the request is for this
/// focus at all (compared without regard to case), so that `sip:demo@127.0.0.1` and `sip:demo@conf.example.org` meet.
package struct ConferenceAddress: Hashable, Sendable {
    /// User part, unescaped; nil for a URI without one.
    package let user: String?
    /// Host in lower case, without brackets and port.
    package let host: String

    package init(user: String?, host: String) {
        self.user = user?.isEmpty == false ? user : nil
        let bare = host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
        self.host = bare.lowercased()
    }
}

/// Where a request's target leads.
package enum ConferenceDestination: Hashable, Sendable {
    /// The room of that name, which may not exist (yet).
    case room(String)
    /// The conference factory (RFC 4579 §5.4): a new room with a fresh name.
    case factory
    /// The list of rooms, `sip:conferences@HOST`.
    case list
}
