// SPDX-License-Identifier: GPL-3.0-or-later
import Conference
import Foundation
import Logging
import NIOCore
import SIP
import Synchronization

/// A video file that is played into a room by `confab`, a program of its own: what is wrong with a file is that program's trouble.
struct PlayedFilm {
    let room: String
    let path: String
    /// What people call it.
    let name: String
    /// Who hears why it is not played; nil for operators, who wait for it.
    let askedBy: MemberID?
    let process: Process
    let output: FilmOutput
    /// nil until it has joined.
    var member: MemberID?
    /// The call that it has joined by; its program ends after that.
    var callID: String?
    /// Who waits for it to join.
    var waiter: CheckedContinuation<Result<MemberID, Refusal>, Never>?

    /// By its name, or its number among the members.
    func isNamed(_ text: String) -> Bool { name == text || member?.description == text }
}

// Films (`confabctl play`): each joins its room as a member named after its file, by a call that only it can make.
extension Focus {
    /// The parameter of a Request-URI by which a film is known.
    static let filmParameter = "film"
    /// How long a film may take to join: less than who asked for it waits.
    private static let filmPatience: TimeAmount = .seconds(12)

    /// Starts a film of the machine, or one that was shared in the room.
    ///
    /// - Returns: its token.
    func start(_ film: String, in name: String, by requester: Requester) throws(Refusal) -> String {
        if FilmName.isOfMachine(film) { return try startFilm(film, named: FilmName.of(film), in: name) }
        let file = try sharedFile(named: film, in: name)
        guard file.type.hasPrefix("video/") else {
            throw Refusal(.forbidden, "\(file.name) is no film, but \(file.type.prefix { $0 != ";" })")
        }
        let member: MemberID? = if case .member(let id) = requester { id } else { nil }
        return try startFilm("file:\(file.path)?once", named: file.name, in: name, for: member)
    }

    /// Ends films of a room; false where there are none of that name.
    func stopFilms(in name: String, named film: String?) -> Bool {
        let wanted = films.values.filter { played in
            // It may have been moved since it was begun.
            let place = played.member.flatMap { registry.room(of: $0)?.name } ?? played.room
            return place == name && film.map(played.isNamed) ?? true
        }
        let members = wanted.compactMap(\.member)
        var stopped = false
        for member in members {
            do throws(Refusal) {
                perform(try registry.command(.kick(.named(member.description)), in: name, by: .focus, now: .now))
                stopped = true
            } catch {
                // It was stopped before, and its program has not ended yet.
                logger.info("film not stopped", metadata: metadata(of: member, in: name, ["reason": "\(error.text)"]))
            }
        }
        return stopped
    }

    /// Starts a film; it joins a moment later.
    ///
    /// - Returns: its token.
    private func startFilm(
        _ spec: String, named name: String, in room: String, for member: MemberID? = nil
    ) throws(Refusal) -> String {
        let path = FilmName.path(of: spec)
        guard FileManager.default.isReadableFile(atPath: path) else {
            throw Refusal(.forbidden, "\(path) cannot be read by the focus, on its machine")
        }
        guard let program = Self.filmProgram else {
            throw Refusal(.forbidden, "There is no confab beside confabd, which plays films")
        }
        guard let place = localPlace else { throw Refusal(.forbidden, "The focus listens nowhere on this machine") }
        let token = SecretToken.make()
        var target = (try? SIPURI(parsing: place.uri(room))) ?? SIPURI(host: place.host)
        target.parameters.set(Self.filmParameter, token)
        let process = Process()
        process.executableURL = program
        process.arguments = [
            "call", target.description, "--name=\(name)", "--camera", spec, "--mic", "none", "--speaker",
            "none", "--quality", "high", "--slots", "0", "--json", "--end-with-film",
        ]
        let output = FilmOutput { [weak focus = self, eventLoop] status in
            eventLoop.execute { [weak focus] in focus?.assumeIsolated { $0.filmEnded(token, status) } }
        }
        process.standardOutput = output.pipe
        process.standardError = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        process.terminationHandler = { output.ended($0.terminationStatus) }
        do {
            try process.run()
        } catch {
            throw Refusal(
                .forbidden, "\(program.path(percentEncoded: false)) does not start: \(error.localizedDescription)")
        }
        films[token] = PlayedFilm(
            room: room, path: path, name: name, askedBy: member, process: process, output: output)
        // A pipe that nobody fills may be opened for ever.
        eventLoop.scheduleTask(in: Self.filmPatience) { [weak self] in
            self?.assumeIsolated { focus in
                guard let film = focus.films[token], film.member == nil, film.process.isRunning else { return }
                film.process.terminate()
            }
        }
        return token
    }

