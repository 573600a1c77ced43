// SPDX-License-Identifier: GPL-3.0-or-later

/// A header extension that one of our ends makes use of.
package struct ExtensionWish: Hashable, Sendable {
    package var uri: String
    /// Our part: who sends it and who reads it.
    package var direction: MediaDirection

    package init(_ uri: String, _ direction: MediaDirection = .sendrecv) {
        self.uri = uri
        self.direction = direction
    }
}

extension MediaDescription {
    /// Adds the header extensions of a line of ours: a number keeps its meaning for the session (RFC 8285 §7).
    ///
    /// - Parameters:
    ///   - line: the position's past; nil for a new line.
    ///   - kept: the same where only what is in use is offered again: an extension that a hold left out comes back, one that
    ///     never was does not come in.
    mutating func offer(_ wishes: [ExtensionWish], line: MediaLine?, kept: MediaLine?, direction: MediaDirection) {
        let limit: MediaDirection = direction == .inactive ? .sendrecv : direction
        var taken: Set<Int> = []
        for wish in wishes {
            if let kept, kept.extensionIDs[wish.uri] == nil { continue }
            let wanted = wish.direction.intersection(limit)
            guard wanted != .inactive else { continue }
            let id = line.map { $0.extensionID(for: wish.uri, avoiding: taken) } ?? taken.count + 1
            guard let id, let number = UInt8(exactly: id) else { continue }
            taken.insert(id)
            append(
                NegotiatedExtension(id: number, direction: wanted, attributes: nil), uri: wish.uri, stream: direction)
        }
    }
}
