// SPDX-License-Identifier: GPL-3.0-or-later
import Conference
import FoundationEssentials
import Logging
import MediaServer
import SIP

// Calling people into a room: for operators (`confabctl invite`) and moderators (REFER, RFC 4579 §5.5).
extension Focus {
    /// Who is meant by what people write: `ann`, who is registered here, or a SIP address.
    private func callee(_ address: String) throws(Refusal) -> SIPURI {
        let host = placeForOperators?.host ?? "localhost"
        let text = address.contains("@") ? address : "\(address)@\(host.contains(":") ? "[\(host)]" : host)"
        guard let uri = try? SIPURI(parsing: text.hasPrefix("sip:") ? text : "sip:\(text)") else {
            throw Refusal(.invalidName, "\(address) is no SIP address such as sip:ann@192.0.2.7")
        }
        return uri
    }

    /// Lookups for members under way at once: they leave threads for calls that need a name.
    static let mostLookups = SIPResolver.threadCount / 2
    /// After so long no further host of a list is looked up: the request with the list waits for its answer meanwhile.
    private static let lookupPatience: Duration = .seconds(8)
    /// After so long nothing is waited for: a REFER is to have its answer within 32 s (RFC 3515 §2.4.2), and who has
    /// given it up expects no call any more. A lookup itself cannot be stopped, and name servers may well take longer.
    private static let answerPatience: Duration = .seconds(25)

    /// Looks up the host of somebody who is to be called.
    ///
    /// - Returns: nil where there is nothing to look up.
    func resolveHost(of address: String) async throws(Refusal) -> [FlowTarget]? {
        let uri = try callee(address)
        guard let hop = try nameToFind(uri) else { return nil }
        do throws(SIPResolutionError) {
            return try await endpoint.resolver.locate(hop)
        } catch {
            throw Refusal(.forbidden, "\(uri) cannot be found: \(error.reason)")
        }
    }

    /// nil for who is registered here, may not be called, or has a numeric address.
    private func nameToFind(_ uri: SIPURI) throws(Refusal) -> FlowTarget? {
        guard try registeredWays(to: uri).isEmpty, configuration.conference.dialOut == .any, let hop = FlowTarget(uri),
            SIPResolver.numeric(hop.host, port: hop.port) == nil
        else { return nil }
        return hop
    }

    /// Has those looked up of who is to be called that are known by the name of a host alone. Not for who may call
    /// nobody into that room: a stranger has nothing looked up.
    ///
    /// - Returns: nil where nothing is looked up.
    func searchHosts(of addresses: [String], in room: String, by requester: Requester) -> HostSearch? {
        guard lookups < Self.mostLookups, let room = try? registry.room(room), room.rank(of: requester) >= .moderator
        else { return nil }
        let unknown = addresses.filter { address in
            do throws(Refusal) { return try nameToFind(callee(address)) != nil } catch { return false }
        }
        guard !unknown.isEmpty else { return nil }
        // Counted here: many requests may come before the first of their tasks runs.
        lookups += 1
        return HostSearch(addresses: unknown, hosts: Task { await findHosts(of: unknown) })
    }

    /// Answers in time, whatever name servers do.
    private func findHosts(of addresses: [String]) async -> FoundHosts {
        let (answers, answer) = AsyncStream.makeStream(of: FoundHosts.self)
        Task {
            let found = await lookUp(addresses)
            lookups -= 1
            answer.yield(found)
        }
        let alarm = Task {
            try await Task.sleep(for: Self.answerPatience)
            var late: FoundHosts = [:]
            for address in addresses {
                late[address] = .failure(Refusal(.forbidden, "\(address) is not found: name servers do not answer"))
            }
            answer.yield(late)
        }
        defer { alarm.cancel() }
        for await found in answers { return found }
        return [:]
    }

    /// One after the other.
    private func lookUp(_ addresses: [String]) async -> FoundHosts {
        let deadline = ContinuousClock.now + Self.lookupPatience
        var found: FoundHosts = [:]
        for address in addresses {
            guard ContinuousClock.now < deadline else {
                found[address] = .failure(Refusal(.forbidden, "Too many hosts are looked for before \(address)"))
                continue
            }
            do throws(Refusal) {
                if let hops = try await resolveHost(of: address) { found[address] = .success(hops) }
            } catch {
                found[address] = .failure(error)
            }
        }
        return found
    }

