// SPDX-License-Identifier: GPL-3.0-or-later
import Conference
import Logging
import SIP

/// Who may log in, and who has.
struct FocusLogin {
    var users: [String: UserAccount]
    var digest: DigestServer
    var limiter = AttemptLimiter()
    var accounts = AccountGuard()
    var registrar = Registrar()

    init(_ users: [UserAccount], _ settings: AuthSettings, now: ContinuousClock.Instant) {
        self.users = Dictionary(users.map { ($0.name, $0) }) { _, latest in latest }
        digest = DigestServer(
            realm: settings.realm, algorithms: settings.algorithms.map { $0 == .sha256 ? .sha256 : .md5 }, now: now)
    }
}

/// What to make of a request outside every call.
enum LoginVerdict {
    case welcome(Identity)
    /// Status, and headers that explain it.
    case refused(Int, [(String, String)])
}

// Who asks: by password (RFC 3261 §22, RFC 8760), by being a peer that is trusted, or by its own word where the focus is open.
extension Focus {
    /// Requests inside a call need none of this: their dialog proves them.
    func identify(_ request: SIPRequest, over flow: Flow) -> LoginVerdict {
        let claimed = Identity(of: request, over: flow)
        let source = flow.remote.host
        if isTrusted(source) {
            let known = Identity(assertedIn: request, over: flow) ?? claimed
            guard known.isAnonymous else { return .welcome(known) }
            // The peer's address is that of all who call through it.
            return .welcome(
                Identity(
                    displayName: known.displayName, user: known.user, host: known.host, scheme: known.scheme,
                    source: Identity.proxied(request.callID ?? "")))
        }
        guard configuration.auth.mode == .users else { return .welcome(claimed) }
        let now = ContinuousClock.now
        let network = flow.remote.network
        let credentials = request.headers.all("Authorization")
        // An address may be a whole office's: who has logged in there lately waits for failures of its own account alone.
        let claimant = login.digest.user(in: credentials) ?? claimed.user
        let home = claimant.flatMap { login.accounts.isHome(network, of: $0) ? $0 : nil }
        let pause =
            if let home {
                login.accounts.wait(home, from: network, now: now)
            } else {
                login.limiter.wait(network, now: now)
            }
        if let pause { return tooMany(pause) }
        let verdict = login.digest.judge(
            credentials, from: source, method: request.method.rawValue, now: now
        ) { [login] name in login.users[name].map { DigestServer.Secrets(sha256: $0.sha256, md5: $0.md5) } }
        switch verdict {
        case .authenticated(let name):
            if let wait = login.accounts.wait(name, from: network, now: now) { return tooMany(wait) }
            login.limiter.succeeded(network, as: name)
            login.accounts.succeeded(name, from: network)
            let account = login.users[name]
            guard claimed.isAnonymous || claimed.user == name else {
                return .refused(403, [warning("You are \(name): From must say so")])
            }
            // Who hides its name is known to operators alone.
            let isHidden = claimed.isAnonymous
            return .welcome(
                Identity(
                    displayName: claimed.displayName ?? (isHidden ? "Anonymous" : account?.displayName), user: name,
                    host: isHidden ? "anonymous.invalid" : claimed.host, source: Identity.login))
        case .none: return challenge(request, source, isStale: false, now)
        case .stale: return challenge(request, source, isStale: true, now)
        case .malformed: return .refused(400, [warning("These credentials cannot be read")])
        case .wrong(let user):
            failed(
                source, counting: network, as: login.users[user]?.name, user: user, "password", callID: request.callID,
                room: roomName(of: request, over: flow, in: nil))
            if login.users[user] != nil {
                // Right or wrong, the answer is the same: nothing is learnt from it.
                if let wait = login.accounts.wait(user, from: network, now: now) { return tooMany(wait) }
                login.accounts.failed(user, from: network, now: now)
            }
            return challenge(request, source, isStale: false, now)
        case .replayed(let user):
            failed(
                source, counting: network, as: login.users[user]?.name, user: user, "replay", callID: request.callID,
                room: roomName(of: request, over: flow, in: nil))
            return challenge(request, source, isStale: false, now)
        }
    }

