// SPDX-License-Identifier: GPL-3.0-or-later

/// The payload type under which a receiver takes each codec, as its description says. A machine word: asked for every
/// packet.
package struct PayloadTypeMap: Hashable, Sendable {
    /// An octet a codec; 255: not taken.
    private var types = UInt32.max

    package init(_ types: [PayloadFormat: UInt8] = [:]) {
        for (codec, type) in types { self[codec] = type }
    }

    /// 0–127; nil where the codec is not taken.
    package subscript(_ codec: PayloadFormat) -> UInt8? {
        get {
            let type = UInt8(truncatingIfNeeded: types >> Self.shift(codec))
            return type < 128 ? type : nil
        }
        set {
            let type = newValue.map { $0 & 0x7F } ?? 255
            types = types & ~(0xFF << Self.shift(codec)) | UInt32(type) << Self.shift(codec)
        }
    }

    private static func shift(_ codec: PayloadFormat) -> UInt32 { UInt32(codec.rawValue) * 8 }
}
