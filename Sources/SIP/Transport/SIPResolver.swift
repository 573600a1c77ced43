// SPDX-License-Identifier: GPL-3.0-or-later

import CResolver
import Glibc
package import NIOPosix

/// Why a host name gave no address.
package struct SIPResolutionError: Error, Hashable, Sendable, CustomStringConvertible {
    package let host: String
    package let reason: String

    package var description: String { "cannot resolve \(host): \(reason)" }
}

/// Names to servers (RFC 3263) and addresses by the system's resolver, on threads of its own: never on an event loop or the cooperative
/// pool.
package struct SIPResolver: Sendable {
    /// Servers of one domain that are tried.
    static let mostServers = 8

    /// How many names are looked up at once.
    package static let threadCount = 4
    /// NIO's shared pool opens files and sound devices, which are not to wait for name servers that are silent.
    package static let ownThreads: NIOThreadPool = {
        let pool = NIOThreadPool(numberOfThreads: threadCount)
        pool.start()
        return pool
    }()

    private let threads: NIOThreadPool
    private let nameServer: SIPAddress?

    /// - Parameters:
    ///   - nameServer: Is asked for SRV and NAPTR records, an IPv4 address; nil: those that the system asks.
    ///   - threads: Must have been started.
    package init(nameServer: SIPAddress? = nil, threads: NIOThreadPool = Self.ownThreads) {
        self.nameServer = nameServer
        self.threads = threads
    }

    /// The address itself if `host` is numeric, with or without brackets; nil for a name.
    package static func numeric(_ host: String, port: Int) -> SIPAddress? {
        var text = host
        if text.hasPrefix("["), text.hasSuffix("]") { text = String(text.dropFirst().dropLast()) }
        guard let canonical = NumericAddress.canonical(text) else { return nil }
        return SIPAddress(host: canonical, port: port)
    }

    /// At least one address, those of IPv4 first: most SIP servers listen there. Numeric hosts return at once.
    /// - Throws: `SIPResolutionError` with the system's words.
    package func resolve(_ host: String, port: Int) async throws(SIPResolutionError) -> [SIPAddress] {
        if let address = Self.numeric(host, port: port) { return [address] }
        return try await run(host) { () throws(SIPResolutionError) in try Self.look(up: host, port: port) }
    }

    /// The numeric places that a request for `target` is sent to, at least one, in the order in which they are to be tried (RFC 3263 §4).
    /// - Throws: `SIPResolutionError`, naming the host that has no address.
    package func locate(_ target: FlowTarget) async throws(SIPResolutionError) -> [FlowTarget] {
        if let address = Self.numeric(target.host, port: target.port) {
            return [FlowTarget(address, kind: target.kind)]
        }
        return try await run(target.host) { () throws(SIPResolutionError) in try find(target) }
    }

    private func run<Found: Sendable>(
        _ host: String, _ body: @escaping @Sendable () throws(SIPResolutionError) -> [Found]
    ) async throws(SIPResolutionError) -> [Found] {
        let found: Result<[Found], SIPResolutionError>
        do {
            found = try await threads.runIfActive {
                do throws(SIPResolutionError) { return .success(try body()) } catch { return .failure(error) }
            }
        } catch {
            throw SIPResolutionError(host: host, reason: "the resolver has stopped")
        }
        return try found.get()
    }

    private func find(_ target: FlowTarget) throws(SIPResolutionError) -> [FlowTarget] {
        let servers = servers(services(of: target)).prefix(Self.mostServers)
        guard !servers.isEmpty else {
            return try Self.look(up: target.host, port: target.port).map { FlowTarget($0, kind: target.kind) }
        }
        var found: [FlowTarget] = []
        var failure = SIPResolutionError(
            host: target.host, reason: "its SRV records say that SIP is not served there")
        for (record, kind) in servers where !record.target.isEmpty {
            do throws(SIPResolutionError) {
                for address in try Self.look(up: record.target, port: record.port) {
                    let place = FlowTarget(address, kind: kind)
                    if !found.contains(place) { found.append(place) }
                }
            } catch {
                failure = error
            }
        }
        guard !found.isEmpty else { throw failure }
        return Array(found.prefix(Self.mostServers))
    }

    /// Names that may have SRV records; none where there is no need to ask.
    private func services(of target: FlowTarget) -> [(name: String, kind: SIPTransportKind)] {
        let host = target.host.hasSuffix(".") ? String(target.host.dropLast()) : target.host
        // Names of this machine and of its link are in no DNS (RFC 6761 §6.3, RFC 6762 §3).
        guard host.contains("."), !host.asciiLowercased.hasSuffix(".local"),
            !host.asciiLowercased.hasSuffix(".localhost")
        else { return [] }
        switch target.records {
        case .none: return []
        case .servers: return [("_sip.\(target.kind == .udp ? "_udp" : "_tcp").\(host)", target.kind)]
        case .transports:
            guard let records = transportRecords(of: host) else { return [] }
            let services = TransportRecord.services(records)
            return services.isEmpty ? [("_sip._udp.\(host)", .udp), ("_sip._tcp.\(host)", .tcp)] : services
        }
    }

    /// The servers of all services in the order in which they are to be tried; no more where a name server does not answer.
    private func servers(
        _ services: [(name: String, kind: SIPTransportKind)]
    ) -> [(record: ServerRecord, kind: SIPTransportKind)] {
        var random = SystemRandomNumberGenerator()
        var servers: [(record: ServerRecord, kind: SIPTransportKind)] = []
        for service in services.prefix(4) {
            guard let records = serverRecords(of: service.name) else { break }
            servers += ServerRecord.ordered(records, random: &random).map { ($0, service.kind) }
        }
        return servers
    }

    // MARK: The system's resolver

    private static let mostRecords = 32

    /// None where there are none; nil where no name server answers, or none that can be understood. Blocks for some seconds at most.
    func serverRecords(of name: String) -> [ServerRecord]? {
        unsafe ask(name, cresolver_srv(), cresolver_find_srv)?.map { record in
            ServerRecord(
                priority: record.priority, weight: record.weight, port: Int(record.port),
                target: Self.text(record.target))
        }
    }

    /// As `serverRecords`.
    func transportRecords(of name: String) -> [TransportRecord]? {
        unsafe ask(name, cresolver_naptr(), cresolver_find_naptr)?.map { record in
            TransportRecord(
                order: record.order, preference: record.preference, flags: Self.text(record.flags),
                service: Self.text(record.service), replacement: Self.text(record.replacement))
        }
    }

    private func ask<Record>(
        _ name: String, _ empty: Record,
        _ find: (UnsafePointer<CChar>, UnsafePointer<CChar>?, UInt16, UnsafeMutablePointer<Record>, CInt) -> CInt
    ) -> [Record]? {
        var records = [Record](repeating: empty, count: Self.mostRecords)
        let port = UInt16(clamping: nameServer?.port ?? 53)
        let count = unsafe find(name, nameServer?.host, port, &records, CInt(Self.mostRecords))
        return count < 0 ? nil : Array(records.prefix(Int(count)))
    }

    /// What a fixed array of C holds up to its zero.
    private static func text<Field>(_ field: Field) -> String {
        unsafe withUnsafeBytes(of: field) { bytes in
            unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    }

    private static func look(up host: String, port: Int) throws(SIPResolutionError) -> [SIPAddress] {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_DGRAM.rawValue)
        unsafe hints.ai_flags = AI_ADDRCONFIG
        var list: UnsafeMutablePointer<addrinfo>?
        let result = unsafe getaddrinfo(host, nil, &hints, &list)
        guard result == 0 else {
            let reason = unsafe gai_strerror(result).map { unsafe String(cString: $0) } ?? "error \(result)"
            throw SIPResolutionError(host: host, reason: reason)
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
        guard !addresses.isEmpty else { throw SIPResolutionError(host: host, reason: "no address") }
        return addresses.filter { !$0.isIPv6 } + addresses.filter(\.isIPv6)
    }
}
