// SPDX-License-Identifier: GPL-3.0-or-later
package import Conference
import Foundation
import Logging
import MediaServer
import NIOCore
import NIOPosix

// Recording (`confabctl record`): the members hear a note and read a line when it begins, goes on and ends.
extension Focus {
    /// What a room decided about its recording.
    func record(_ verb: RecordingVerb, as kind: RecordingKind?, _ name: String, by: String?) {
        guard let room = try? registry.room(name) else { return }
        switch verb {
        case .start: startRecording(room, as: kind ?? configuration.recording.kind, by: by)
        case .pause: pauseRecording(room, true, by: by)
        case .resume: pauseRecording(room, false, by: by)
        case .stop: stopRecording(of: name, by: by)
        }
    }

    /// - Throws: `Refusal`, `forbidden`, where the configuration has no place for recordings.
    func requireRecording() throws(Refusal) {
        guard configuration.recording.folder == nil else { return }
        throw Refusal(.forbidden, "Nothing is recorded here: recording.folder is none in the configuration")
    }

    private func startRecording(_ room: Room, as kind: RecordingKind, by: String?) {
        guard recordings[room.name] == nil, let folder = configuration.recording.folder else { return }
        // The folder that it is in is the operator's: a disk that is not there is not to be taken for one that is empty.
        try? FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o750])
        let stem = "\(folder)/\(Self.fileStem(room.name, at: Date()))"
        let pictures = kind == .video ? makePictures() : nil
        let path = stem + (pictures == nil ? ".mka" : ".mkv")
        let recording: RoomRecording
        do throws(RoomRecording.Failure) {
            // Making a file is one short call; what is written to it is written elsewhere.
            recording = try RoomRecording(
                path: path, title: room.title, notice: prompts(of: room).recordingNotice,
                pictures: pictures,
                trackPath: kind == .tracks ? Self.trackPath(stem) : nil,
                reserve: diskReserve
            ) { [weak focus = self, name = room.name, eventLoop] failure in
                eventLoop.execute { [weak focus] in
                    focus?.assumeIsolated { $0.recordingFailed(name, path, failure) }
                }
            }
        } catch {
            recordingFailure = "\(error)"
            logger.error("not recorded", metadata: metadata(room: room.name, ["reason": "\(error)"]))
            return recordingIsOver(room.name)
        }
        recordings[room.name] = recording
        media.record(MediaRoomID(room.id.number), recording)
        announce(.recordingStarted, room.name, by: by, detail: path, "This conference is being recorded.")
    }

    private func makePictures() -> RecordedPictures? {
        RecordedPictures(largest: configuration.video.gridSize.size, rate: configuration.video.gridRate)
    }

    private func pauseRecording(_ room: Room, _ pauses: Bool, by: String?) {
        guard recordings[room.name] != nil else { return }
        media.pauseRecording(of: MediaRoomID(room.id.number), pauses)
        announce(
            pauses ? .recordingPaused : .recordingResumed, room.name, by: by, detail: nil,
            pauses ? "The recording pauses." : "This conference is being recorded again.")
    }

    /// Ends the recording of a room; nothing where there is none.
    func stopRecording(of name: String, by: String?) {
        guard let recording = recordings.removeValue(forKey: name) else { return }
        closingRecordings = closingRecordings.filter { !$0.isClosed } + [recording]
        if let room = try? registry.room(name) { media.record(MediaRoomID(room.id.number), nil) }
        announce(
            .recordingStopped, name, by: by, detail: recording.path, "This conference is not recorded any more.")
    }

    private func recordingFailed(_ name: String, _ path: String, _ failure: RoomRecording.Failure) {
        guard recordings[name]?.path == path else { return }
        recordings[name] = nil
        if let room = try? registry.room(name) { media.record(MediaRoomID(room.id.number), nil) }
        logger.error("recording ended", metadata: metadata(room: name, ["reason": "\(failure)"]))
        recordingIsOver(name)
        announce(.recordingStopped, name, by: nil, detail: "\(failure)", "The recording had to end: \(failure).")
    }

    private func recordingIsOver(_ name: String) {
        if let step = registry.recordingEnded(in: name, now: .now) { perform(step) }
    }

    private func announce(_ kind: RoomEvent.Kind, _ name: String, by: String?, detail: String?, _ words: String) {
        logger.notice(
            "\(kind.rawValue)", metadata: metadata(room: name, ["by": "\(by ?? "")", "file": "\(detail ?? "")"]))
        feed.publish(ConferenceEvent(RoomEvent(kind, by: by, detail: detail), room: name, at: .now))
        // Who is taken up again reads it when all are.
        if recovering == nil { tellAll(in: name, words) }
    }

    func tellAll(in name: String, _ words: String) {
        for member in (try? registry.room(name))?.connectedMembers ?? [] { tell(member, words) }
    }

    package func recordings() async throws(ControlError) -> [RecordingDetail] {
        guard let folder = configuration.recording.folder else { return [] }
        // Files of members begin as that of all does.
        let open = (recordings.values + closingRecordings.filter { !$0.isClosed }).map { String($0.path.dropLast(4)) }
        do {
            return try await NIOThreadPool.singleton.runIfActive { try Self.files(in: folder, open) }
        } catch {
            throw .refused("\(folder) cannot be read: \(error.localizedDescription)")
        }
    }

    private static func files(in folder: String, _ open: [String]) throws -> [RecordingDetail] {
        try FileManager.default.contentsOfDirectory(atPath: folder).filter {
            $0.hasSuffix(".mka") || $0.hasSuffix(".mkv")
        }.compactMap { file in
            let path = "\(folder)/\(file)"
            guard let attributes = try? FileManager.default.attributesOfItem(atPath: path),
                let facts = RecordingFacts(path: path)
            else { return nil }
            return RecordingDetail(
                file: file, path: path, kind: RecordingKind(facts.content), seconds: facts.seconds,
                bytes: (attributes[.size] as? NSNumber)?.int64Value ?? 0,
                changed: attributes[.modificationDate] as? Date ?? .distantPast,
                isOpen: open.contains { path.hasPrefix($0) })
        }.sorted { $0.changed > $1.changed }
    }

    /// The room's name without what file systems and shells take amiss, and when it began.
    private static func fileStem(_ room: String, at date: Date) -> String {
        let time = date.formatted(.iso8601.timeZoneSeparator(.omitted).dateSeparator(.omitted).timeSeparator(.omitted))
        return "\(FileKind.plain(room).prefix(60))-\(time)-\(String(UInt32.random(in: 0 ... .max), radix: 36))"
    }

    /// Two members may have one name, and none may name a file elsewhere.
    private static func trackPath(_ stem: String) -> @Sendable (_ number: Int, _ member: String) -> String {
        { "\(stem)-\($0 < 10 ? "0" : "")\($0)-\(FileKind.plain($1).prefix(40)).mka" }
    }
}

extension RecordingKind {
    fileprivate init(_ content: RecordingFacts.Content) {
        switch content {
        case .mixWithPicture: self = .video
        case .mix: self = .audio
        case .member: self = .tracks
        }
    }
}
