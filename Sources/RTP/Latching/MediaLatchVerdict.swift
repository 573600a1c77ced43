// SPDX-License-Identifier: GPL-3.0-or-later

/// What a `MediaLatch` says of one packet.
package enum MediaLatchVerdict: Hashable, Sendable {
    /// It is the leg's.
    case accept
    /// It is the leg's, and where our media goes has just changed: see `destination`.
    case acceptAndLatch
    case drop(MediaLatchDrop)
}

/// Why a packet is not the leg's.
package enum MediaLatchDrop: Hashable, Sendable {
    /// Not negotiated.
    case payloadType
    /// From a source that may become the leg's when more of its packets come.
    case probing
    /// From a source other than the one that the leg is latched on.
    case foreignSource
}
