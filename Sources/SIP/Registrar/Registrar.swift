// SPDX-License-Identifier: GPL-3.0-or-later

/// Where people can be called (RFC 3261 §10.3): their bindings, by user part. A pure machine.
package struct Registrar: Sendable {
    package struct Limits: Hashable, Sendable {
        /// Seconds that a binding may last.
        package var shortest: UInt32 = 60
        package var longest: UInt32 = 7200
        package var standard: UInt32 = 3600
        /// Proxies on the way to one binding.
        package var path = 8
        /// Bindings of one user.
        package var perUser = 10
        package var users = 10_000

        package init() {}
    }

    /// One place of a user.
    package struct Binding: Hashable, Sendable {
        package let contact: NameAddress
        /// How it registered: requests go back the same way, through whatever translates addresses in between.
        package let flow: Flow
        package let expires: ContinuousClock.Instant
        package let callID: String
        /// CSeq of the REGISTER.
        package let sequence: UInt32
        /// What requests to it carry as Route: proxies that it registered through (RFC 3327).
        package let path: [String]

        package init(
            contact: NameAddress, flow: Flow, expires: ContinuousClock.Instant, callID: String, sequence: UInt32,
            path: [String]
        ) {
            self.contact = contact
            self.flow = flow
            self.expires = expires
            self.callID = callID
            self.sequence = sequence
            self.path = path
        }
    }

    package enum Outcome: Hashable, Sendable {
        /// 200, with the bindings that there are now.
        case registered([Binding])
        /// 423 with Min-Expires.
        case tooBrief(UInt32)
        /// 400, 500, 503: why.
        case refused(Int, String)
        /// 503: one user more is too many.
        case noPlace(FairShares.Shortage)
    }

    private struct User {
        var bindings: [Binding]
        /// Whose share it is in: that of who registered it first.
        let sharer: String?
    }

    package var limits = Limits() {
        didSet { shares.limit = limits.users }
    }
    private var users: [String: User] = [:]
    private var shares = FairShares(limit: Limits().users)

    package init() {}

    /// - Parameters:
    ///   - user: whose bindings they are, unescaped.
    ///   - sharer: in whose share of all users a new one is; nil: in nobody's.
    package mutating func receive(
        _ request: SIPRequest, for user: String, over flow: Flow, sharer: String? = nil, now: ContinuousClock.Instant
    ) -> Outcome {
        var bindings = self.bindings(of: user, now: now)
        let fields = request.headers.all("Contact")
        guard let callID = request.callID, let sequence = request.cSeq?.number else {
            return .refused(400, "A REGISTER needs Call-ID and CSeq")
        }
        // An older request that was overtaken changes nothing (§10.3, step 7).
        let isOutdated = bindings.contains { $0.callID == callID && $0.sequence >= sequence }
        if fields.contains(where: { $0.filter { $0 != " " } == "*" }) {
            guard fields.count == 1, request.expires == 0 else {
                return .refused(400, "* needs Expires: 0 and no other Contact")
            }
            guard !isOutdated else { return .refused(500, "An older request") }
            remove(user)
            return .registered([])
        }
        let contacts = request.contacts
        guard contacts.count <= limits.perUser, contacts.count >= fields.count || fields.isEmpty else {
            return .refused(400, "At most \(limits.perUser) readable Contacts")
        }
        let path = request.headers.all("Path")
        guard path.count <= limits.path, path.allSatisfy({ (try? NameAddress(parsing: $0)) != nil }) else {
            return .refused(400, "At most \(limits.path) readable addresses in Path")
        }
        guard contacts.isEmpty || !isOutdated else { return .refused(500, "An older request") }
        for contact in contacts {
            let asked = contact.parameters.value("expires").flatMap { UInt32($0) } ?? request.expires ?? limits.standard
            bindings.removeAll { $0.contact.uri.isEquivalent(to: contact.uri) }
            if asked == 0 { continue }
            guard asked >= limits.shortest else { return .tooBrief(limits.shortest) }
            var place = contact
            place.parameters.remove("expires")
            bindings.append(
                Binding(
                    contact: place, flow: flow, expires: now + .seconds(min(asked, limits.longest)), callID: callID,
                    sequence: sequence, path: path))
        }
        guard bindings.count <= limits.perUser else { return .refused(503, "Too many places of one user") }
        if users[user] == nil, !bindings.isEmpty, let shortage = shares.shortage(for: sharer) {
            return .noPlace(shortage)
        }
        keep(bindings, of: user, sharer: sharer)
        return .registered(bindings)
    }

    /// What an earlier registrar knew.
    package mutating func restore(_ bindings: [Binding], of user: String, sharer: String? = nil) {
        keep(bindings, of: user, sharer: sharer)
    }

    private mutating func keep(_ bindings: [Binding], of user: String, sharer: String?) {
        guard !bindings.isEmpty else { return remove(user) }
        guard users[user] == nil else {
            users[user]?.bindings = bindings
            return
        }
        shares.take(for: sharer)
        users[user] = User(bindings: bindings, sharer: sharer)
    }

    /// Where a user can be called now, the latest first.
    package func bindings(of user: String, now: ContinuousClock.Instant) -> [Binding] {
        (users[user]?.bindings ?? []).filter { $0.expires > now }
    }

    /// Users with a binding.
    package var count: Int { users.count }

    /// There is no such user any more.
    package mutating func remove(_ user: String) {
        guard let gone = users.removeValue(forKey: user) else { return }
        shares.giveBack(of: gone.sharer)
    }

    /// Forgets bindings that have expired.
    package mutating func tick(now: ContinuousClock.Instant) {
        for (name, user) in users {
            let left = user.bindings.filter { $0.expires > now }
            if left.count != user.bindings.count { keep(left, of: name, sharer: user.sharer) }
        }
    }
}
