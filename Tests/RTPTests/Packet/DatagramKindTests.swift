// SPDX-License-Identifier: GPL-3.0-or-later

import Testing

@testable import RTP

@Suite struct DatagramKindTests {
    @Test(
        arguments: [
            ([0x00, 0x01, 0, 0], DatagramKind.stun), ([0x10, 0x00, 0, 0], .zrtp), ([0x16, 0xFE, 0xFD, 0], .dtls),
            ([0x40, 0, 0, 0], .turnChannel), ([0xC0, 0, 0, 0], .unknown), ([0x05, 0, 0, 0], .unknown),
            ([0x80, 200, 0, 1, 0, 0, 0, 0], .rtcp), ([0x80, 223, 0, 1, 0, 0, 0, 0], .rtcp),
            ([0x80, 0x80 | 111, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0], .rtp),
            // The marker with payload types 63 and 96 stands on either side of RTCP's types.
            ([0x80, 191, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0], .rtp), ([0x80, 224, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0], .rtp),
            ([0x80, 0, 0, 1, 0, 0, 0, 0], .unknown), ([0x80, 200, 0, 1], .unknown), ([], .unknown), ([0x80], .unknown),
        ] as [([UInt8], DatagramKind)])
    func classifies(_ bytes: [UInt8], _ kind: DatagramKind) {
        #expect(DatagramKind(of: bytes.span) == kind)
    }

    @Test func payloadTypeSetsHoldWhatWasPut() {
        let set: PayloadTypeSet = [0, 8, 63, 64, 111, 127, 200]
        for payloadType in UInt8.min...UInt8.max {
            #expect(set.contains(payloadType) == [0, 8, 63, 64, 111, 127].contains(payloadType))
        }
    }
}
