// SPDX-License-Identifier: GPL-3.0-or-later

/// The first octet of an AV1 payload (RTP Payload Format for AV1, §4.4): `|Z|Y|W W|N|-|-|-|`.
package enum AV1AggregationHeader {
    /// N: the first packet of a coded video sequence, which begins with a key frame. It cannot continue an OBU of the
    /// packet before (Z).
    package static func startsKeyframe(_ payload: Span<UInt8>) -> Bool {
        payload.count >= 2 && payload[0] & 0x88 == 0x08
    }
}
