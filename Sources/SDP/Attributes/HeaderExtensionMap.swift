// SPDX-License-Identifier: GPL-3.0-or-later

/// `a=extmap` (RFC 8285 §5, §8).
package struct HeaderExtensionMap: Hashable, Sendable {
    /// Level of the sender's own audio, client to mixer (RFC 6464).
    package static let clientToMixerLevel = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
    /// Levels of the contributing sources, mixer to client (RFC 6465).
    package static let mixerToClientLevel = "urn:ietf:params:rtp-hdrext:csrc-audio-level"
    /// Which line a packet belongs to, in a bundle (RFC 9143 §15.2).
    package static let mid = "urn:ietf:params:rtp-hdrext:sdes:mid"
    /// How the camera was held (3GPP TS 26.114 §7.4.5).
    package static let videoOrientation = "urn:3gpp:video-orientation"

    /// Usable ids are 1 to 14 with one-byte headers, to 255 with two; 4096 and above only propose.
    package var id: Int
    /// nil inherits the direction of the stream.
    package var direction: MediaDirection?
    package var uri: String
    /// What follows the URI, for example `vad=on`.
    package var attributes: String?

    package init(id: Int, direction: MediaDirection? = nil, uri: String, attributes: String? = nil) {
        self.id = id
        self.direction = direction
        self.uri = uri
        self.attributes = attributes
    }

    package init?(parsing value: String) {
        let fields = value.fields
        guard fields.count >= 2 else { return nil }
        let (idText, directionText) = fields[0].cut(at: UInt8(ascii: "/"))
        guard let id = idText.decimal, id > 0 else { return nil }
        var direction: MediaDirection?
        if let directionText {
            guard let known = MediaDirection(rawValue: String(directionText)) else { return nil }
            direction = known
        }
        let rest = fields.dropFirst(2).joined(separator: " ")
        self.init(id: id, direction: direction, uri: String(fields[1]), attributes: rest.isEmpty ? nil : rest)
    }

    package var value: String {
        "\(id)" + (direction.map { "/\($0.rawValue)" } ?? "") + " \(uri)" + (attributes.map { " \($0)" } ?? "")
    }
}