    /// Where somebody is called: all places that it registered from, the latest first, or what its address says. No name is looked up here.
    ///
    /// - Parameter found: What was looked up before.
    func ways(to address: String, _ found: FoundHosts.Value?) throws(Refusal) -> [CallWay] {
        let uri = try callee(address)
        let ways = try registeredWays(to: uri)
        guard ways.isEmpty else { return ways }
        guard configuration.conference.dialOut == .any else {
            throw Refusal(.forbidden, "\(uri) is not registered here, and conference.dial-out is not any")
        }
        if let hops = try found?.get(), let first = hops.first {
            return [CallWay(uri: uri, target: uri, route: .targets(hops), flow: flow(to: first))]
        }
        guard let hop = FlowTarget(uri) else {
            throw Refusal(.forbidden, "\(uri) is not registered here, and no way leads there")
        }
        guard SIPResolver.numeric(hop.host, port: hop.port) != nil else {
            throw Refusal(.tooManyLookups, "\(uri) cannot be looked up now: try again in a few seconds")
        }
        return [CallWay(uri: uri, target: uri, route: .targets([hop]), flow: flow(to: hop))]
    }

    /// None for somebody who is not registered here.
    private func registeredWays(to uri: SIPURI) throws(Refusal) -> [CallWay] {
        guard configuration.conference.dialOut != .none else {
            throw Refusal(.forbidden, "Nobody is called from here: conference.dial-out is none")
        }
        guard let user = ConferenceAddress(uri).user else { return [] }
        return login.registrar.bindings(of: user, now: .now).reversed().map { binding in
            let target = binding.contact.uri
            let nextHop = binding.path.first.flatMap { try? NameAddress(parsing: $0) }?.uri ?? target
            return CallWay(
                uri: uri, target: target, path: binding.path,
                route: .flow(binding.flow, otherwise: FlowTarget(nextHop)), flow: binding.flow)
        }
    }

    /// Calls somebody into a room, everywhere at once.
    ///
    /// - Parameter allowed: Called when there is a place; returns who wants to know what becomes of the call.
    /// - Returns: the member by whose call progress is told; nil for no way.
    func call(
        _ ways: [CallWay], into room: String, _ terms: CallTerms, _ allowed: () -> ReferProgress?
    ) throws(Refusal) -> MemberID? {
        guard let first = ways.first else { return nil }
        let member = try call(first, into: room, terms, fork: nil, allowed)
        for way in ways.dropFirst() {
            do throws(Refusal) {
                _ = try call(way, into: room, terms, fork: member.number) { nil }
            } catch {
                logger.info(
                    "not called at another place",
                    metadata: metadata(
                        of: member, in: room, ["target": "\(way.target)", "reason": "\(error.text)"]))
            }
        }
        return member
    }

    private func call(
        _ way: CallWay, into room: String, _ terms: CallTerms, fork: UInt64?, _ allowed: () -> ReferProgress?
    ) throws(Refusal) -> MemberID {
        let identity = Identity(way.uri)
        let request = JoinRequest(identity: identity, callID: endpoint.core.makeCallID(), isInvited: true)
        let admission = try registry.invite(request, to: room, now: .now)
        let member = admission.member
        let id = endpoint.core.reserveSession()
        let wire = LegIdentity(
            ssrc: .random(in: 1 ... .max), sourceID: .random(in: 1 ... .max), cname: Self.makeCanonicalName(),
            name: identity.label)
        let local = endpoint.localAddress(for: way.flow)
        var call = FocusCall(
            session: id, member: member, room: admission.step.room, roomName: admission.step.name,
            callID: request.callID, flow: way.flow,
            place: place(SIPURI(user: nil, host: local.host, port: local.port), over: way.flow),
            leg: LegID(member.number), wire: wire, offer: nil, takesINFO: true, readsCPIM: false)
        call.invitation = Invitation(
            person: way.uri, target: way.target, path: way.path, route: way.route, fork: fork ?? member.number,
            history: terms.history, replaces: terms.replaces, progress: allowed())
        calls[id] = call
        sessions[member] = id
        perform(admission.step)
        return member
    }

