// SPDX-License-Identifier: GPL-3.0-or-later

import SIP
import Testing

@Suite struct FairSharesTests {
    /// Takes places until there is none for that source.
    private static func fill(_ shares: inout FairShares, for source: String?) -> FairShares.Shortage? {
        while true {
            if let shortage = shares.shortage(for: source) { return shortage }
            shares.take(for: source)
        }
    }

    @Test func oneSourceLeavesFourFifths() {
        var shares = FairShares(limit: 100)
        let eve = Self.fill(&shares, for: "eve")
        #expect(eve == .share && shares.count == 20)
        // The next gets as large a part of what is left.
        let mal = Self.fill(&shares, for: "mal")
        #expect(mal == .share && shares.count == 36)
        #expect(shares.shortage(for: "ann") == nil)
    }

    @Test(arguments: [1, 2, 5, 99]) func whoHoldsNothingGetsInAsLongAsThereIsAPlace(limit: Int) {
        var shares = FairShares(limit: limit)
        for number in 0..<limit {
            #expect(shares.shortage(for: "source \(number)") == nil)
            shares.take(for: "source \(number)")
        }
        #expect(shares.shortage(for: "late") == .full)
    }

    @Test func manyGreedyOnesLeaveSomething() {
        var shares = FairShares(limit: 1000)
        for source in 0..<10 {
            let shortage = Self.fill(&shares, for: "eve \(source)")
            #expect(shortage == .share)
        }
        #expect(shares.count < 900 && shares.shortage(for: "ann") == nil)
    }

    @Test func whoStandsForManyIsBoundByTheLimitAlone() {
        var shares = FairShares(limit: 100)
        let proxy = Self.fill(&shares, for: nil)
        #expect(proxy == .full && shares.count == 100)
        #expect(shares.shortage(for: "ann") == .full)
    }

    @Test func whatIsGivenBackIsFreeAndItsSourceForgotten() {
        var shares = FairShares(limit: 100)
        for source in ["eve", "mal", nil] as [String?] { _ = Self.fill(&shares, for: source) }
        let (own, others) = (20, 16)
        for _ in 0..<own { shares.giveBack(of: "eve") }
        #expect(shares.sourceCount == 1 && shares.shortage(for: "ann") == nil)
        for _ in 0..<100 - own - others { shares.giveBack(of: nil) }
        for _ in 0..<others { shares.giveBack(of: "mal") }
        #expect(shares.sourceCount == 0 && shares.count == 0)
    }

    @Test(arguments: [
        ("192.0.2.7", "192.0.2.7"), ("2001:db8:1:2::1", "2001:db8:1:2::"), ("2001:db8:1:2:ffff::1", "2001:db8:1:2::"),
        ("2001:db8:1:3::1", "2001:db8:1:3::"), ("2001:db8::1", "2001:db8:0:0::"), ("2001:db8::9:8", "2001:db8:0:0::"),
        ("2001:db8:5::1", "2001:db8:5:0::"), ("2001:db8:5:0:a:b:c:d", "2001:db8:5:0::"),
        ("fd00::1:a:b:c:d", "fd00:0:0:1::"), ("::ffff:192.0.2.7", "192.0.2.7"),
        ("::1", "0:0:0:0::"),
    ])
    func aNetworkOfIPv6IsOneSource(host: String, network: String) {
        #expect(SIPAddress(host: host, port: 5060).network == network)
    }
}
