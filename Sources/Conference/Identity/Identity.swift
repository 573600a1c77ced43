// SPDX-License-Identifier: GPL-3.0-or-later

/// Who a caller says it is: the `P-Asserted-Identity` where the peer is trusted, else `From` (RFC 3325, RFC 3261 §20.20).
///
/// Two identities are the same person when scheme and user part are equal to the letter and the hosts are equal without
/// regard to case (RFC 3261 §19.1.4), and when both claims come from the same place: anybody can write any From. Anonymous callers are
/// nobody's equal, so nobody inherits rights by hiding a name.
package struct Identity: Hashable, Sendable, Codable {
    /// The name to show, without quotes; nil when the caller sent none or an empty one.
    package let displayName: String?
    /// User part, unescaped; nil for a URI without one.
    package let user: String?
    /// Host name or address in lower case, IPv6 without brackets.
    package let host: String
    /// URI scheme in lower case: `sip`, `sips` or `tel`.
    package let scheme: String
    /// Where the claim came from, as far as it can be told: the host that sent the request.
    package let source: String?

    /// - Parameters:
    ///   - displayName: The name as decoded from the header; white space around it is dropped.
    ///   - user: User part, unescaped.
    ///   - host: Host without port; brackets of an IPv6 address are dropped.
    ///   - scheme: URI scheme.
    ///   - source: The host that sent the request.
    package init(
        displayName: String? = nil, user: String?, host: String, scheme: String = "sip", source: String? = nil
    ) {
        self.source = source
        let name = displayName.map { String($0.trimmingASCIISpace()) }
        self.displayName = name?.isEmpty == false ? name : nil
        self.user = user?.isEmpty == false ? user : nil
        let bare = host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
        self.host = bare.lowercased()
        self.scheme = scheme.lowercased()
    }

    /// The source of an identity that a password has proven: the same person from wherever it calls.
    package static let login = "login"

    /// Whether a password has proven it.
    package var isProven: Bool { source == Self.login }

    /// The source of who calls through a peer that others call through too: no other call's.
    package static func proxied(_ callID: String) -> String { proxiedMark + callID }

    private static let proxiedMark = "proxied "

    /// The address of record, as rosters, tables and logs show it.
    package var uri: String {
        if scheme == "tel" { return "tel:\(user ?? host)" }
        let place = host.contains(":") ? "[\(host)]" : host
        guard let user else { return "\(scheme):\(place)" }
        return "\(scheme):\(user.escapedUserPart())@\(place)"
    }

    /// The address that other people may see.
    package var shownURI: String { isAnonymous ? "sip:anonymous@anonymous.invalid" : uri }

    /// What a person calls this caller: the display name, else the user part, else the host.
    package var label: String { displayName ?? user ?? host }

    /// True for `anonymous@…`, `…@anonymous.invalid` (RFC 3323 §4.1.1.3) and URIs without a user part.
    package var isAnonymous: Bool {
        guard let user else { return true }
        return user.lowercased() == "anonymous" || host == "anonymous.invalid"
    }

    /// Whether both are one person, by the rule in this type's header.
    package func isSamePerson(as other: Identity) -> Bool {
        guard !isAnonymous, !other.isAnonymous else { return false }
        guard user == other.user, source == other.source else { return false }
        // Whom a password has proven is the same person whatever host stands in From.
        return isProven || (host == other.host && scheme == other.scheme)
    }

    /// Whether another call of this caller could be told from those of others. Who hides its name behind a peer has neither name nor address.
    var canBeKnownAgain: Bool { !isAnonymous || (source != nil && !isProxied) }

    /// Whether this caller is kept out where `banned` is: the same person; who hides its name, where it calls from; and behind a proxy,
    /// where no two calls have one source, whoever gives that name there.
    func isKeptOut(with banned: Identity) -> Bool {
        if isSamePerson(as: banned) { return true }
        if isProven || banned.isProven { return source == banned.source && user == banned.user }
        guard isAnonymous == banned.isAnonymous else { return false }
        if isAnonymous { return canBeKnownAgain && source == banned.source }
        return isProxied && banned.isProxied && user == banned.user && host == banned.host && scheme == banned.scheme
    }

    private var isProxied: Bool { source?.hasPrefix(Self.proxiedMark) == true }
}

extension String {
    /// Escapes what RFC 3261 §25.1 (`user`) does not allow to stand in a user part.
    package func escapedUserPart() -> String {
        var escaped = ""
        for byte in utf8 {
            let scalar = Unicode.Scalar(byte)
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                escaped.unicodeScalars.append(scalar)
            case _ where "-_.!~*'()&=+$,;?/".unicodeScalars.contains(scalar):
                escaped.unicodeScalars.append(scalar)
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                escaped += digits.count == 1 ? "%0\(digits)" : "%\(digits)"
            }
        }
        return escaped
    }
}

extension StringProtocol {
    func trimmingASCIISpace() -> Substring {
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        var trimmed = Substring(self).drop(while: isSpace)
        while let last = trimmed.last, isSpace(last) { trimmed.removeLast() }
        return trimmed
    }
}