    /// Calls whom an INVITE has named (RFC 5366 §5), as if each had been asked for by itself: it may, or it may not.
    func callGuests(of id: SessionID) {
        guard let call = calls[id], !call.guests.isEmpty else { return }
        calls[id]?.guests = []
        let guests = call.guests.map(\.address)
        let history = ResourceList.history(of: call.guests)
        let search = searchHosts(of: guests, in: call.roomName, by: .member(call.member))
        let unknown = search?.addresses ?? []
        ring(guests.filter { !unknown.contains($0) }, history, [:], for: id)
        guard let lookup = search?.hosts else { return }
        Task {
            let hosts = await lookup.value
            ring(unknown, history, hosts, for: id)
        }
    }

    /// Calls guests of somebody who may have left meanwhile.
    private func ring(_ guests: [String], _ history: [UInt8]?, _ hosts: FoundHosts, for id: SessionID) {
        guard let call = calls[id] else { return }
        for guest in guests {
            do throws(Refusal) {
                let terms = CallTerms(found: hosts[guest], history: history)
                try command(.invite(guest), in: call.roomName, by: .member(call.member), terms)
            } catch {
                logger.info(
                    "guest not called", metadata: metadata(call, ["guest": "\(guest)", "reason": "\(error.text)"]))
                tell(call.member, "\(guest) is not called: \(error.text).")
            }
        }
    }

    /// The INVITE of a call of ours.
    func send(_ invitation: Invitation, of call: FocusCall, offer: [UInt8]) {
        let own = (try? SIPURI(parsing: call.place.uri(call.roomName))) ?? SIPURI(host: "localhost")
        let title = (try? registry.room(call.roomName))?.title ?? call.roomName
        var headers = SIPHeaders()
        for proxy in invitation.path { headers.add("Route", proxy) }
        if let replaces = invitation.replaces { headers.add("Replaces", replaces) }
        let parts = invitation.history.map { history in
            SessionInvite.Part(
                ResourceList.contentType, disposition: "recipient-list-history; handling=optional", history)
        }
        let invite = SessionInvite(
            target: invitation.target, from: NameAddress(displayName: title, uri: own), callID: call.callID,
            offer: offer, parts: parts.map { [$0] } ?? [], headers: headers,
            contact: ContactIdentity(user: ConferenceAddress.escaped(call.roomName), isFocus: true),
            route: invitation.route)
        withCore { core, now in core.invite(invite, as: call.session, now: now) }
    }

    private func flow(to hop: FlowTarget) -> Flow {
        let remote = SIPAddress(host: hop.host, port: hop.port)
        let bound = endpoint.addresses.first { $0.kind == hop.kind && $0.address.isIPv6 == remote.isIPv6 }?.address
        let anywhere = SIPAddress(host: remote.isIPv6 ? "::" : "0.0.0.0", port: bound?.port ?? 5060)
        return Flow(kind: hop.kind, local: bound ?? anywhere, remote: remote)
    }

    // MARK: Progress

    func tellProgress(of id: SessionID, _ status: Int, _ reason: String, isLast: Bool) {
        tellWatchers(of: id, status, reason)
        guard var invitation = calls[id]?.invitation, var progress = invitation.progress else { return }
        if isLast { invitation.progress = nil }
        notify(&progress, "SIP/2.0 \(status) \(reason)", isLast: isLast)
        if !isLast { invitation.progress = progress }
        calls[id]?.invitation = invitation
    }

