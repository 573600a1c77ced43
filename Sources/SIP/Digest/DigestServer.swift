// SPDX-License-Identifier: GPL-3.0-or-later

/// The server's side of digest authentication (RFC 3261 §22, RFC 8760): challenges, and credentials judged.
package struct DigestServer: Sendable {
    /// What a user's credentials are checked against: H(A1) by algorithm.
    package struct Secrets: Hashable, Sendable {
        package var sha256: String
        package var md5: String

        package init(sha256: String, md5: String) {
            self.sha256 = sha256
            self.md5 = md5
        }

        fileprivate func of(_ algorithm: DigestAlgorithm) -> String { algorithm == .sha256 ? sha256 : md5 }
    }

    package enum Verdict: Hashable, Sendable {
        /// It is that user.
        case authenticated(String)
        /// No credentials for us: to be challenged.
        case none
        /// The credentials are right and their nonce is old, or it was never given to that host, and then nobody looked at them: to be
        /// challenged with `stale=true`.
        case stale
        /// Wrong password or unknown user.
        case wrong(user: String)
        case replayed(user: String)
        /// Not to be understood: 400.
        case malformed
    }

    package let realm: String
    /// What is offered, in this order. Telephones that know MD5 alone often look at the first challenge only, and fail on another.
    private let algorithms: [DigestAlgorithm]
    private var nonces: NonceBook
    /// Telephones that give up where a challenge is not MD5, by the beginning of their User-Agent.
    private static let stumblers = ["baresip v0.", "baresip v1."]

    package init(
        realm: String, algorithms: [DigestAlgorithm] = [.md5, .sha256], now: ContinuousClock.Instant
    ) {
        self.realm = realm
        self.algorithms = algorithms
        nonces = NonceBook(now: now)
    }

    /// Values of WWW-Authenticate headers (RFC 8760 §2.4).
    ///
    /// - Parameters:
    ///   - source: the host that asked, and may answer.
    ///   - userAgent: of the request: some fail on any challenge that they do not know, even beside one that they do.
    package func challenges(
        to source: String, isStale: Bool, userAgent: String? = nil, now: ContinuousClock.Instant
    ) -> [String] {
        let nonce = nonces.issue(to: source, now: now)
        let stumbles = userAgent.map { agent in Self.stumblers.contains { agent.hasPrefix($0) } } ?? false
        let offered = stumbles && algorithms.contains(.md5) ? [.md5] : algorithms
        return offered.map { algorithm in
            "Digest realm=\(realm.quoted), nonce=\"\(nonce)\", algorithm=\(algorithm.rawValue), qop=\"auth\""
                + (isStale ? ", stale=true" : "")
        }
    }

    /// - Parameters:
    ///   - fields: values of Authorization headers; several realms may stand in one request.
    ///   - source: the host that they came from.
    ///   - secrets: those of a user, by name; nil for no such user.
    package mutating func judge(
        _ fields: [String], from source: String, method: String, now: ContinuousClock.Instant,
        secrets: (String) -> Secrets?
    ) -> Verdict {
        guard fields.count <= 8 else { return .malformed }
        for field in fields {
            guard let given = DigestParameters(parsing: field) else { continue }
            guard given["realm"] == realm else { continue }
            return judge(given, from: source, method: method, now: now, secrets: secrets)
        }
        return .none
    }

    /// Whose credentials those are that `judge` would look at; nil for none.
    package func user(in fields: [String]) -> String? {
        fields.lazy.compactMap { DigestParameters(parsing: $0) }.first { $0["realm"] == realm }?["username"]
    }

    private mutating func judge(
        _ given: DigestParameters, from source: String, method: String, now: ContinuousClock.Instant,
        secrets: (String) -> Secrets?
    ) -> Verdict {
        guard let user = given["username"], let nonce = given["nonce"], let uri = given["uri"],
            let response = given["response"], let algorithm = DigestAlgorithm(header: given["algorithm"]),
            algorithms.contains(algorithm)
        else { return .malformed }
        var count: UInt32 = 1
        if let qop = given["qop"] {
            guard qop.lowercased() == "auth", let text = given["nc"], text.utf8.count == 8,
                let number = UInt32(text, radix: 16), given["cnonce"] != nil
            else { return .malformed }
            count = number
        }
        // Before the password is looked at: guesses with a forged address are none, and do not count as that host's.
        guard let ours = nonces.recognize(nonce, from: source) else { return .stale }
        // As long for somebody who does not exist.
        let secret = secrets(user)
        let expected = algorithm.response(
            secret: secret?.of(algorithm) ?? String(repeating: "0", count: 64), nonce: nonce,
            count: given["qop"] == nil ? nil : given["nc"], clientNonce: given["cnonce"], method: method, uri: uri)
        guard constantTimeEqual(expected, response.lowercased()), secret != nil else { return .wrong(user: user) }
        switch nonces.use(ours, count: count, now: now) {
        case .fresh: return .authenticated(user)
        case .stale: return .stale
        case .replayed: return given["qop"] == nil ? .stale : .replayed(user: user)
        }
    }
}
