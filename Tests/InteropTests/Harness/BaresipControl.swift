// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import Glibc
import Synchronization
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
        let connected = Mutex<Int32>(-1)
        try await Condition.await("baresip's control port \(port)") {
            let descriptor = Self.connect(port: port)
            connected.withLock { $0 = descriptor }
            return descriptor >= 0
        }
        descriptor = connected.withLock { $0 }
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
        let deadline = Condition.deadline(after: .seconds(10))
        repeat {
            pump()
            if let answer = answers.removeValue(forKey: token) {
                guard answer.ok else { throw Refused(description: "baresip refuses \(name): \(answer.data)") }
                return answer.data
            }
        } while await hears(until: deadline)
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
        let deadline = Condition.deadline(after: patience)
        repeat {
            pump()
            if let event = events.dropFirst(mark).first(where: { types.contains($0.type) }) { return event }
        } while await hears(until: deadline)
        throw ConditionNotMet(
            what: types.sorted().joined(separator: " or "), patience: patience,
            evidence: events.dropFirst(mark).map(\.type).joined(separator: " "))
    }

    /// Waits until baresip says something; false when `deadline` has passed. What one waits for another may have taken in: so nobody
    /// waits for long.
    private func hears(until deadline: ContinuousClock.Instant) async -> Bool {
        guard ContinuousClock.now < deadline, !Task.isCancelled else { return false }
        _ = await Readable.wait(descriptor, within: min(deadline - .now, .milliseconds(200)))
        return true
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
