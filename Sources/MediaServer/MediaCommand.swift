// SPDX-License-Identifier: GPL-3.0-or-later
import Audio
package import RTP

/// Names one room of a media server for the life of the process.
package struct MediaRoomID: Hashable, Sendable {
    package let number: UInt64

    package init(_ number: UInt64) {
        self.number = number
    }
}

/// The sockets of a leg on their way to the thread that will own them.
package final class LegSockets: Sendable {
    private let pair: MediaSocketPair
    /// For polling and routes; valid as long as this object lives.
    package let mediaDescriptor: Int32
    package let controlDescriptor: Int32
    /// Where RTP is received.
    package let localAddress: SocketAddress

    package init(_ pair: consuming MediaSocketPair) {
        mediaDescriptor = pair.media.descriptor
        controlDescriptor = pair.control.descriptor
        localAddress = pair.media.localAddress
        self.pair = pair
    }
}

/// Who a leg is on the wire.
package struct LegIdentity: Hashable, Sendable {
    /// SSRC of what we send.
    package var ssrc: UInt32
    /// Names the member in the CSRC lists of others and as `src-id` in the roster.
    package var sourceID: UInt32
    /// RTCP canonical name (RFC 7022).
    package var cname: String
    /// What people call it, on a composed picture.
    package var name: String

    package init(ssrc: UInt32, sourceID: UInt32, cname: String, name: String = "") {
        self.ssrc = ssrc
        self.sourceID = sourceID
        self.cname = cname
        self.name = name
    }
}

/// What the control plane tells a media worker; carried out in the order given.
enum MediaCommand: Sendable {
    case openRoom(MediaRoomID, MixerConfiguration)
    case closeRoom(MediaRoomID)
    case open(LegID, MediaRoomID, LegSockets, LegIdentity, LegSettings, silenced: Bool)
    case update(LegID, LegSettings)
    case silence(LegID, Bool)
    case announce(LegID, SpokenAnnouncement)
    /// Factor on what a member says.
    case gain(LegID, Float)
    /// Factor on what a member hears.
    case hearing(LegID, Float)
    /// nil ends the recording of a room.
    case record(MediaRoomID, RoomRecording?)
    case pauseRecording(MediaRoomID, Bool)
    case sendDigits(LegID, String)
    case close(LegID)
    /// Video of a leg that is open, as it is to be from now on; no lines: none.
    case setVideo(LegID, VideoSetup)
    case setVideoRule(MediaRoomID, VideoRule)
    /// The leg's peer wants a key frame of what it sees (INFO, RFC 5168).
    case requestKeyframe(LegID)
    /// The leg's peer refused the INFO that it was asked for one with.
    case fastUpdateRefused(LegID, forGood: Bool)
}