    /// Ringing is told once, whichever telephone rings first.
    private func tellWatchers(of id: SessionID, _ status: Int, _ reason: String) {
        guard let call = calls[id], let invitation = call.invitation, invitation.told != .answered else { return }
        let kind: RoomEvent.Kind
        switch status {
        case ...100: return
        case ..<200:
            guard invitation.told == .nothing else { return }
            kind = .calledRinging
        case ..<300: kind = .calledAnswered
        default: kind = .calledNotReached
        }
        let told = kind == .calledRinging ? Invitation.Told.ringing : .answered
        for call in siblings(of: id, in: invitation) + [id] { calls[call]?.invitation?.told = told }
        let name = Identity(invitation.person).label
        let event = RoomEvent(
            kind, member: MemberID(invitation.fork), memberName: name,
            detail: kind == .calledNotReached ? "\(status) \(reason)" : nil)
        feed.publish(ConferenceEvent(event, room: call.roomName, at: .now))
    }

    /// What became of a call of ours that has ended. As long as the person is called elsewhere, nobody is told.
    func tellEnd(of id: SessionID, _ end: SessionEnd) {
        guard let call = calls[id], let invitation = call.invitation, !call.isEstablished else { return }
        var refusal = (status: 408, reason: "Request Timeout")
        if case .rejected(let response) = end { refusal = (response.status, response.reason) }
        if let other = invitation.refusal, Self.isBetter(other.status, than: refusal.status) { refusal = other }
        let others = siblings(of: id, in: invitation)
        guard let heir = others.first else {
            return tellProgress(of: id, refusal.status, refusal.reason, isLast: true)
        }
        let known = calls[heir]?.invitation?.refusal
        if known.map({ Self.isBetter(refusal.status, than: $0.status) }) ?? true {
            calls[heir]?.invitation?.refusal = refusal
        }
        if let progress = invitation.progress { calls[heir]?.invitation?.progress = progress }
        calls[id]?.invitation?.progress = nil
        // Whoever declines does so for all its telephones.
        if refusal.status >= 600 { hangUp(others, SIPReason(cause: refusal.status, text: refusal.reason)) }
    }

    /// Somebody has answered: its other telephones stop ringing and show no missed call (RFC 3326).
    func answered(_ id: SessionID) {
        guard let invitation = calls[id]?.invitation else { return }
        let others = siblings(of: id, in: invitation)
        if let progress = others.lazy.compactMap({ self.calls[$0]?.invitation?.progress }).first {
            calls[id]?.invitation?.progress = progress
            for other in others { calls[other]?.invitation?.progress = nil }
        }
        tellProgress(of: id, 200, "OK", isLast: true)
        hangUp(others, SIPReason(cause: 200, text: "Call completed elsewhere"))
    }

    private func hangUp(_ others: [SessionID], _ reason: SIPReason) {
        for other in others { withCore { core, now in core.terminate(other, reason: reason, now: now) } }
    }

    /// Calls to other places of the same person that still ring.
    private func siblings(of id: SessionID, in invitation: Invitation) -> [SessionID] {
        calls.values.filter { $0.session != id && !$0.isEstablished && $0.invitation?.fork == invitation.fork }
            .sorted { $0.member < $1.member }.map(\.session)
    }

    /// The best response of several (RFC 3261 §16.7 step 6): that of all telephones, then the lowest class; a timeout says least.
    private static func isBetter(_ status: Int, than other: Int) -> Bool {
        func rank(_ status: Int) -> Int { status >= 600 ? 0 : status == 408 ? 9 : status / 100 }
        return rank(status) < rank(other)
    }
}

/// Where hosts were found to be, or why they were not, by the addresses that name them.
typealias FoundHosts = [String: Result<[FlowTarget], Refusal>]

/// A lookup under way.
struct HostSearch {
    /// Who is called when it is over.
    let addresses: [String]
    let hosts: Task<FoundHosts, Never>
}

/// What is known of a call of ours besides whom it is for.
struct CallTerms {
    /// Where the host in its address was found to be; nil where it was not looked for.
    var found: FoundHosts.Value?
    /// What it tells of others who are called with it (RFC 5366 §5).
    var history: [UInt8]?
    /// A call of theirs that they give up for it (RFC 3891).
    var replaces: String?
}

/// Whom we call, and where.
struct CallWay {
    /// Who it is.
    let uri: SIPURI
    /// Where it is called.
    let target: SIPURI
    /// Proxies on the way, as they want to be named in Route (RFC 3327).
    var path: [String] = []
    let route: RequestRoute
    let flow: Flow
}
