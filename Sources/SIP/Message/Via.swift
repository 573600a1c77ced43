// SPDX-License-Identifier: GPL-3.0-or-later

/// One Via value (RFC 3261 §20.42): where a request came from and where its response goes.
package struct Via: Hashable, Sendable, CustomStringConvertible {
    /// What every branch of RFC 3261 begins with (§8.1.1.7).
    package static let magicCookie = "z9hG4bK"

    /// Upper case: "UDP", "TCP", or any other.
    package var transport: String
    /// IPv6 without brackets.
    package var host: String
    package var port: Int?
    package var parameters: SIPParameters

    package init(
        transport: String, host: String, port: Int? = nil, branch: String? = nil,
        parameters: SIPParameters = SIPParameters()
    ) {
        self.transport = transport
        self.host = host
        self.port = port
        self.parameters = parameters
        if let branch { self.parameters.set("branch", branch) }
    }

    package var branch: String? {
        get { parameters.value("branch") }
        set { if let newValue { parameters.set("branch", newValue) } else { parameters.remove("branch") } }
    }

    /// The source address the server saw (§18.2.1).
    package var received: String? {
        get { parameters.value("received") }
        set { if let newValue { parameters.set("received", newValue) } else { parameters.remove("received") } }
    }

    /// The source port the server saw (RFC 3581). nil too where the client only asks for it: see `asksForRport`.
    package var rport: Int? {
        get { parameters.value("rport").flatMap(Int.init).flatMap { (1...65535).contains($0) ? $0 : nil } }
        set { if let newValue { parameters.set("rport", String(newValue)) } else { parameters.remove("rport") } }
    }

    /// Whether the client put `rport` there (RFC 3581 §3).
    package var asksForRport: Bool { parameters.contains("rport") }

    /// Whether `branch` was made by an RFC 3261 element.
    package var hasMagicCookie: Bool {
        guard let branch else { return false }
        return branch.utf8.count > Self.magicCookie.utf8.count
            && branch.utf8.prefix(Self.magicCookie.utf8.count).elementsEqual(
                Self.magicCookie.utf8,
                by: {
                    $0.asciiLowercased == $1.asciiLowercased
                })
    }

    /// `host[:port]`, lower case, IPv6 in brackets: what transactions are matched by (§17.2.3).
    package var sentBy: String {
        let name = host.asciiLowercased
        let bracketed = name.utf8.contains(UInt8(ascii: ":")) ? "[" + name + "]" : name
        guard let port else { return bracketed }
        return bracketed + ":" + String(port)
    }

    package var description: String {
        let bracketed = host.utf8.contains(UInt8(ascii: ":")) ? "[" + host + "]" : host
        let sentBy = port.map { bracketed + ":" + String($0) } ?? bracketed
        return "SIP/2.0/" + transport + " " + sentBy + parameters.description
    }

    /// - Throws: `SIPParseError.via`, also for a protocol other than SIP/2.0.
    package init(parsing text: String) throws(SIPParseError) {
        var cursor = ByteCursor(text)
        func part(_ cursor: inout ByteCursor) -> String {
            cursor.skipWhitespace()
            let token = cursor.take { !$0.isToken }
            cursor.skipWhitespace()
            return token
        }
        guard part(&cursor).equalsIgnoringCase("SIP"), cursor.consume(UInt8(ascii: "/")), part(&cursor) == "2.0",
            cursor.consume(UInt8(ascii: "/"))
        else { throw .via(text) }
        let transport = part(&cursor)
        guard !transport.isEmpty, let host = HostPort.readHost(&cursor) else { throw .via(text) }
        self.init(transport: transport.uppercased(), host: host)
        cursor.skipWhitespace()
        if cursor.consume(UInt8(ascii: ":")) {
            cursor.skipWhitespace()
            guard let port = cursor.takeNumber(), port <= 65535 else { throw .via(text) }
            self.port = Int(port)
        }
        do { parameters = try SIPParameters(cursor: &cursor, stop: nil) } catch { throw .via(text) }
        cursor.skipWhitespace()
        guard cursor.atEnd else { throw .via(text) }
    }
}
