// SPDX-License-Identifier: GPL-3.0-or-later

extension SIPResponse {
    /// A response to `request` as RFC 3261 §8.2.6 makes it: Via, From, To, Call-ID and CSeq copied, Record-Route too
    /// where the response may create a dialog (§12.1.1), Timestamp in a 100.
    ///
    /// `toTag` is put on a To that has no tag, except in a 100.
    package init(to request: SIPRequest, status: Int, reason: String? = nil, toTag: String? = nil) {
        self.init(status: status, reason: reason)
        let makesDialog =
            (101..<300).contains(status)
            && (request.method == .invite || request.method == .subscribe || request.method == .refer)
        headers.reserve(request.headers.count("Via") + 8)
        for value in request.headers.all("Via") { headers.append(canonical: "Via", value) }
        for name in ["From", "To", "Call-ID", "CSeq"] {
            if let value = request.headers.first(name) { headers.append(canonical: name, value) }
        }
        if makesDialog {
            for value in request.headers.all("Record-Route") { headers.append(canonical: "Record-Route", value) }
        }
        if status == 100, let value = request.headers.first("Timestamp") {
            headers.append(canonical: "Timestamp", value)
        }
        guard status != 100, let toTag, let value = headers.first("To") else { return }
        if let to = try? NameAddress(parsing: value) {
            // Appending keeps the rest of the header as the client wrote it; only an address without brackets
            // could take the tag for a parameter of its URI, and there RFC 3261 §20 says it is the header's.
            if to.tag == nil { headers.replaceFirst("To", value + ";tag=" + toTag) }
        }
    }
}