    /// Whose wrong PINs count together: a host's, or those of one caller in one room where the peer is believed, or a password has shown
    /// who it is. Behind a trunk all have one address: the one who guesses must not keep the others out.
    func guesser(_ identity: Identity, over flow: Flow, in room: String) -> String {
        let isKnown = isTrusted(flow.remote.host) || identity.isProven
        return isKnown ? AttemptLimiter.source(of: identity, in: room) : flow.remote.network
    }

    /// Who has one share of what all share: an account, else a network; nil for a trusted peer, through which many come.
    func sharer(_ identity: Identity, over flow: Flow) -> String? {
        if isTrusted(flow.remote.host) { return nil }
        return identity.isProven ? Self.sharer(account: identity.user ?? "") : flow.remote.network
    }

    /// No address has a space: an account's name is never taken for one.
    static func sharer(account: String) -> String { "user \(account)" }

    /// Whether a member's digits are not looked at now: it has guessed too often, in whatever calls.
    func isBlocked(_ member: MemberID) -> Bool {
        guard let room = registry.room(of: member), room.isWaiting(member), let call = call(of: member),
            let identity = room.identity(of: member)
        else { return false }
        return login.limiter.wait(guesser(identity, over: call.flow, in: room.name), now: .now) != nil
    }

    /// Whether a peer needs no password, and is believed.
    func isTrusted(_ source: String) -> Bool { configuration.auth.trusted.contains { $0.contains(source) } }

    private func challenge(
        _ request: SIPRequest, _ source: String, isStale: Bool, _ now: ContinuousClock.Instant
    ) -> LoginVerdict {
        let userAgent = request.headers.first("User-Agent")
        let challenges = login.digest.challenges(to: source, isStale: isStale, userAgent: userAgent, now: now)
        return .refused(401, challenges.map { ("WWW-Authenticate", $0) })
    }

    private func tooMany(_ wait: Duration) -> LoginVerdict {
        .refused(403, [("Retry-After", "\(wait.components.seconds + 1)"), warning("Too many failures")])
    }

    /// fail2ban reads this line (`Conf/fail2ban`): nothing that a stranger can write stands in it unescaped.
    ///
    /// - Parameters:
    ///   - guesser: what counts for the source.
    ///   - account: whose password it was, where there is such an account.
    ///   - user: who or what was tried.
    func failed(
        _ source: String, counting guesser: String, as account: String? = nil, user: String, _ reason: String,
        callID: String?, room: String?
    ) {
        let count = login.limiter.failed(guesser, as: account, now: .now)
        logger.warning(
            "authentication failed",
            metadata: metadata(
                callID: callID.map { Self.readable($0.prefix(256)) },
                room: room.map { Self.inert($0[...]) },
                [
                    "attempt": "\(count)", "reason": "\(reason)", "source": "\(source)",
                    "user": "\(Self.inert(user.prefix(64)))",
                ]))
    }

    private static func inert(_ text: Substring) -> String {
        String(text).escapedUserPart().replacing("=", with: "%3D")
    }

    /// As it reads in other lines, but for what ends a field here or looks like another.
    private static func readable(_ text: Substring) -> String {
        text.unicodeScalars.map { scalar in
            let isPlain = (0x21...0x7E).contains(scalar.value) && !"\"\\=%".unicodeScalars.contains(scalar)
            return isPlain ? String(scalar) : inert(Substring(String(scalar)))
        }.joined()
    }

    private func warning(_ text: String) -> (String, String) {
        ("Warning", Refusal(.forbidden, text).warning(agent: configuration.warningAgent))
    }

    /// Answers a request that was not welcome.
    func refuse(
        _ transaction: ServerTransactionID, _ request: SIPRequest, _ status: Int, _ headers: [(String, String)]
    ) {
        var response = SIPResponse(to: request, status: status)
        for (name, value) in headers { response.headers.add(name, value) }
        withCore { core, now in core.respond(transaction, response, now: now) }
    }
}

extension Identity {
    /// What a trusted peer says of the caller (RFC 3325 §9.1).
    init?(assertedIn request: SIPRequest, over flow: Flow) {
        guard let field = request.headers.first("P-Asserted-Identity"), let address = try? NameAddress(parsing: field)
        else { return nil }
        self.init(address.uri, displayName: address.displayName, source: flow.remote.host)
    }
}
