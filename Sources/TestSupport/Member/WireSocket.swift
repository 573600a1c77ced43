// SPDX-License-Identifier: GPL-3.0-or-later

package import RTP

/// A UDP socket on a loopback address that says exactly what it is told: for broken messages and for strangers.
package actor WireSocket {
    /// Where it is bound.
    package nonisolated let address: SocketAddress
    private let socket: MediaSocket
    private let target: SocketAddress

    /// - Parameter host: its own address.
    package init(to port: Int, from host: String = "127.0.0.1") throws {
        socket = try MediaSocket(binding: SocketAddress(host: host, port: 0) ?? .loopback())
        address = socket.localAddress
        target = .loopback(port: UInt16(clamping: port))
    }

    /// - Parameter destination: another than the one it was made for.
    package func send(_ bytes: [UInt8], to destination: SocketAddress? = nil) {
        try? socket.send(bytes.span, to: destination ?? target)
    }

    /// Sends text with its line ends made CRLF.
    package func send(_ text: String) {
        send(Self.bytes(text))
    }

    package static func bytes(_ text: String) -> [UInt8] {
        Array(text.replacing("\r\n", with: "\n").replacing("\n", with: "\r\n").utf8)
    }

    /// The next datagram; nil where none comes in time.
    package func receive(within patience: Duration = .seconds(3)) async -> [UInt8]? {
        await receive(until: Condition.deadline(after: patience))
    }

    /// The next datagram; nil where none has come by then.
    package func receive(until deadline: ContinuousClock.Instant) async -> [UInt8]? {
        while true {
            if let datagram = poll() { return datagram }
            guard await Readable.wait(socket.descriptor, within: deadline - .now) else { return nil }
        }
    }

    /// The next message that begins so, others being passed over.
    package func receive(beginning prefix: String, within patience: Duration = .seconds(3)) async -> String? {
        while let datagram = await receive(within: patience) {
            let text = String(decoding: datagram, as: UTF8.self)
            if text.hasPrefix(prefix) { return text }
        }
        return nil
    }

    /// How many datagrams have come since, which are passed over.
    package func takesWhatCame() -> Int {
        var count = 0
        while poll() != nil { count += 1 }
        return count
    }

    private func poll() -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = unsafe buffer.withUnsafeMutableBytes { bytes in
            (try? unsafe socket.receive(into: bytes))??.length ?? -1
        }
        guard count >= 0 else { return nil }
        buffer.removeLast(buffer.count - count)
        return buffer
    }
}
