// SPDX-License-Identifier: GPL-3.0-or-later

import Glibc
import Synchronization

/// Ports on the loopback that nobody has, for programs that want to be told theirs.
package enum FreePort {
    /// Below Linux's range for outgoing connections (32768 up), so that no client socket takes one meanwhile.
    private static let next = Atomic<Int>(20_000 + Int(getpid()) % 500 * 20)

    /// The first of `count` neighbouring ports that are free for UDP and TCP on 127.0.0.1; even.
    ///
    /// The same run of ports is not given twice until all have been.
    package static func allocate(count: Int = 1) throws(ChildProcessError) -> Int {
        let step = (count + 1) / 2 * 2
        for _ in 0..<2000 {
            let start = 20_000 + next.wrappingAdd(step, ordering: .relaxed).oldValue % 10_000
            guard start + step < 30_000 else { continue }
            if (start..<start + count).allSatisfy(isFree) { return start }
        }
        throw ChildProcessError("no free port", EADDRINUSE)
    }

    /// Whether nobody listens on `port` of 127.0.0.1, neither by UDP nor by TCP.
    package static func isFree(_ port: Int) -> Bool {
        binds(port, Int32(SOCK_DGRAM.rawValue)) && binds(port, Int32(SOCK_STREAM.rawValue))
    }

    private static func binds(_ port: Int, _ type: Int32) -> Bool {
        let descriptor = socket(AF_INET, type, 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        return unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                unsafe bind(descriptor, generic, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}
