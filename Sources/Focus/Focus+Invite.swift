// SPDX-License-Identifier: GPL-3.0-or-later
import Conference
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

    /// Looks up the host of somebody who is to be called.
    ///
    /// - Returns: nil where there is nothing to look up.
    func resolveHost(of address: String) async throws(Refusal) -> FlowTarget? {
        let uri = try callee(address)
        guard try registeredWay(to: uri) == nil, configuration.conference.dialOut == .any, var hop = FlowTarget(uri)
        else { return nil }
        do throws(SIPResolutionError) {
            hop.host = try await SIPResolver().resolve(hop.host, port: hop.port).first?.host ?? hop.host
        } catch {
            throw Refusal(.forbidden, "\(uri) cannot be found: \(error.reason)")
        }
        return hop
    }

    /// Where somebody is called: the place that it registered from, or what its address says. No name is looked up here.
    ///
    /// - Parameter hop: What was looked up before.
    func way(to address: String, _ hop: FlowTarget?) throws(Refusal) -> CallWay {
        let uri = try callee(address)
        if let way = try registeredWay(to: uri) { return way }
        guard configuration.conference.dialOut == .any else {
            throw Refusal(.forbidden, "\(uri) is not registered here, and conference.dial-out is not any")
        }
        if let hop { return CallWay(uri: uri, target: uri, route: .target(hop), flow: flow(to: hop)) }
        guard let hop = FlowTarget(uri), SIPResolver.numeric(hop.host, port: hop.port) != nil else {
            throw Refusal(.forbidden, "\(uri) is not registered here, and names no numeric address")
        }
        return CallWay(uri: uri, target: uri, route: .target(hop), flow: flow(to: hop))
    }

    /// nil for somebody who is not registered here.
    private func registeredWay(to uri: SIPURI) throws(Refusal) -> CallWay? {
        guard configuration.conference.dialOut != .none else {
            throw Refusal(.forbidden, "Nobody is called from here: conference.dial-out is none")
        }
        let user = ConferenceAddress(uri).user
        guard let binding = user.flatMap({ login.registrar.bindings(of: $0, now: .now).last }) else { return nil }
        let target = binding.contact.uri
        return CallWay(
            uri: uri, target: target, route: .flow(binding.flow, otherwise: FlowTarget(target)), flow: binding.flow)
    }

    /// Calls somebody into a room.
    ///
    /// - Parameter allowed: Called when there is a place; returns who wants to know what becomes of the call.
    func call(
        _ way: CallWay, into room: String, _ allowed: () -> ReferProgress?
    ) throws(Refusal) -> MemberID {
        let identity = Identity(way.uri)
        let request = JoinRequest(identity: identity, callID: "to \(way.uri)", isInvited: true)
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
        call.invitation = Invitation(target: way.target, route: way.route, progress: allowed())
        calls[id] = call
        sessions[member] = id
        perform(admission.step)
        return member
    }

    /// Calls whom an INVITE has named (RFC 5366 §5), as if each had been asked for by itself: it may, or it may not.
    func callGuests(of id: SessionID) {
        guard let call = calls[id], !call.guests.isEmpty else { return }
        calls[id]?.guests = []
        for guest in call.guests {
            do throws(Refusal) {
                try command(.invite(guest), in: call.roomName, by: .member(call.member))
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
        let title = (try? registry.room(call.roomName))?.settings.title ?? call.roomName
        let invite = SessionInvite(
            target: invitation.target, from: NameAddress(displayName: title, uri: own), offer: offer,
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
        guard var invitation = calls[id]?.invitation, var progress = invitation.progress else { return }
        if isLast { invitation.progress = nil }
        notify(&progress, "SIP/2.0 \(status) \(reason)", isLast: isLast)
        if !isLast { invitation.progress = progress }
        calls[id]?.invitation = invitation
    }

    func tellEnd(of id: SessionID, _ end: SessionEnd) {
        switch end {
        case .rejected(let response): tellProgress(of: id, response.status, response.reason, isLast: true)
        default: tellProgress(of: id, 408, "Request Timeout", isLast: true)
        }
    }
}

/// Whom we call, and where.
struct CallWay {
    /// Who it is.
    let uri: SIPURI
    /// Where it is called.
    let target: SIPURI
    let route: RequestRoute
    let flow: Flow
}
