// SPDX-License-Identifier: GPL-3.0-or-later
import Conference
import FoundationEssentials
import Logging
import SIP

// Commands, whichever way they come: keys, chat, REFER or the operator API. Each leaves an audit line.
extension Focus {
    /// Does what somebody commands in a room.
    ///
    /// - Parameters:
    ///   - terms: Of a call that is made.
    ///   - allowed: Called when nothing stands against the command any more and nothing is done yet: what is done may end the call that an
    ///     answer goes by. Returns who wants to know what becomes of a call that is made.
    @discardableResult
    func command(
        _ command: RoomCommand, in name: String, by requester: Requester, _ terms: CallTerms = CallTerms(),
        allowed: () -> ReferProgress? = { nil }
    ) throws(Refusal) -> CommandOutcome {
        do throws(Refusal) {
            let matter = try matter(of: command, in: name, by: requester)
            let outcome = try carryOut(command, in: name, by: requester, matter, terms, allowed)
            // What somebody does to itself is its own affair, and as often as it likes.
            if !matter.isOwn {
                audit(
                    command.word, room: name, target: matter.subject, actor: matter.actor,
                    outcome.changed ? "done" : "unchanged")
            }
            return outcome
        } catch {
            auditRefusal(error, of: command, in: name, by: requester)
            throw error
        }
    }

    /// What is to be known of a command before it is done. The room itself is not held meanwhile: it would have to be copied.
    private struct Matter {
        let actor: String
        let subject: String?
        let target: MemberID?
        let isOwn: Bool
        /// Whom it is for, or who is in a room that ends.
        let before: [MemberDetail]
    }

    private func matter(
        of command: RoomCommand, in name: String, by requester: Requester
    ) throws(Refusal) -> Matter {
        let room = try registry.room(name)
        // Who may not see who is in does not learn it by asking for somebody.
        if command.target != nil, !room.isOpenToView { try room.require(.member, requester, to: "do that") }
        let target = try command.target.map { target throws(Refusal) in try room.resolve(target, for: requester) }
        return Matter(
            actor: room.describe(requester), subject: room.subject(of: command, by: requester), target: target,
            isOwn: command.isPersonal && target == (try? room.resolve(.oneself, for: requester)),
            before: command == .cancel
                ? room.detail(.now).members : target.flatMap { room.detail(of: $0, .now) }.map { [$0] } ?? [])
    }

    private func carryOut(
        _ command: RoomCommand, in name: String, by requester: Requester, _ matter: Matter, _ terms: CallTerms,
        _ allowed: () -> ReferProgress?
    ) throws(Refusal) -> CommandOutcome {
        if case .record(.start, _) = command { try requireRecording() }
        let step = try registry.command(command, in: name, by: requester, now: .now)
        var outcome = CommandOutcome(changed: step.changes)
        var target = matter.target
        if case .invite(let address) = command {
            target = try call(ways(to: address, terms.found), into: name, terms, allowed)
            outcome.changed = true
        } else if case .play(let film) = command {
            outcome.film = try start(film, in: name, by: requester)
            outcome.changed = true
        } else if case .stop(let film) = command {
            _ = allowed()
            outcome.changed = stopFilms(in: name, named: film)
        } else if case .move(let room, _) = command, let target {
            _ = allowed()
            outcome.changed = try move(target, to: room, by: requester)
        } else if case .back = command, let target {
            let home = try registry.home(of: target)
            _ = allowed()
            // Whoever moved it let it in there long ago: a lock or a PIN is not for it.
            outcome.changed = try move(target, to: home, by: .focus)
            outcome.room = (try? registry.room(home)).map(summary)
        } else if case .breakout(let count) = command {
            _ = allowed()
            let moved = try breakout(name, into: count)
            outcome.changed = !moved.isEmpty
            outcome.moved = moved.compactMap { registry.room(of: $0)?.detail(of: $0, .now) }
        } else {
            _ = allowed()
            perform(step)
        }
        if outcome.room == nil { outcome.room = (try? registry.room(name)).map(summary) }
        if let target {
            outcome.member = registry.room(of: target)?.detail(of: target, .now) ?? matter.before.first
        }
        if command == .cancel {
            outcome.removed = matter.before
            forgetStanding(name)
        }
        if case .record(.start, _) = command, let failure = recordingFailure {
            recordingFailure = nil
            throw Refusal(.forbidden, failure)
        }
        return outcome
    }

    /// A member's keys.
    func obeyKeys(_ command: RoomCommand, in room: String, of member: MemberID) {
        do throws(Refusal) {
            let outcome = try self.command(command, in: room, by: .member(member))
            if outcome.changed, let prompt = Prompt(confirming: command) { say(prompt, to: member) }
        } catch {
            say(.notAllowed, to: member)
            logger.info(
                "key command refused",
                metadata: metadata(
                    of: member, in: room, ["command": "\(command.word)", "reason": "\(error.text)"]))
        }
    }

    // MARK: Audit

    /// Writes down what an operator did.
    func audit(
        _ command: String, room: String?, target: String? = nil, by operatorName: String, _ outcome: String = "done"
    ) {
        audit(command, room: room, target: target, actor: "operator \(operatorName)", outcome)
    }

    private func audit(_ command: String, room: String?, target: String?, actor: String, _ outcome: String) {
        store.keep(
            .audit(
                AuditEntry(
                    at: Date(), actor: actor, room: room, command: command, target: target, outcome: outcome)))
    }

    /// Strangers could fill the disk with what they may not, and members with their keys: the log has all of it, the audit some.
    private func auditRefusal(
        _ refusal: Refusal, of command: RoomCommand, in name: String, by requester: Requester
    ) {
        guard let room = try? registry.room(name), room.rank(of: requester) > .outsider,
            refusalsAudited.admit(now: .now)
        else { return }
        audit(
            command.word, room: name, target: room.subject(of: command, by: requester),
            actor: room.describe(requester), refusal.kind.rawValue)
    }
}

extension Prompt {
    /// What who pressed keys is told; nil where it hears by itself what came of them.
    fileprivate init?(confirming command: RoomCommand) {
        switch command {
        case .mute: self = .muted
        case .unmute: self = .unmuted
        case .raiseHand: self = .handRaised
        case .lowerHand: self = .handLowered
        case .lock: self = .locked
        case .unlock: self = .unlocked
        case .muteAll: self = .allMuted
        case .cancel, .showVideo, .record, .invite, .play, .stop, .move, .back, .breakout, .volume, .kick, .ban,
            .giveRole:
            return nil
        }
    }
}
