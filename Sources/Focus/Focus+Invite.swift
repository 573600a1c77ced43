// SPDX-License-Identifier: GPL-3.0-or-later
package import Conference
import Logging
import MediaServer
import SIP

// Calling people into a room: for operators (`confabctl invite`) and moderators (REFER, RFC 4579 §5.5).
extension Focus {
    /// - Returns: the member, while it rings.
    package func invite(
        _ address: String, to room: String, by operatorName: String
    ) async throws(ControlError) -> MemberDetail {
        let host = placeForOperators?.host ?? "localhost"
        let text = address.contains("@") ? address : "\(address)@\(host.contains(":") ? "[\(host)]" : host)"
        guard let uri = try? SIPURI(parsing: text.hasPrefix("sip:") ? text : "sip:\(text)") else {
            throw .invalid("\(address) is no SIP address such as sip:ann@192.0.2.7")
        }
        let route: RequestRoute
        let target: SIPURI
        do throws(Refusal) {
            (target, route) = try await way(to: uri)
        } catch {
            throw ControlError(error, room: room)
        }
        do throws(Refusal) {
            let member = try call(uri, at: target, route, into: room, by: .operatorNamed(operatorName), progress: nil)
            audit("invite", room: room, target: uri.description, by: operatorName)
            guard let detail = try registry.room(room).detail(of: member, .now) else {
                throw Refusal(.unknownMember, "\(uri) could not be called")
            }
            return detail
        } catch {
            throw ControlError(error, room: room)
        }
    }

    /// Where a request to somebody goes: the place that it registered from, or what its address says.
    func way(to uri: SIPURI) async throws(Refusal) -> (SIPURI, RequestRoute) {
        if let way = try registeredWay(to: uri) { return way }
        guard configuration.conference.dialOut == .any else {
            throw Refusal(.forbidden, "\(uri) is not registered here, and conference.dial-out is not any")
        }
        guard var hop = FlowTarget(uri) else { throw Refusal(.forbidden, "\(uri) cannot be reached by udp or tcp") }
        do throws(SIPResolutionError) {
            hop.host = try await SIPResolver().resolve(hop.host, port: hop.port).first?.host ?? hop.host
        } catch {
            throw Refusal(.forbidden, "\(uri) cannot be found: \(error.reason)")
        }
        return (uri, .target(hop))
    }

    /// nil for somebody who is not registered here.
    func registeredWay(to uri: SIPURI) throws(Refusal) -> (SIPURI, RequestRoute)? {
        guard configuration.conference.dialOut != .none else {
            throw Refusal(.forbidden, "Nobody is called from here: conference.dial-out is none")
        }
        let user = ConferenceAddress(uri).user
        guard let binding = user.flatMap({ login.registrar.bindings(of: $0, now: .now).last }) else { return nil }
        return (binding.contact.uri, .flow(binding.flow, otherwise: FlowTarget(binding.contact.uri)))
    }

    /// Calls somebody into a room.
    ///
    /// - Parameters:
    ///   - uri: who it is.
    ///   - target: where it is called.
    func call(
        _ uri: SIPURI, at target: SIPURI, _ route: RequestRoute, into room: String, by requester: Requester,
        progress: ReferProgress?
    ) throws(Refusal) -> MemberID {
        let identity = Identity(uri)
        let request = JoinRequest(identity: identity, callID: "to \(uri)", isInvited: true)
        let admission = try registry.invite(request, to: room, by: requester, now: .now)
        let member = admission.member
        let id = endpoint.core.reserveSession()
        let flow = flow(of: route, target)
        let wire = LegIdentity(
            ssrc: .random(in: 1 ... .max), sourceID: .random(in: 1 ... .max), cname: Self.makeCanonicalName(),
            name: identity.label)
        let local = endpoint.localAddress(for: flow)
        var call = FocusCall(
            session: id, member: member, room: admission.step.room, roomName: admission.step.name,
            callID: request.callID, flow: flow,
            place: place(SIPURI(user: nil, host: local.host, port: local.port), over: flow), leg: LegID(member.number),
            wire: wire, offer: nil, takesINFO: true, readsCPIM: false)
        call.invitation = Invitation(target: target, route: route, progress: progress)
        calls[id] = call
        sessions[member] = id
        perform(admission.step)
        return member
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

    private func flow(of route: RequestRoute, _ target: SIPURI) -> Flow {
        switch route {
        case .flow(let flow, _): return flow
        case .target(let hop): return flow(to: hop)
        case .automatic: return flow(to: FlowTarget(target) ?? FlowTarget(host: target.host, kind: .udp))
        }
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
