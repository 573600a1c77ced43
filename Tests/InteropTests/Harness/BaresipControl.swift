// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import Glibc
import TestSupport

/// baresip's `ctrl_tcp`: JSON in netstrings, commands one way, answers and events the other.
actor BaresipControl {
    /// An event of baresip: `CALL_ESTABLISHED`, `CALL_CLOSED`, ...
    struct Event: Hashable, Sendable {
        var type: String
        var parameter: String
    }

    struct Refused: Error, CustomStringConvertible {
        var description: String
    }

    private let descriptor: Int32
    private var received: [UInt8] = []
    private var answers: [String: (ok: Bool, data: String)] = [:]
    private var events: [Event] = []
    private var commands = 0

    /// Connects to 127.0.0.1, as soon as baresip listens.
    init(port: Int) async throws {
        let patience = Duration.seconds(10)
        let deadline = ContinuousClock.now + patience
        var connected = Self.connect(port: port)
        while connected < 0, ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(20))
            connected = Self.connect(port: port)
        }
        guard connected >= 0 else {
            throw ConditionNotMet(what: "baresip's control port \(port)", patience: patience)
        }
        descriptor = connected
    }

    deinit {
        close(descriptor)
    }

    /// Sends a command and waits for its answer.
    /// - Throws: `Refused` with baresip's words.
    @discardableResult
    func command(_ name: String, _ parameters: String = "") async throws -> String {
        commands += 1
        let token = "t\(commands)"
        let fields = ["command": name, "params": parameters, "token": token]
        let json = try JSONSerialization.data(withJSONObject: fields, options: .sortedKeys)
        let message = Array("\(json.count):".utf8) + json + [UInt8(ascii: ",")]
        guard Glibc.write(descriptor, message, message.count) == message.count else {
            throw Refused(description: "baresip does not take \(name)")
        }
        let deadline = ContinuousClock.now + .seconds(10)
        while ContinuousClock.now < deadline {
            pump()
            if let answer = answers.removeValue(forKey: token) {
                guard answer.ok else { throw Refused(description: "baresip refuses \(name): \(answer.data)") }
                return answer.data
            }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw Refused(description: "baresip does not answer \(name)")
    }

    /// How many events came so far: a mark for `event`.
    var mark: Int {
        pump()
        return events.count
    }

    /// Waits for the first event of one of `types` after `mark`.
    @discardableResult
    func event(_ types: Set<String>, after mark: Int, within patience: Duration = .seconds(15)) async throws -> Event {
        let deadline = ContinuousClock.now + patience
        while ContinuousClock.now < deadline {
            pump()
            if let event = events.dropFirst(mark).first(where: { types.contains($0.type) }) { return event }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw ConditionNotMet(
            what: types.sorted().joined(separator: " or "), patience: patience,
            evidence: events.dropFirst(mark).map(\.type).joined(separator: " "))
    }

    /// Takes in what has come.
    private func pump() {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let got = recv(descriptor, &chunk, chunk.count, Int32(MSG_DONTWAIT))
            guard got > 0 else { break }
            received.append(contentsOf: chunk[..<got])
        }
        while let message = nextMessage() { take(message) }
    }

    private func nextMessage() -> Data? {
        guard let colon = received.firstIndex(of: UInt8(ascii: ":")),
            let length = Int(String(decoding: received[..<colon], as: UTF8.self)),
            received.count > colon + length + 1
        else { return nil }
        let message = Data(received[(colon + 1)...(colon + length)])
        received.removeFirst(colon + length + 2)
        return message
    }

    private func take(_ message: Data) {
        guard let fields = try? JSONSerialization.jsonObject(with: message) as? [String: Any] else { return }
        if fields["response"] as? Bool == true, let token = fields["token"] as? String {
            answers[token] = (fields["ok"] as? Bool == true, fields["data"] as? String ?? "")
        } else if let type = fields["type"] as? String {
            events.append(Event(type: type, parameter: fields["param"] as? String ?? ""))
        }
    }

    private static func connect(port: Int) -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return -1 }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        let code = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                Glibc.connect(descriptor, generic, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if code == 0 { return descriptor }
        close(descriptor)
        return -1
    }
}
