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
        // Inherited by a program that is started meanwhile, it would stay bound.
        let descriptor = socket(AF_INET, type | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        // sockaddr_in by its bytes: its Swift members belong to whichever module imported the C header first.
        let address: [UInt8] = [
            UInt8(AF_INET), 0, UInt8(truncatingIfNeeded: port >> 8), UInt8(truncatingIfNeeded: port), 127, 0, 0, 1,
            0, 0, 0, 0, 0, 0, 0, 0,
        ]
        return unsafe address.withUnsafeBytes { bytes in
            let generic = unsafe bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self)
            return unsafe bind(descriptor, generic, socklen_t(bytes.count)) == 0
        }
    }
}
