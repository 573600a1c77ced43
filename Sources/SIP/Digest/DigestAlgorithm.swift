// SPDX-License-Identifier: GPL-3.0-or-later
import Crypto

/// What digest authentication hashes with (RFC 8760 §2).
package enum DigestAlgorithm: String, Hashable, Sendable, CaseIterable {
    case sha256 = "SHA-256"
    case md5 = "MD5"

    /// By the name in a header, in any case; MD5 where none is given (RFC 7616 §3.3).
    package init?(header name: String?) {
        guard let name else {
            self = .md5
            return
        }
        guard let known = Self.allCases.first(where: { $0.rawValue == name.uppercased() }) else { return nil }
        self = known
    }

    /// Lower-case hexadecimal.
    package func hash(_ text: String) -> String {
        switch self {
        case .sha256: Self.hexadecimal(SHA256.hash(data: Array(text.utf8)))
        case .md5: Self.hexadecimal(Insecure.MD5.hash(data: Array(text.utf8)))
        }
    }

    /// H(A1) of RFC 7616 §3.4.2: all that has to be kept of a password.
    package func secret(user: String, realm: String, password: String) -> String {
        hash("\(user):\(realm):\(password)")
    }

    /// The response of RFC 7616 §3.4.1, with `qop=auth` where `count` is given and as RFC 2069 had it otherwise.
    package func response(
        secret: String, nonce: String, count: String?, clientNonce: String?, method: String, uri: String
    ) -> String {
        let request = hash("\(method):\(uri)")
        guard let count, let clientNonce else { return hash("\(secret):\(nonce):\(request)") }
        return hash("\(secret):\(nonce):\(count):\(clientNonce):auth:\(request)")
    }

    static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
