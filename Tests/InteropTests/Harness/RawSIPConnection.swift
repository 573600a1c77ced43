// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import Glibc
import TestSupport

/// A TCP connection to 127.0.0.1 that says exactly what it is told.
actor RawSIPConnection {
    private let descriptor: Int32
    private var received: [UInt8] = []
    /// Whether the other side has closed it.
    private(set) var isClosed = false

    init(target port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        let code = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                connect(descriptor, generic, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard code == 0 else { throw CallFailed(reason: "no TCP connection to \(port): errno \(errno)") }
    }

    deinit {
        close(descriptor)
    }

    func send(_ bytes: [UInt8]) {
        _ = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }

    /// The messages that come until one has `text` in it, the connection is closed, or time is up.
    ///
    /// Messages are told apart by their start lines: bodies do not come here.
    func messages(until text: String, within patience: Duration = .seconds(5)) async throws -> [String] {
        let deadline = Condition.deadline(after: patience)
        var bytes = [UInt8](repeating: 0, count: 65_536)
        while true {
            let got = recv(descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT))
            if got > 0 {
                received += bytes[..<got]
            } else if got == 0 || errno != EAGAIN {
                isClosed = true
                break
            } else if String(decoding: received, as: UTF8.self).contains(text),
                received.suffix(4) == [0x0D, 0x0A, 0x0D, 0x0A]
            {
                break
            } else if await !Readable.wait(descriptor, within: deadline - .now) {
                break
            }
        }
        defer { received = [] }
        return String(decoding: received, as: UTF8.self).components(separatedBy: "\r\n\r\n")
            .filter { $0.contains("SIP/2.0") }
    }
}
