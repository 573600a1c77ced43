// SPDX-License-Identifier: GPL-3.0-or-later

/// The whole of SIP above the transport, without I/O: transactions, INVITE sessions, and the way between them.
///
/// Feed it with `receive`, `found` and `fire`, use its verbs, and after each call take every output:
///
///     messages --receive--> TransactionLayer --> RequestInspection --> InviteSession --> events, requests
///     verbs ---------------------------------------------------------> InviteSession --> Via, Contact, flow --> bytes
///
/// It is a value for one isolation domain; `fire` is to be called at `nextDeadline`. All times are signalling time.
package struct SIPCore: Sendable {
    package let configuration: SIPCoreConfiguration
    /// While set, INVITEs that would start a session get 503 with this Retry-After (seconds).
    package var overloadRetryAfter: Int?

    var transactions: TransactionLayer
    var sessions: [SessionID: InviteSession] = [:]
    /// Sessions by dialog, for requests of the peer.
    var dialogs: [DialogID: SessionID] = [:]
    /// Sessions that we started, for 2xx outside their transaction.
    var callLegs: [CallLeg: SessionID] = [:]
    /// Those that are over.
    var formerLegs = FormerCallLegs()
    /// Dialogs of other usages (subscriptions), kept by the user of the core.
    var foreignDialogs: Set<CallLeg> = []
    var clients: [ClientTransactionID: ClientRequest] = [:]
    /// INVITEs of the peer, for CANCEL.
    var servers: [ServerTransactionID: SessionID] = [:]
    var foreignRequests: [ServerTransactionID: ForeignRequest] = [:]
    /// Requests that wait for a flow.
    var waiting: [FlowRequestID: OutgoingRequest] = [:]
    var deadlines = SessionDeadlines()
    /// Peers over UDP that did not take a TCP connection: behind a NAT, most of them. A long request goes to them as a datagram at once.
    var streamless = AvoidedPeers()
    /// Servers of a domain that did not answer: others come before them (RFC 3263 §4.3).
    var silent = AvoidedPeers()

    let environment: SessionEnvironment
    private var random: any RandomNumberGenerator & Sendable
    private var outputs: [SIPCoreOutput] = []
    private var outputsTaken = 0
    private var count: UInt64 = 0

    /// - Parameter random: where tags, branches and Call-IDs come from; what is predictable can be forged, so anything but the
    ///   default is for tests.
    package init(
        configuration: SIPCoreConfiguration,
        random: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()
    ) {
        self.configuration = configuration
        self.random = random
        environment = SessionEnvironment(configuration: configuration)
        transactions = TransactionLayer(timers: configuration.timers, limits: configuration.transactionLimits)
    }

    // MARK: Numbers

    /// Sessions that are not over, those included that only wait for the response to their BYE.
    package var sessionCount: Int { sessions.count }
    /// Transactions alive.
    package var transactionCount: Int { transactions.liveCount }
    /// Transactions that came to an end, by method and final status.
    package var outcomes: [TransactionOutcome: UInt64] { transactions.outcomes }
    /// Nothing is under way: no session, no transaction, no request that waits for a flow or an answer.
    package var isQuiet: Bool {
        sessions.isEmpty && waiting.isEmpty && foreignRequests.isEmpty && transactions.liveCount == 0
    }

    /// The session of that name; nil when it is over.
    package func session(_ id: SessionID) -> InviteSession? { sessions[id] }

    /// The session whose dialog a Replaces header names (RFC 3891 §3): its to-tag is ours.
    package func session(replacedBy field: String) -> SessionID? {
        DialogID(replaces: field).flatMap { dialogs[$0] }
    }

    mutating func nextNumber() -> UInt64 {
        count += 1
        return count
    }

    mutating func randomNumber() -> UInt64 { random.next() }

    /// A new tag: 64 random bits (RFC 3261 §19.3).
    package mutating func makeTag() -> String {
        Self.text(random.next())
    }

    /// A new Call-ID: 128 random bits.
    package mutating func makeCallID() -> String {
        Self.text(random.next()) + Self.text(random.next())
    }

    mutating func makeBranch() -> String {
        Via.magicCookie + Self.text(random.next()) + Self.text(random.next() & 0xFFFF_FFFF)
    }

    private static func text(_ bits: UInt64) -> String {
        String(bits, radix: 36)
    }

    // MARK: Outputs

    /// The next output; nil when all are taken.
    package mutating func nextOutput() -> SIPCoreOutput? {
        guard outputsTaken < outputs.count else {
            if outputsTaken > 0 {
                outputs.removeAll(keepingCapacity: outputs.count < 256)
                outputsTaken = 0
            }
            return nil
        }
        defer { outputsTaken += 1 }
        return outputs[outputsTaken]
    }

    mutating func output(_ output: SIPCoreOutput) {
        outputs.append(output)
    }

    // MARK: Time

    /// When `fire(now:)` is to be called.
    package var nextDeadline: ContinuousClock.Instant? {
        switch (transactions.nextDeadline, deadlines.first) {
        case (let left?, let right?): min(left, right)
        case (let left, let right): left ?? right
        }
    }

    /// Does what is due.
    package mutating func fire(now: ContinuousClock.Instant) {
        transactions.fire(now: now)
        drainTransactions(now: now)
        var due: [SessionID] = []
        while let id = deadlines.popDue(now: now) { due.append(id) }
        for id in due {
            sessions[id]?.fire(now: now)
            perform(id, now: now)
        }
    }
}
