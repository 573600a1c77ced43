// SPDX-License-Identifier: GPL-3.0-or-later

/// The media type of an `m=` line: an open set.
package struct MediaKind: RawRepresentable, Hashable, Sendable {
    package var rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }

    package static let audio = MediaKind(rawValue: "audio")
    package static let video = MediaKind(rawValue: "video")
    package static let text = MediaKind(rawValue: "text")
    package static let application = MediaKind(rawValue: "application")
    package static let message = MediaKind(rawValue: "message")
    package static let image = MediaKind(rawValue: "image")
}

/// The transport protocol of an `m=` line: an open set.
package struct MediaProfile: RawRepresentable, Hashable, Sendable {
    package var rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }

    package static let avp = MediaProfile(rawValue: "RTP/AVP")
    package static let avpf = MediaProfile(rawValue: "RTP/AVPF")
    package static let savp = MediaProfile(rawValue: "RTP/SAVP")
    package static let savpf = MediaProfile(rawValue: "RTP/SAVPF")
    package static let dtlsSavp = MediaProfile(rawValue: "UDP/TLS/RTP/SAVP")
    package static let dtlsSavpf = MediaProfile(rawValue: "UDP/TLS/RTP/SAVPF")
}

/// One `m=` section (RFC 8866 §5.14).
package struct MediaDescription: Hashable, Sendable, AttributeBearing {
    package var kind: MediaKind
    /// 0 to 65535; 0 refuses or removes the stream (RFC 3264 §6, §8.2).
    package var port: Int
    package var portCount: Int
    package var profile: MediaProfile
    /// RTP payload type numbers with the RTP profiles. May be empty: some peers refuse a line that way.
    package var formats: [String]
    package var information: String?
    package var connections: [ConnectionData]
    package var bandwidths: [Bandwidth]
    package var key: String?
    package var attributes: [SDPAttribute]
    package var otherLines: [SDPLine]

    package init(
        kind: MediaKind, port: Int, portCount: Int = 1, profile: MediaProfile, formats: [String],
        connections: [ConnectionData] = [], attributes: [SDPAttribute] = []
    ) {
        self.kind = kind
        self.port = port
        self.portCount = portCount
        self.profile = profile
        self.formats = formats
        self.connections = connections
        self.bandwidths = []
        self.attributes = attributes
        self.otherLines = []
    }

    init?(parsing value: String) {
        let fields = value.fields
        guard fields.count >= 3 else { return nil }
        let (portText, countText) = fields[1].cut(at: UInt8(ascii: "/"))
        guard let port = portText.decimal, port <= 65_535 else { return nil }
        var count = 1
        if let countText {
            guard let number = countText.decimal, (1...65_535).contains(number) else { return nil }
            count = number
        }
        self.init(
            kind: MediaKind(rawValue: String(fields[0])), port: port, portCount: count,
            profile: MediaProfile(rawValue: String(fields[2])), formats: fields.dropFirst(3).map(String.init))
    }

    var value: String {
        let ports = portCount == 1 ? "\(port)" : "\(port)/\(portCount)"
        return (["\(kind.rawValue) \(ports) \(profile.rawValue)"] + formats).joined(separator: " ")
    }

    /// The same line refused in place: port 0, media type, protocol and formats as they were (RFC 3264 §6).
    package var refused: MediaDescription {
        // The grammar wants a format even where the offer had none.
        MediaDescription(kind: kind, port: 0, profile: profile, formats: formats.isEmpty ? ["0"] : formats)
    }
}
