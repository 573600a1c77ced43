// SPDX-License-Identifier: GPL-3.0-or-later

import SIP
import Testing

@Suite struct DigestTests {
    /// RFC 7616 §3.9.1.
    @Test(arguments: [
        (DigestAlgorithm.md5, "8ca523f5e9506fed4657c9700eebdbec"),
        (DigestAlgorithm.sha256, "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ])
    func theStandardsExamplesComeOut(algorithm: DigestAlgorithm, response: String) {
        let secret = algorithm.secret(user: "Mufasa", realm: "http-auth@example.org", password: "Circle of Life")
        #expect(
            algorithm.response(
                secret: secret, nonce: "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", count: "00000001",
                clientNonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", method: "GET", uri: "/dir/index.html")
                == response)
    }

    @Test func parametersAreRead() throws {
        let read = try #require(
            DigestParameters(
                parsing: #"Digest username="a \"b\" \\c" , realm="x, y=z",nonce=abc,  nc=00000001,qop=auth"#))
        #expect(read["username"] == #"a "b" \c"#)
        #expect(read["realm"] == "x, y=z")
        #expect(read["nonce"] == "abc")
        #expect(read["qop"] == "auth")
    }

    @Test(arguments: [
        "", "Basic abc", "Digest a=\"b", "Digest a=b c=d", "Digest a=1, a=2", "Digest =x\"", "Digest nonsense",
        "Digest a=\"b\\",
    ])
    func rubbishIsRefused(text: String) {
        #expect(DigestParameters(parsing: text) == nil)
    }

    @Test func aClientAndAServerAgree() throws {
        var rig = Rig()
        for algorithm in DigestAlgorithm.allCases {
            let request = try rig.request(rig.challenge(algorithm))
            #expect(rig.judge(request) == .authenticated("ann"))
        }
    }

    @Test func aRepetitionIsRefusedAndALaterCountIsNot() throws {
        var rig = Rig()
        let response = rig.challenge()
        let first = try rig.request(response)
        #expect(rig.judge(first) == .authenticated("ann"))
        #expect(rig.judge(first) == .replayed(user: "ann"))
        let second = try rig.request(response)
        let third = try rig.request(response)
        // Overtaken, not repeated.
        #expect(rig.judge(third) == .authenticated("ann"))
        #expect(rig.judge(second) == .authenticated("ann"))
        #expect(rig.judge(second) == .replayed(user: "ann"))
        #expect(rig.judge(third) == .replayed(user: "ann"))
    }

    @Test func anOldNonceIsStaleAndTheClientTriesAgain() throws {
        var rig = Rig()
        let old = try rig.request(rig.challenge())
        rig.now += NonceBook.lifetime + .seconds(1)
        #expect(rig.judge(old) == .stale)
        let again = rig.challenge(isStale: true)
        let answer = rig.client.answer(again, to: old)
        let answered = try #require(answer)
        var request = old
        request.headers.set(answered.name, answered.value)
        #expect(rig.judge(request) == .authenticated("ann"))
    }

    @Test func aWrongPasswordIsNotTriedTwice() throws {
        var rig = Rig()
        rig.client = DigestClient(user: "ann", password: "guess")
        let request = try rig.request(rig.challenge())
        #expect(rig.judge(request) == .wrong(user: "ann"))
        #expect(rig.client.answer(rig.challenge(), to: request) == nil)
    }

    @Test func strangersNoncesAndUsersAreNotBelieved() throws {
        var rig = Rig()
        var other = Rig()
        #expect(rig.judge(try rig.request(other.challenge())) == .stale)
        rig.client = DigestClient(user: "nobody", password: "secret")
        #expect(rig.judge(try rig.request(rig.challenge())) == .wrong(user: "nobody"))
        #expect(other.judge(other.bare) == .none)
        var broken = other.bare
        broken.headers.set("Authorization", "Digest realm=\"here\", username=\"ann\"")
        #expect(other.judge(broken) == .malformed)
    }

    /// Whoever writes another's address on its datagrams never saw a nonce for it: its guesses are not looked at, and not counted.
    @Test func aNonceIsForOneHost() throws {
        var rig = Rig()
        let right = try rig.request(rig.challenge())
        rig.client = DigestClient(user: "ann", password: "guess")
        let guess = try rig.request(rig.challenge())
        #expect(rig.judge(right, from: "198.51.100.7") == .stale)
        #expect(rig.judge(guess, from: "198.51.100.7") == .stale)
        #expect(rig.judge(right) == .authenticated("ann"))
        #expect(rig.judge(guess) == .wrong(user: "ann"))
    }

    @Test func whatIsForgottenIsNotBelievedAgain() throws {
        let start = ContinuousClock.now
        var book = NonceBook(now: start)
        func issue(_ now: ContinuousClock.Instant) throws -> NonceBook.Nonce {
            try #require(book.recognize(book.issue(to: "a", now: now), from: "a"))
        }
        let first = try issue(start)
        #expect(book.use(first, count: 1, now: start) == .fresh)
        let later = start + .seconds(1)
        for _ in 0..<NonceBook.remembered { _ = book.use(try issue(later), count: 1, now: later) }
        #expect(book.use(first, count: 1, now: later) == .stale)
        #expect(book.recognize("0", from: "a") == nil)
        #expect(book.recognize(book.issue(to: "a", now: later), from: "b") == nil)
    }

    /// A server with one user, and a client.
    private struct Rig {
        var now = ContinuousClock.now
        var server: DigestServer
        var client = DigestClient(user: "ann", password: "secret")
        let bare: SIPRequest

        init() {
            server = DigestServer(realm: "here", now: now)
            bare = SIPRequest(method: .register, uri: SIPURI(host: "example.org"))
        }

        /// A 401 with one algorithm alone, or all.
        func challenge(_ algorithm: DigestAlgorithm? = nil, isStale: Bool = false) -> SIPResponse {
            var response = SIPResponse(to: bare, status: 401)
            for challenge in server.challenges(to: "192.0.2.1", isStale: isStale, now: now)
            where algorithm.map({ challenge.contains("algorithm=\($0.rawValue)") }) ?? true {
                response.headers.add("WWW-Authenticate", challenge)
            }
            return response
        }

        mutating func request(_ response: SIPResponse) throws -> SIPRequest {
            let answer = client.answer(response, to: bare)
            let header = try #require(answer)
            var request = bare
            request.headers.set(header.name, header.value)
            return request
        }

        mutating func judge(_ request: SIPRequest, from source: String = "192.0.2.1") -> DigestServer.Verdict {
            server.judge(request.headers.all("Authorization"), from: source, method: "REGISTER", now: now) { name in
                guard name == "ann" else { return nil }
                func secret(_ algorithm: DigestAlgorithm) -> String {
                    algorithm.secret(user: "ann", realm: "here", password: "secret")
                }
                return DigestServer.Secrets(sha256: secret(.sha256), md5: secret(.md5))
            }
        }
    }
}
