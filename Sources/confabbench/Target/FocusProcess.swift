// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import RTP
import TestSupport

/// A `confabd` of our own, on free ports, with its own configuration, on the core of what is measured.
final class FocusProcess {
    let child: ChildProcess
    /// Where it answers SIP.
    let sip: SocketAddress
    private let socket: String
    private let folder: TemporaryFolder

    var pid: Int32 { child.pid }

    /// - Parameters:
    ///   - program: path of `confabd`.
    ///   - workers: media threads.
    ///   - talkers: how many are mixed at once.
    ///   - videoMode: how members see one another.
    ///   - pinned: false lets it use every core.
    init(
        _ program: String, workers: Int = 1, talkers: Int = 4, videoMode: String = "auto", pinned: Bool = true
    ) async throws {
        folder = try TemporaryFolder("focus")
        socket = folder.path + "/operator.sock"
        let port = try FreePort.allocate(count: 2)
        sip = .loopback(port: UInt16(port))
        let file = folder.path + "/confabd.yaml"
        let text = """
            sip:
              listen: ["udp:127.0.0.1:\(port)", "tcp:127.0.0.1:\(port)"]
              max-calls-per-second: 5000
              max-transactions: 200000
            media:
              bind: 127.0.0.1
              rtp-ports: 10000-19999
            audio:
              max-talkers: \(talkers)
              chimes: false
              lone-member-music: false
            video:
              mode: \(videoMode)
            conference:
              max-members: 2000
            prompts:
              language: none
            recording:
              folder: \(folder.path)
            operator:
              socket: \(socket)
            log:
              level: warning
            drain: 2s
            workers: \(workers)

            """
        try text.write(toFile: file, atomically: true, encoding: .utf8)
        let command = [program, "--config", file]
        let whole = pinned ? Cores.onMeasured(command) : command
        var launch = ChildProcess.Launch(whole[0], Array(whole.dropFirst()))
        launch.output = folder.path + "/confabd.log"
        child = try ChildProcess(launch)
        try await Condition.await(
            "confabd to answer", within: .seconds(15), evidence: { [child] in child.printed }
        ) { [socket, child] in
            guard child.isRunning else { throw BenchError("confabd ended: \(child.printed)") }
            return (try? LocalHTTP.send("GET", "/metrics", to: .unix(socket))) != nil
        }
    }

    /// Lends it to `body`, and ends it whatever comes of that.
    func use<Result>(_ body: (FocusProcess) async throws -> Result) async throws -> Result {
        do {
            let result = try await body(self)
            await stop()
            return result
        } catch {
            await stop()
            throw error
        }
    }

    func metrics() throws -> Metrics {
        Metrics(parsing: try LocalHTTP.send("GET", "/metrics", to: .unix(socket)))
    }

    /// Gives one of the operator's commands to a room.
    func command(_ command: String, _ value: String, room: String) throws {
        let body = "{\"command\": \"\(command)\", \"value\": \"\(value)\"}"
        _ = try LocalHTTP.send("POST", "/v1/rooms/\(room)/commands", to: .unix(socket), body: body)
    }

    /// What it logged: warnings and errors.
    var log: String { child.printed }

    func stop() async {
        await child.stop(within: .seconds(4))
    }
}

/// A folder that goes when its owner does.
final class TemporaryFolder: Sendable {
    let path: String

    init(_ name: String) throws {
        path = "/tmp/confabbench-\(getpid())-\(name)-\(UInt32.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    /// Makes a file in it.
    func write(_ name: String, _ text: String) throws {
        try (text + "\n").write(toFile: path + "/" + name, atomically: true, encoding: .utf8)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }
}

/// Why there is no figure.
struct BenchError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
