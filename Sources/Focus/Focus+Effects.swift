// SPDX-License-Identifier: GPL-3.0-or-later
import Audio
import Conference
import FoundationEssentials
import Glibc
import Logging
import MediaServer
import SIP

// What a room decided is done here, in the order in which it decided.
extension Focus {
    func perform(_ step: RoomStep) {
        for effect in step.effects { perform(effect, step) }
        journalRoom(step.name)
    }

    private func perform(_ effect: RoomEffect, _ step: RoomStep) {
        let room = MediaRoomID(step.room.number)
        switch effect {
        case .opened:
            counters.rooms += 1
            if cancelledNames.remove(step.name) != nil { store.keep(.cancelledFreed(step.name)) }
            media.openRoom(room, configuration.mixer)
            media.setVideoRule(VideoRule(configuration.video.mode), of: room)
            recordFromTheStart(step.name)
        case .connectMedia(let member):
            connectMedia(member)
        case .videoMode(let mode):
            media.setVideoRule(VideoRule(mode), of: room)
        case .answer(let member):
            answer(member)
        case .admit(let member):
            if let id = sessions[member] { comeIn(id) }
        case .prompt(let member, let prompt):
            say(prompt, to: member)
            // Who has no ear on its keys may have an eye on its chat.
            if prompt == .askedToSpeak { tell(member, "You are asked to speak: press *6, or write /unmute.") }
        case .command(let command, let member):
            obeyKeys(command, in: step.name, of: member)
        case .hearing(let member, let decibels):
            if let call = call(of: member), call.legIsOpen {
                media.setHearing(Self.factor(decibels), of: call.leg)
                journal(call.session)
            }
        case .volume(let member, let decibels):
            if let call = call(of: member), call.legIsOpen {
                media.setGain(Self.factor(decibels), of: call.leg)
                journal(call.session)
            }
        case .recording(let verb, let kind, let by):
            record(verb, as: kind, step.name, by: by)
        case .wrongPIN(let member, let identity):
            if let call = call(of: member) {
                failed(
                    call.flow.remote.host, counting: guesser(identity, over: call.flow, in: step.name),
                    user: step.name, "pin", callID: call.callID, room: step.name)
            }
        case .detachMedia(let member):
            if let id = sessions[member] { detachMedia(id) }
        case .disconnectMedia(let member):
            if let id = sessions[member] { closeLeg(id) }
        case .silence(let member, let silent):
            if let call = call(of: member), call.legIsOpen { media.silence(call.leg, silent) }
        case .hangUp(let member, let reason):
            hangUp(member, reason)
        case .rosterChanged(let change):
            if case .joined(let member) = change.subject { joinChat(member) }
            journal(change.subject, in: step.name)
            roster.changed(step.name)
            sendRosters(now: .now)
        case .rosterEnded:
            endRoster(of: step.name)
        case .chime, .loneMember:
            // The mixer hears joins and leaves by itself, on the very tick.
            break
        case .event(let event):
            feed.publish(ConferenceEvent(event, room: step.name, at: .now))
        case .record(let record):
            leaveChat(record.member)
            // Whose call is not taken up was here before: its record says so.
            if recovering == nil { keep(record) }
        case .log(let line):
            log(line)
        case .ended(let end):
            if case .cancelled(let by) = end, store.isLasting {
                cancelledNames.insert(step.name)
                store.keep(.cancelled(CancelledName(name: step.name, by: by, at: Date())))
            }
            stopRecording(of: step.name, by: nil)
            media.closeRoom(room)
            endChat(of: step.name)
            endFiles(of: step.room)
        }
    }

    private static func factor(_ decibels: Int) -> Float { Float(Glibc.pow(10.0, Double(decibels) / 20)) }

    private func recordFromTheStart(_ name: String) {
        // Whether a room that is taken up again was being recorded is known of its calls.
        guard let room = registry.definitions[name], room.record == true, recovering == nil else { return }
        do throws(Refusal) {
            try command(.record(.start, as: room.recordAs), in: name, by: .focus)
        } catch {
            logger.error("not recorded", metadata: metadata(room: name, ["reason": "\(error.text)"]))
        }
    }

    func say(_ prompt: Prompt, to member: MemberID) {
        if let call = call(of: member), call.legIsOpen {
            media.announce(prompts(of: registry.room(of: member))[prompt], to: call.leg)
        }
    }

    func call(of member: MemberID) -> FocusCall? {
        sessions[member].flatMap { calls[$0] }
    }

    private func answer(_ member: MemberID) {
        guard let id = sessions[member], let call = calls[id], let body = call.description else { return }
        if let invitation = call.invitation { return send(invitation, of: call, offer: body) }
        withCore { core, now in core.accept(id, body: body, now: now) }
    }

    private func hangUp(_ member: MemberID, _ reason: HangUpReason) {
        guard let id = sessions[member] else { return }
        closeLeg(id)
        tellEnd(of: id, .byLocal)
        forget(id)
        let header = SIPReason(cause: reason.status, text: reason.text)
        withCore { core, now in core.terminate(id, reason: header, now: now) }
    }

    private func log(_ line: LogLine) {
        var metadata: Logger.Metadata = [:]
        for (key, value) in line.fields { metadata[key] = "\(value)" }
        logger.log(level: Logger.Level(line.level), "\(line.message)", metadata: metadata)
    }

    func keep(_ record: CallRecord) {
        log(record)
        store.keep(.call(record, .now))
    }

    private func log(_ record: CallRecord) {
        var metadata = self.metadata(
            callID: record.callID, room: record.room, member: record.member,
            [
                "identity": "\(record.identity.uri)", "seconds": "\(record.duration.components.seconds)",
                "cause": "\(record.cause.code)",
            ])
        if let detail = record.cause.detail { metadata["detail"] = "\(detail)" }
        if let report = record.media {
            metadata["codec"] = "\(report.codec)"
            metadata["loss-percent"] = "\((report.lossPercent * 10).rounded() / 10)"
        }
        logger.info("call record", metadata: metadata)
    }
}

extension Logger.Level {
    init(_ level: LogLine.Level) {
        switch level {
        case .debug: self = .debug
        case .info: self = .info
        case .notice: self = .notice
        case .warning: self = .warning
        }
    }
}
