// SPDX-License-Identifier: GPL-3.0-or-later

/// "I have lost a picture": wants the sender to make up for it, in practice with a key frame (RFC 4585 §6.3.1).
package struct PictureLossIndication: Hashable, Sendable {
    package var senderSSRC: UInt32
    /// The stream that lost a picture.
    package var mediaSSRC: UInt32

    package init(senderSSRC: UInt32, mediaSSRC: UInt32) {
        self.senderSSRC = senderSSRC
        self.mediaSSRC = mediaSSRC
    }

    /// nil where `packet` is none.
    package init?(_ packet: RTCPPacket, in datagram: Span<UInt8>) {
        guard
            let head = FeedbackHead(.payloadFeedback, PayloadFeedbackFormat.pictureLoss, of: packet, in: datagram)
        else { return nil }
        // It has no parameters; what follows is not looked at (§6.3.1.2).
        self.init(senderSSRC: head.senderSSRC, mediaSSRC: head.mediaSSRC)
    }
}
