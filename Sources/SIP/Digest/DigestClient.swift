// SPDX-License-Identifier: GPL-3.0-or-later

/// The client's side of digest authentication (RFC 3261 §22.2, RFC 8760 §2.4).
package struct DigestClient: Hashable, Sendable {
    package var user: String
    package var password: String
    /// Counts of the nonces in use.
    private var counts: [String: UInt32] = [:]

    package init(user: String, password: String) {
        self.user = user
        self.password = password
    }

    /// The header that answers a 401 or 407.
    ///
    /// - Returns: nil where no challenge can be answered, or where `request` has answered one of the realm already and it was not stale: the
    ///   password is wrong.
    package mutating func answer(_ response: SIPResponse, to request: SIPRequest) -> (name: String, value: String)? {
        let isProxy = response.status == 407
        let name = isProxy ? "Proxy-Authorization" : "Authorization"
        let challenges = response.headers.all(isProxy ? "Proxy-Authenticate" : "WWW-Authenticate").prefix(16).compactMap
        {
            DigestParameters(parsing: $0)
        }
        let usable = challenges.filter { challenge in
            let offered = challenge["qop"].map { $0.lowercased().split(separator: ",").map { $0.filter { $0 != " " } } }
            return challenge["nonce"] != nil && DigestAlgorithm(header: challenge["algorithm"]) != nil
                && (offered.map { $0.contains("auth") } ?? true)
        }
        // The strongest: servers put the weaker first for telephones that know no other.
        let best = usable.first { DigestAlgorithm(header: $0["algorithm"]) == .sha256 } ?? usable.first
        guard let challenge = best, let nonce = challenge["nonce"],
            let algorithm = DigestAlgorithm(header: challenge["algorithm"])
        else { return nil }
        let realm = challenge["realm"] ?? ""
        let answered = request.headers.all(name).contains { DigestParameters(parsing: $0)?["realm"] == realm }
        guard !answered || challenge["stale"]?.lowercased() == "true" else { return nil }
        let uri = request.uri.description
        let secret = algorithm.secret(user: user, realm: realm, password: password)
        var parts = [
            "username=\(user.quoted)", "realm=\(realm.quoted)",
            "nonce=\(nonce.quoted)", "uri=\(uri.quoted)",
        ]
        var count: String?
        var clientNonce: String?
        if challenge["qop"] != nil {
            if counts.count > 64 { counts = [:] }
            let number = (counts[nonce] ?? 0) + 1
            counts[nonce] = number
            let digits = String(number, radix: 16)
            count = String(repeating: "0", count: max(0, 8 - digits.count)) + digits
            clientNonce = String(UInt64.random(in: 0 ... .max), radix: 16)
        }
        let value = algorithm.response(
            secret: secret, nonce: nonce, count: count, clientNonce: clientNonce, method: request.method.rawValue,
            uri: uri)
        parts.append("response=\"\(value)\"")
        parts.append("algorithm=\(algorithm.rawValue)")
        if let count, let clientNonce { parts.append("cnonce=\"\(clientNonce)\", qop=auth, nc=\(count)") }
        if let opaque = challenge["opaque"] { parts.append("opaque=\(opaque.quoted)") }
        return (name, "Digest " + parts.joined(separator: ", "))
    }
}
