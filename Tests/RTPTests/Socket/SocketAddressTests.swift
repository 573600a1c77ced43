// SPDX-License-Identifier: GPL-3.0-or-later

import Testing

@testable import RTP

@Suite struct SocketAddressTests {
    @Test(arguments: [
        ("192.0.2.1", 5004, "192.0.2.1:5004"), ("0.0.0.0", 0, "0.0.0.0:0"),
        ("255.255.255.255", 65535, "255.255.255.255:65535"),
        ("2001:db8::1", 5004, "[2001:db8::1]:5004"), ("[::1]", 7, "[::1]:7"), ("::", 1, "[::]:1"),
        ("2001:0DB8:0:0:0:0:0:0001", 1, "[2001:db8::1]:1"), ("fe80::1%lo", 9, "[fe80::1%lo]:9"),
    ])
    func readsAndWrites(_ host: String, _ port: Int, _ text: String) {
        #expect(SocketAddress(host: host, port: port)?.description == text)
    }

    @Test(arguments: [
        ("example.org", 5004), ("", 1), ("192.0.2.256", 1), ("192.0.2.1", 65536), ("192.0.2.1", -1), ("1.2.3", 1),
        ("::g", 1), ("fe80::1%nosuchdevice", 1),
    ])
    func refuses(_ host: String, _ port: Int) {
        #expect(SocketAddress(host: host, port: port) == nil)
    }

    @Test func comparesAsValues() throws {
        let address = try #require(SocketAddress(host: "127.0.0.1", port: 8))
        #expect(address == .loopback(port: 8))
        #expect(address != .loopback(port: 9))
        #expect(address.isSameHost(as: .loopback(port: 9)))
        #expect(Set([address, .loopback(port: 8)]).count == 1)
        #expect(address.with(port: 9) == .loopback(port: 9))
        #expect(SocketAddress.any(.ipv6, port: 3).isUnspecified && !address.isUnspecified)
        #expect(address != SocketAddress(ipv6: 0, 0x7F00_0001, port: 8))
        #expect(MemoryLayout<SocketAddress>.size <= 24)
    }
}
