// SPDX-License-Identifier: GPL-3.0-or-later

/// A session description (RFC 8866) as a value. Reading is tolerant, writing is strict: what was read is written back in the
/// order of the grammar, lines we do not know last in their section.
package struct SessionDescription: Hashable, Sendable, AttributeBearing {
    package var origin: SessionOrigin
    package var name: String
    package var information: String?
    package var uri: String?
    package var emails: [String]
    package var phones: [String]
    package var connection: ConnectionData?
    package var bandwidths: [Bandwidth]
    /// Never empty after parsing: a missing `t=` reads as `t=0 0`.
    package var times: [TimeDescription]
    package var key: String?
    package var attributes: [SDPAttribute]
    package var otherLines: [SDPLine]
    package var media: [MediaDescription]

    package init(
        origin: SessionOrigin, name: String = "-", connection: ConnectionData? = nil,
        times: [TimeDescription] = [TimeDescription()], attributes: [SDPAttribute] = [], media: [MediaDescription] = []
    ) {
        self.origin = origin
        self.name = name
        self.emails = []
        self.phones = []
        self.connection = connection
        self.bandwidths = []
        self.times = times
        self.attributes = attributes
        self.otherLines = []
        self.media = media
    }

    /// Reads a description. Lines may end in CRLF or LF; unknown lines are kept; the order of session lines is not insisted on.
    /// Bytes that are not UTF-8 are repaired.
    package init(parsing bytes: [UInt8], limits: SDPLimits = SDPLimits()) throws(SDPError) {
        var parser = SDPParser(limits: limits)
        self = try parser.parse(bytes)
    }

    package init(parsing text: String, limits: SDPLimits = SDPLimits()) throws(SDPError) {
        try self.init(parsing: Array(text.utf8), limits: limits)
    }

    // MARK: What a media section inherits from the session

    /// The section's own `c=`, else the session's.
    /// With addresses in place of host names; see `ConnectionData.withoutName`.
    func withoutNames(_ host: String?) -> SessionDescription {
        var description = self
        description.connection = connection?.withoutName(host)
        for index in media.indices {
            description.media[index].connections = media[index].connections.map { $0.withoutName(host) }
        }
        return description
    }

    package func connection(for media: MediaDescription) -> ConnectionData? { media.connections.first ?? connection }

    /// The section's direction, else the session's, else sendrecv.
    package func direction(for media: MediaDescription) -> MediaDirection {
        media.direction ?? direction ?? .sendrecv
    }

    /// The section's `extmap` attributes, else the session's: the two must not be mixed (RFC 8285 §7).
    package func headerExtensions(for media: MediaDescription) -> [HeaderExtensionMap] {
        media.headerExtensions.isEmpty ? headerExtensions : media.headerExtensions
    }

    /// What the peer wants to receive at most, in bits a second: `b=TIAS` before `b=AS`, the section's before the session's.
    package func bandwidthLimit(for media: MediaDescription) -> Int? {
        for lines in [media.bandwidths, bandwidths] {
            if let exact = lines.first(where: { $0.type == "TIAS" && $0.value > 0 }) { return exact.value }
            if let total = lines.first(where: { $0.type == "AS" && $0.value > 0 && $0.value < 1_000_000_000 }) {
                return total.value * 1_000
            }
        }
        return nil
    }
}
