// SPDX-License-Identifier: GPL-3.0-or-later

/// What one `m=` position of a session has come to mean and must go on meaning: later offers keep its place, and neither payload
/// types nor extension ids may change their meaning (RFC 3264 §8, §8.3.2; RFC 8285 §7).
struct MediaLine: Hashable, Sendable {
    /// As we last wrote it.
    var local: MediaDescription
    var mid: String?
    /// Every meaning either side has given a payload type, the newest first.
    private(set) var formats: [AudioFormat] = []
    /// The same of a video line.
    private(set) var videoFormats: [VideoFormat] = []
    /// Of a video line that we took or would take; it stays for good.
    var role: VideoRole?
    /// By URI; 256 at most, since a peer may bring new ones with every offer of a long call.
    private(set) var extensionIDs: [String: Int] = [:]

    private static let mostExtensions = 256

    init(local: MediaDescription) { self.local = local }

    /// Remembers what a description of either side says of this line.
    mutating func record(_ media: MediaDescription, extensions: [HeaderExtensionMap]) {
        if media.kind == .video {
            let stated = media.videoFormats(known: videoFormats.codecs)
            let numbers = Set(stated.map(\.payloadType))
            videoFormats = stated + videoFormats.filter { !numbers.contains($0.payloadType) }
        } else {
            let stated = media.audioFormats()
            let numbers = Set(stated.map(\.payloadType))
            formats = stated + formats.filter { !numbers.contains($0.payloadType) }
        }
        for map in extensions where extensionIDs[map.uri] != nil || extensionIDs.count < Self.mostExtensions {
            extensionIDs[map.uri] = map.id
        }
        if let mid = media.mid { self.mid = mid }
    }

    /// What may still arrive from before this agreement, until the peer has seen it (RFC 3264 §8.3.2).
    func addingEarlierFormats(to audio: NegotiatedAudio, capabilities: AudioCapabilities) -> NegotiatedAudio {
        var audio = audio
        for format in formats
        where audio.receivePayloadTypes[format.payloadType] == nil && audio.telephoneEvents[format.payloadType] == nil {
            if capabilities.own(format.codec) != nil {
                audio.receivePayloadTypes[format.payloadType] = format.codec
            } else if !RemoteAudio.events(in: [format], capabilities: capabilities).isEmpty {
                audio.telephoneEvents[format.payloadType] = format.codec.clockRate
            }
        }
        return audio
    }

    /// The payload type this codec has, had, or gets.
    func payloadType(for codec: AudioCodecDescription, avoiding taken: Set<UInt8>) -> UInt8? {
        if let known = formats.first(where: { $0.codec.isSameCodec(as: codec) && !taken.contains($0.payloadType) }) {
            return known.payloadType
        }
        let used = taken.union(formats.map(\.payloadType))
        if let number = codec.staticPayloadType, !used.contains(number) { return number }
        // Many gateways look for DTMF at 101 only.
        let usual: [UInt8] = codec.isTelephoneEvent && codec.clockRate == 8_000 ? [101] : []
        let free = usual + (96...127).filter { $0 != 101 } + [101]
        return free.first { !used.contains($0) }
    }

    /// The id this extension has or gets, among the one-byte ids.
    func extensionID(for uri: String, avoiding taken: Set<Int>) -> Int? {
        if let known = extensionIDs[uri], (1...14).contains(known), !taken.contains(known) { return known }
        return (1...14).first { !taken.contains($0) && !extensionIDs.values.contains($0) }
    }
}
