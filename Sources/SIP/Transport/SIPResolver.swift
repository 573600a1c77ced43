// SPDX-License-Identifier: GPL-3.0-or-later

import Glibc
package import NIOPosix

/// Why a host name gave no address.
package struct SIPResolutionError: Error, Hashable, Sendable, CustomStringConvertible {
    package let host: String
    package let reason: String

    package var description: String { "cannot resolve \(host): \(reason)" }
}

/// Host names to addresses by getaddrinfo, on threads of its own: never on an event loop or the cooperative pool.
package struct SIPResolver: Sendable {
    private let threads: NIOThreadPool

    /// `threads` must have been started; NIO's shared pool has.
    package init(threads: NIOThreadPool = .singleton) {
        self.threads = threads
    }

    /// The address itself if `host` is numeric, with or without brackets; nil for a name.
    package static func numeric(_ host: String, port: Int) -> SIPAddress? {
        var text = host
        if text.hasPrefix("["), text.hasSuffix("]") { text = String(text.dropFirst().dropLast()) }
        guard let canonical = NumericAddress.canonical(text) else { return nil }
        return SIPAddress(host: canonical, port: port)
    }

    /// At least one address, in the order the system prefers. Numeric hosts return at once.
    /// - Throws: `SIPResolutionError` with the system's words.
    package func resolve(_ host: String, port: Int) async throws(SIPResolutionError) -> [SIPAddress] {
        if let address = Self.numeric(host, port: port) { return [address] }
        let found: Result<[SIPAddress], SIPResolutionError>
        do {
            found = try await threads.runIfActive { Self.look(up: host, port: port) }
        } catch {
            throw SIPResolutionError(host: host, reason: "the resolver has stopped")
        }
        return try found.get()
    }

    private static func look(up host: String, port: Int) -> Result<[SIPAddress], SIPResolutionError> {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_DGRAM.rawValue)
        unsafe hints.ai_flags = AI_ADDRCONFIG
        var list: UnsafeMutablePointer<addrinfo>?
        let result = unsafe getaddrinfo(host, nil, &hints, &list)
        guard result == 0 else {
            let reason = unsafe gai_strerror(result).map { unsafe String(cString: $0) } ?? "error \(result)"
            return .failure(SIPResolutionError(host: host, reason: reason))
        }
        defer { unsafe freeaddrinfo(list) }
        var addresses: [SIPAddress] = []
        var next = unsafe list
        while let entry = unsafe next {
            if let address = unsafe entry.pointee.ai_addr,
                let text = unsafe NumericHost.text(address, entry.pointee.ai_addrlen)
            {
                let found = SIPAddress(host: text, port: port)
                if !addresses.contains(found) { addresses.append(found) }
            }
            unsafe next = entry.pointee.ai_next
        }
        guard !addresses.isEmpty else { return .failure(SIPResolutionError(host: host, reason: "no address")) }
        return .success(addresses)
    }
}
