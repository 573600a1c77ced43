// SPDX-License-Identifier: GPL-3.0-or-later

/// What names a dialog at one of its ends (RFC 3261 §12).
package struct DialogID: Hashable, Sendable, CustomStringConvertible {
    package var callID: String
    package var localTag: String
    /// Empty for a peer of RFC 2543 that sends no tag.
    package var remoteTag: String

    package init(callID: String, localTag: String, remoteTag: String) {
        self.callID = callID
        self.localTag = localTag
        self.remoteTag = remoteTag
    }

    /// The dialog in which `request` arrived; nil when its To has no tag (RFC 3261 §12.2.2).
    package init?(incoming request: SIPRequest) {
        guard let callID = request.callID, let localTag = request.to?.tag else { return nil }
        self.init(callID: callID, localTag: localTag, remoteTag: request.from?.tag ?? "")
    }

    /// The dialog that a Replaces header names, as its receiver has it (RFC 3891 §3); nil where it names none.
    package init?(replaces field: String) {
        let call = HeaderFieldParameters(parsing: field)
        guard !call.value.isEmpty, let local = call.parameter("to-tag"), let remote = call.parameter("from-tag") else {
            return nil
        }
        self.init(callID: call.value, localTag: local, remoteTag: remote)
    }

    /// The dialog that `response`, to a request of ours, belongs to; nil when its To has no tag.
    package init?(incoming response: SIPResponse) {
        guard let callID = response.callID, let localTag = response.from?.tag, let remoteTag = response.to?.tag else {
            return nil
        }
        self.init(callID: callID, localTag: localTag, remoteTag: remoteTag)
    }

    package var description: String { "\(callID);local=\(localTag);remote=\(remoteTag)" }
}
