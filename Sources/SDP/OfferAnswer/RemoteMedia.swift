// SPDX-License-Identifier: GPL-3.0-or-later

/// The peer's side of a line, offer or answer alike, audio or video, with what it inherits from its session.
struct RemoteMedia {
    let media: MediaDescription
    let family: AddressFamily
    let rtp: MediaAddress
    /// Where RTCP goes when it does not share the port.
    let rtcp: MediaAddress
    /// The peer's, without receiving where its address is unspecified (RFC 3264 §8.4).
    let direction: MediaDirection
    let bandwidthLimit: Int?
    private let extensions: [HeaderExtensionMap]

    /// - Parameter isBundled: port 0 is no refusal then, but says that another line's port is shared (RFC 9143 §6).
    init(
        _ media: MediaDescription, in session: SessionDescription, profiles: Set<MediaProfile>, isBundled: Bool = false
    ) throws(MediaRefusal) {
        guard media.port != 0 || isBundled else { throw .disabledByPeer }
        guard profiles.contains(media.profile) else { throw .profile(media.profile) }
        guard let connection = session.connection(for: media) else { throw .noAddress }
        guard let family = connection.family else { throw .addressFamily }
        guard !connection.isMulticast else { throw .multicast }
        self.media = media
        self.family = family
        rtp = MediaAddress(host: connection.address, port: media.port)
        if let attribute = media.rtcp {
            rtcp = MediaAddress(host: attribute.connection?.address ?? rtp.host, port: attribute.port)
        } else {
            rtcp = MediaAddress(host: rtp.host, port: min(media.port + 1, 65_535))
        }
        let stated = session.direction(for: media)
        direction = connection.isUnspecified ? stated.held : stated
        extensions = session.headerExtensions(for: media)
        bandwidthLimit = session.bandwidthLimit(for: media)
    }

    /// The extension as both can use it; nil where either cannot. `id` holds it to the number that was offered.
    func agreed(
        _ uri: String, ours: MediaDirection?, stream: MediaDirection, id: Int? = nil
    ) -> NegotiatedExtension? {
        guard let ours else { return nil }
        // Ids over 14 need two-byte headers, those from 4096 a mapping of their own (RFC 8285 §4.2, §7).
        let usable = extensions.first { $0.uri == uri && (1...14).contains($0.id) && (id == nil || $0.id == id) }
        guard let usable else { return nil }
        // Extensions of an inactive stream count as sendrecv (RFC 8285 §7).
        let inherited: MediaDirection = direction == .inactive ? .sendrecv : direction
        let limit: MediaDirection = stream == .inactive ? .sendrecv : stream
        let agreed = (usable.direction ?? inherited).reversed.intersection(ours).intersection(limit)
        guard agreed != .inactive else { return nil }
        return NegotiatedExtension(id: UInt8(usable.id), direction: agreed, attributes: usable.attributes)
    }

    /// SSRCs that the peer announces, in its order, each once.
    var ssrcs: [UInt32] {
        var found: [UInt32] = []
        for source in media.sources where !found.contains(source.ssrc) { found.append(source.ssrc) }
        return found
    }

    /// Numbers that look like RTCP once its marker bit is set cannot share a port with it (RFC 5761 §4).
    static func allowsMux(_ payloadTypes: some Sequence<UInt8>) -> Bool {
        !payloadTypes.contains { (64...95).contains($0) }
    }
}
