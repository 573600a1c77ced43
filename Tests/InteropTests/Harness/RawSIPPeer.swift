// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import Glibc
import TestSupport

/// A UDP socket that says exactly what it is told, for what sipp cannot do: two messages in one breath, broken ones.
actor RawSIPPeer {
    /// How a call that was cancelled in the breath it was placed ended.
    enum Race: Hashable, Sendable {
        /// 487 to the INVITE, 200 to the CANCEL.
        case cancelled
        /// 200 to the INVITE, 200 or 481 to the CANCEL, 200 to our BYE.
        case answeredThenEnded
    }

    /// Our port on 127.0.0.1.
    nonisolated let port: Int
    private let descriptor: Int32
    private let target: sockaddr_in

    init(target port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        self.port = try FreePort.allocate()
        target = Self.loopback(port)
        let bound = Self.withSocketAddress(Self.loopback(self.port)) { bind(descriptor, $0, $1) }
        guard descriptor >= 0, bound == 0 else { throw CallFailed(reason: "no UDP socket: errno \(errno)") }
    }

    deinit {
        close(descriptor)
    }

    func send(_ bytes: [UInt8]) {
        _ = Self.withSocketAddress(target) { sendto(descriptor, bytes, bytes.count, 0, $0, $1) }
    }

    /// Sends lines as one message, with their CRLFs and a Content-Length of nothing.
    func send(lines: [String]) {
        send(Array((lines + ["Content-Length: 0", "", ""]).joined(separator: "\r\n").utf8))
    }

    /// The next message, or nil where none comes in time.
    func receive(within patience: Duration = .seconds(5)) async throws -> String? {
        let deadline = Condition.deadline(after: patience)
        var bytes = [UInt8](repeating: 0, count: 65_536)
        while true {
            let got = recv(descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT))
            if got > 0 { return String(decoding: bytes[..<got], as: UTF8.self) }
            guard await Readable.wait(descriptor, within: deadline - .now) else { return nil }
        }
    }

    /// Calls, and never says a word again: not even ACK.
    /// - Throws: `CallFailed` where the call is not answered.
    func leaveUnanswered(room: String) async throws {
        let uri = "sip:\(room)@127.0.0.1"
        send(lines: [
            "INVITE \(uri) SIP/2.0", "Via: SIP/2.0/UDP 127.0.0.1:\(port);branch=z9hG4bK-\(UUID().uuidString)",
            "Max-Forwards: 70", "From: <sip:silent@127.0.0.1:\(port)>;tag=silent", "To: <\(uri)>",
            "Call-ID: \(UUID().uuidString)", "CSeq: 1 INVITE", "Contact: <sip:silent@127.0.0.1:\(port)>",
        ])
        while let message = try await receive() {
            if Self.status(of: message) == 200 { return }
        }
        throw CallFailed(reason: "no answer to INVITE")
    }

    /// Lets a call that comes ring, then refuses it; with nil it rings until the caller gives up.
    /// - Throws: `CallFailed` where no call comes, or nobody gives it up.
    func ring(thenRefuseWith refusal: String?) async throws {
        var invite: String?
        while let message = try await receive(within: .seconds(15)) {
            let isCall = message.hasPrefix("INVITE ")
            if isCall, invite == nil {
                invite = message
                send(lines: Self.response("180 Ringing", to: message))
                if let refusal { send(lines: Self.response(refusal, to: message)) }
            }
            guard let invite else { continue }
            if message.hasPrefix("CANCEL ") {
                send(lines: Self.response("200 OK", to: message))
                send(lines: Self.response("487 Request Terminated", to: invite))
            }
            if message.hasPrefix("ACK ") { return }
        }
        throw CallFailed(reason: invite == nil ? "no call came" : "the call was not ended")
    }

    private static func response(_ status: String, to request: String) -> [String] {
        ["SIP/2.0 \(status)"]
            + ["Via", "From", "Call-ID", "CSeq"].map { "\($0): \(header($0, of: request))" }
            + ["To: \(header("To", of: request));tag=raw"]
    }

    /// INVITE and CANCEL in one breath (RFC 3261 §9.1), then whatever ends the call properly.
    /// - Throws: `CallFailed` that says what came where neither end of the race is reached.
    func raceCancel(room: String, within patience: Duration = .seconds(5)) async throws -> Race {
        let call = UUID().uuidString
        let branch = "z9hG4bK-\(call)"
        let uri = "sip:\(room)@127.0.0.1"
        func lines(_ method: String, _ number: Int, to: String, branch: String, uri: String) -> [String] {
            [
                "\(method) \(uri) SIP/2.0", "Via: SIP/2.0/UDP 127.0.0.1:\(port);branch=\(branch)", "Max-Forwards: 70",
                "From: <sip:racer@127.0.0.1:\(port)>;tag=racer", "To: \(to)", "Call-ID: \(call)",
                "CSeq: \(number) \(method)", "Contact: <sip:racer@127.0.0.1:\(port)>",
            ]
        }
        send(lines: lines("INVITE", 1, to: "<\(uri)>", branch: branch, uri: uri))
        send(lines: lines("CANCEL", 1, to: "<\(uri)>", branch: branch, uri: uri))
        var final: (status: Int, to: String, contact: String)?
        var cancelStatus: Int?
        var seen: [String] = []
        while final == nil || cancelStatus == nil {
            guard let message = try await receive(within: patience) else {
                throw CallFailed(reason: "a race of CANCEL without an end; came: \(seen.joined(separator: ", "))")
            }
            guard let status = Self.status(of: message), status >= 200 else { continue }
            let sequence = Self.header("CSeq", of: message)
            seen.append("\(status) to \(sequence)")
            if sequence.hasSuffix("CANCEL") {
                cancelStatus = status
            } else if final == nil {
                let contact = Self.header("Contact", of: message)
                let inside = contact.split(separator: "<").last?.split(separator: ">").first.map(String.init)
                final = (status, Self.header("To", of: message), inside ?? uri)
            }
        }
        guard let final, let cancelStatus else { throw CallFailed(reason: seen.joined(separator: ", ")) }
        if final.status == 487, cancelStatus == 200 {
            send(lines: lines("ACK", 1, to: final.to, branch: branch, uri: uri))
            return .cancelled
        }
        guard final.status == 200, [200, 481].contains(cancelStatus) else {
            throw CallFailed(reason: "a race of CANCEL ended in \(seen.joined(separator: ", "))")
        }
        send(lines: lines("ACK", 1, to: final.to, branch: "\(branch)-ack", uri: final.contact))
        send(lines: lines("BYE", 2, to: final.to, branch: "\(branch)-bye", uri: final.contact))
        while let message = try await receive() {
            if Self.header("CSeq", of: message) == "2 BYE", Self.status(of: message) == 200 {
                return .answeredThenEnded
            }
        }
        throw CallFailed(reason: "no answer to BYE")
    }

    /// The status of a response; nil for a request.
    static func status(of message: String) -> Int? {
        guard message.hasPrefix("SIP/2.0 ") else { return nil }
        return Int(message.dropFirst(8).prefix(3))
    }

    /// The value of the first header of that name, in its long form.
    static func header(_ name: String, of message: String) -> String {
        let prefix = name.lowercased() + ":"
        let line = message.split(separator: "\r\n").first { $0.lowercased().hasPrefix(prefix) }
        return line.map { $0.dropFirst(prefix.count).trimmingCharacters(in: .whitespaces) } ?? ""
    }

    private static func loopback(_ port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        return address
    }

    private static func withSocketAddress<Result>(
        _ address: sockaddr_in, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
    ) -> Result {
        var address = address
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                body(generic, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}
