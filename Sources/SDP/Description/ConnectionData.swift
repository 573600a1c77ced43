// SPDX-License-Identifier: GPL-3.0-or-later

/// IPv4 or IPv6, as the address type of `c=` says.
package enum AddressFamily: Hashable, Sendable {
    case ipv4, ipv6

    var addressType: String { self == .ipv4 ? "IP4" : "IP6" }

    /// The family of a numeric address.
    package init(of host: String) { self = host.utf8.contains(UInt8(ascii: ":")) ? .ipv6 : .ipv4 }
}

/// The `c=` line (RFC 8866 §5.7).
package struct ConnectionData: Hashable, Sendable {
    package var networkType: String
    package var addressType: String
    /// Numeric address or host name, no brackets.
    package var address: String
    /// Only with IPv4 multicast.
    package var timeToLive: Int?
    package var addressCount: Int?

    package init(
        networkType: String = "IN", addressType: String, address: String, timeToLive: Int? = nil,
        addressCount: Int? = nil
    ) {
        self.networkType = networkType
        self.addressType = addressType
        self.address = address
        self.timeToLive = timeToLive
        self.addressCount = addressCount
    }

    /// A unicast numeric address.
    package init(address: String) {
        self.init(addressType: AddressFamily(of: address).addressType, address: address)
    }

    init?(parsing value: String) {
        let fields = value.fields
        guard fields.count >= 3 else { return nil }
        let parts = fields[2].parts(separatedBy: UInt8(ascii: "/"))
        guard let first = parts.first, !first.isEmpty, parts.count <= 3 else { return nil }
        var numbers: [Int] = []
        for part in parts.dropFirst() {
            guard let number = part.decimal else { return nil }
            numbers.append(number)
        }
        self.init(
            networkType: String(fields[0]), addressType: String(fields[1]), address: Self.withoutBrackets(first))
        if addressType == "IP6" {
            guard numbers.count <= 1 else { return nil }
            addressCount = numbers.first
        } else {
            timeToLive = numbers.first
            addressCount = numbers.count > 1 ? numbers.last : nil
        }
    }

    private static func withoutBrackets(_ text: Substring) -> String {
        let bytes = text.utf8
        guard bytes.count > 2, bytes.first == UInt8(ascii: "["), bytes.last == UInt8(ascii: "]") else {
            return String(text)
        }
        return String(Substring(bytes.dropFirst().dropLast()))
    }

    var value: String {
        var text = "\(networkType) \(addressType) \(address)"
        if let timeToLive { text += "/\(timeToLive)" }
        if let addressCount { text += "/\(addressCount)" }
        return text
    }

    /// nil for an address type we do not know.
    package var family: AddressFamily? {
        switch addressType.uppercased() {
        case "IP4": .ipv4
        case "IP6": .ipv6
        default: nil
        }
    }

    /// `0.0.0.0` or `::`: the hold of RFC 2543, where nothing may be sent (RFC 3264 §8.4).
    package var isUnspecified: Bool { MediaAddress(host: address, port: 0).isUnspecified }

    /// Without a host name: one of the domain "invalid" is no address at all (RFC 6157 §5.1), any other is `host`, where that is known.
    func withoutName(_ host: String?) -> ConnectionData {
        let isNumeric = address.utf8.allSatisfy {
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: ".")
        }
        guard let family, !isNumeric, AddressFamily(of: address) == .ipv4 else { return self }
        if address.lowercased().hasSuffix(".invalid") {
            return ConnectionData(address: family == .ipv4 ? "0.0.0.0" : "::")
        }
        return host.map { ConnectionData(address: $0) } ?? self
    }

    package var isMulticast: Bool {
        if family == .ipv6 {
            return address.lowercased().utf8.starts(with: "ff".utf8) && AddressFamily(of: address) == .ipv6
        }
        let parts = address.parts(separatedBy: UInt8(ascii: "."))
        guard parts.count == 4, let first = parts.first?.decimal else { return false }
        return (224...239).contains(first)
    }
}

/// A transport address of a stream: host is a numeric address (no brackets) or, rarely, a name that has yet to be resolved.
package struct MediaAddress: Hashable, Sendable, CustomStringConvertible {
    package var host: String
    package var port: Int

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Nothing may be sent there.
    package var isUnspecified: Bool {
        host.utf8.contains(UInt8(ascii: "0")) || host == "::"
            ? host.utf8.allSatisfy { $0 == UInt8(ascii: "0") || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ".") }
            : false
    }

    package var description: String { AddressFamily(of: host) == .ipv6 ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
