// SPDX-License-Identifier: GPL-3.0-or-later

import Glibc
import NIOCore

/// The local address the kernel would send from.
enum SourceAddress {
    /// The numeric local address on the route to `remote`; nil where there is no route. Connects a datagram socket, which
    /// sends nothing: a few microseconds.
    static func toward(_ remote: SIPAddress) -> String? {
        guard let descriptor = connected(to: remote) else { return nil }
        defer { close(descriptor) }
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let named = unsafe withUnsafeMutablePointer(to: &storage) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe getsockname(descriptor, $0, &length)
            }
        }
        guard named == 0 else { return nil }
        return unsafe withUnsafePointer(to: &storage) { pointer in
            unsafe NumericHost.text(UnsafeRawPointer(pointer).assumingMemoryBound(to: sockaddr.self), length)
        }
    }

    /// A datagram socket that is connected to `remote`, for the caller to close.
    static func connected(to remote: SIPAddress) -> Int32? {
        guard let address = SIPAddress(host: remote.host, port: max(remote.port, 1)).socketAddress else { return nil }
        let kind = Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let descriptor = socket(remote.isIPv6 ? AF_INET6 : AF_INET, kind, 0)
        guard descriptor >= 0 else { return nil }
        let result = unsafe address.withSockAddr { pointer, size in
            unsafe connect(descriptor, pointer, socklen_t(size))
        }
        guard result == 0 else {
            close(descriptor)
            return nil
        }
        return descriptor
    }
}

/// Socket addresses as text.
enum NumericHost {
    static func text(_ address: UnsafePointer<sockaddr>, _ length: socklen_t) -> String? {
        var buffer = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let result = unsafe getnameinfo(address, length, &buffer, socklen_t(buffer.count), nil, 0, NI_NUMERICHOST)
        guard result == 0 else { return nil }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
