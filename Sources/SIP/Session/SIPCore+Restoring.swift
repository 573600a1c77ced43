// SPDX-License-Identifier: GPL-3.0-or-later

// Sessions of a process that is gone: its journal has the INVITE that began each, and how it was answered.
extension SIPCore {
    /// Takes a session up again, as far as its INVITE: it comes as `incoming`, is to be answered by `accept` as the first time, and
    /// then confirmed by `confirmRestored`. Nothing of that is sent.
    ///
    /// - Parameters:
    ///   - request: the INVITE, as it came.
    ///   - localTag: our tag of then.
    ///   - flow: how it came. A connection is gone: requests go to the peer's Contact.
    /// - Returns: nil for an INVITE that makes no dialog, or one that is there.
    package mutating func restore(
        _ request: SIPRequest, localTag: String, over flow: Flow, now: ContinuousClock.Instant
    ) -> SessionID? {
        guard request.method == .invite, let dialog = Dialog(server: request, localTag: localTag),
            dialogs[dialog.id] == nil
        else { return nil }
        let id = reserveSession()
        var session = InviteSession(
            id: id, role: .server, contact: ContactIdentity(user: request.uri.user), environment: environment,
            seed: randomNumber())
        // A transaction that nobody knows: what is answered to it goes nowhere.
        session.start(request, ServerTransactionID(serial: .max), over: flow, dialog: dialog, now: now)
        sessions[id] = session
        perform(id, now: now)
        return id
    }

    /// The peer had acknowledged our answer.
    ///
    /// - Parameter sequence: at least the number of the last request that we sent in the dialog.
    package mutating func confirmRestored(_ id: SessionID, sequence: UInt32, now: ContinuousClock.Instant) {
        sessions[id]?.confirmRestored(sequence: sequence, now: now)
        perform(id, now: now)
    }
}

extension InviteSession {
    mutating func confirmRestored(sequence: UInt32, now: ContinuousClock.Instant) {
        guard let flow = serverInvite?.flow, let number = acceptedResponse?.sequenceNumber,
            var ack = leg?.dialog.makeAck(number: number)
        else { return }
        ack.headers.set("CSeq", CSeq(number: number, method: .ack).description)
        let direct = directFlow
        receivedAck(ack, over: flow, now: now)
        directFlow = direct
        leg?.dialog.skip(to: sequence)
    }
}
