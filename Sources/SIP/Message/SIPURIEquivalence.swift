// SPDX-License-Identifier: GPL-3.0-or-later

extension SIPURI {
    /// Equality by the rules of RFC 3261 §19.1.4: scheme, escaped or plain user, password, host without case, port,
    /// and the parameters that matter. Not transitive, so it is not `==`.
    package func isEquivalent(to other: SIPURI) -> Bool {
        guard scheme == other.scheme else { return false }
        guard isSIP else { return description == other.description }
        guard decodedUser == other.decodedUser, password?.percentDecoded == other.password?.percentDecoded,
            host.equalsIgnoringCase(other.host), port == other.port
        else { return false }
        return Self.parametersMatch(parameters, other.parameters) && headersMatch(other)
    }

    /// These matter even where only one URI has them; any other counts only where both have it.
    private static let decisive = ["user", "ttl", "method", "maddr", "transport"]

    private static func parametersMatch(_ left: SIPParameters, _ right: SIPParameters) -> Bool {
        for name in decisive where left.contains(name) != right.contains(name) { return false }
        for parameter in left.all where right.contains(parameter.name) {
            let mine = (parameter.value ?? "").percentDecoded
            let theirs = (right.value(parameter.name) ?? "").percentDecoded
            guard mine.equalsIgnoringCase(theirs) else { return false }
        }
        return true
    }

    private func headersMatch(_ other: SIPURI) -> Bool {
        func normal(_ headers: [Header]) -> [String] {
            headers.map { $0.name.asciiLowercased + "=" + $0.value.percentDecoded }.sorted()
        }
        return normal(headers) == normal(other.headers)
    }
}