    /// Returns when the film is in its room.
    ///
    /// - Throws: why it is not.
    func awaitFilm(_ token: String) async throws(Refusal) -> MemberID {
        let result = await withCheckedContinuation {
            (continuation: CheckedContinuation<Result<MemberID, Refusal>, Never>) in
            if let member = films[token]?.member { return continuation.resume(returning: .success(member)) }
            guard films[token] != nil else {
                return continuation.resume(returning: .failure(Refusal(.forbidden, "The film has ended")))
            }
            films[token]?.waiter = continuation
        }
        return try result.get()
    }

    /// Whether a call is a film's: nobody else knows the token.
    func film(calling request: SIPRequest, over flow: Flow) -> (token: String, identity: Identity)? {
        guard let token = request.uri.parameters.value(Self.filmParameter), let film = films[token],
            film.member == nil
        else { return nil }
        return (
            token,
            Identity(
                displayName: film.name, user: "film-\(token.prefix(6))", host: flow.local.host,
                source: Self.filmParameter)
        )
    }

    func filmJoined(_ token: String, as member: MemberID, by callID: String) {
        films[token]?.member = member
        films[token]?.callID = callID
        films[token]?.waiter?.resume(returning: .success(member))
        films[token]?.waiter = nil
    }

    private func filmEnded(_ token: String, _ status: Int32) {
        guard let film = films.removeValue(forKey: token) else { return }
        let reason = film.output.reason
        logger.info(
            "film ended",
            metadata: metadata(
                callID: film.callID, room: film.room, member: film.member,
                ["file": "\(film.path)", "status": "\(status)", "reason": "\(reason ?? "")"]))
        if film.member == nil, let member = film.askedBy {
            tell(member, "\(film.name) is not played: \(reason ?? "it cannot be read").")
        }
        film.waiter?.resume(
            returning: .failure(Refusal(.forbidden, "\(film.path) is not played: \(reason ?? "confab ended")")))
    }

    /// What each member plays that is a film.
    func filmPath(of member: MemberID) -> String? { films.values.first { $0.member == member }?.path }

    /// No film goes on without a focus.
    func stopFilms() {
        let processes = films.values.map(\.process)
        forgetFilms()
        for process in processes where process.isRunning { process.terminate() }
    }

    /// Nothing is heard of films any more: the event loop may end before they do.
    func forgetFilms() {
        for film in films.values {
            film.output.forgetEnd()
            film.waiter?.resume(returning: .failure(Refusal(.draining, "The conference server is shutting down")))
        }
        films = [:]
    }

    /// Where programs of this machine reach us.
    private var localPlace: RoomPlace? {
        let addresses = endpoint.addresses
        guard let bound = addresses.first(where: { $0.kind == .udp }) ?? addresses.first else { return nil }
        let host = bound.address.isWildcard ? (bound.address.isIPv6 ? "::1" : "127.0.0.1") : bound.address.host
        return RoomPlace(host: host, port: bound.address.port, isOnlyTCP: bound.kind == .tcp)
    }

    private static var filmProgram: URL? {
        let program = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
            .appending(path: "confab")
        return FileManager.default.isExecutableFile(atPath: program.path(percentEncoded: false)) ? program : nil
    }
}

/// What a film's program says: the last of it tells why it ended.
final class FilmOutput: Sendable {
    let pipe = Pipe()
    private let last = Mutex<[UInt8]>([])
    private let onEnd: Mutex<(@Sendable (Int32) -> Void)?>
    /// Bytes that are kept.
    private static let most = 4096

    /// - Parameter onEnd: Called with the program's exit status, on a thread of Foundation's.
    init(onEnd: @escaping @Sendable (Int32) -> Void) {
        self.onEnd = Mutex(onEnd)
        pipe.fileHandleForReading.readabilityHandler = { [weak self] handle in
            let data = handle.availableData
            if data.isEmpty { handle.readabilityHandler = nil }
            self?.last.withLock { last in
                last += data
                if last.count > Self.most { last.removeFirst(last.count - Self.most) }
            }
        }
    }

    func ended(_ status: Int32) { onEnd.withLock { $0?(status) } }

    /// Once this has returned nobody is told of the end any more.
    func forgetEnd() { onEnd.withLock { $0 = nil } }

    /// Of the `ended` event.
    var reason: String? {
        let lines = last.withLock { $0 }.split(separator: UInt8(ascii: "\n"))
        guard let line = lines.last, let event = try? JSONDecoder().decode(Ended.self, from: Data(line)) else {
            return nil
        }
        return event.reason
    }

    private struct Ended: Decodable {
        var reason: String?
    }
}
