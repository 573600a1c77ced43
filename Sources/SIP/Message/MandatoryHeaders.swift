// SPDX-License-Identifier: GPL-3.0-or-later

/// The headers no message does without, each once and readable (RFC 3261 §8.1.1).
enum MandatoryHeaders {
    /// The first fault found. `method` is the request's own, which CSeq must repeat; nil for responses.
    static func fault(in message: some SIPMessageFields, method: SIPMethod?) -> MessageFault? {
        let headers = message.headers
        guard headers.contains("Via") else { return MessageFault(400, "Missing Via") }
        for name in ["Call-ID", "CSeq", "From", "To"] {
            switch headers.count(name) {
            case 0: return MessageFault(400, "Missing \(name)")
            case 1: continue
            default: return MessageFault(400, "Multiple \(name)")
            }
        }
        guard headers.count("Max-Forwards") < 2 else { return MessageFault(400, "Multiple Max-Forwards") }
        guard message.vias.count == headers.count("Via") else { return MessageFault(400, "Malformed Via") }
        guard let cSeq = message.cSeq else { return MessageFault(400, "Malformed CSeq") }
        if let method, cSeq.method != method { return MessageFault(400, "CSeq Method Does Not Match") }
        guard message.from != nil else { return MessageFault(400, "Malformed From") }
        guard message.to != nil else { return MessageFault(400, "Malformed To") }
        guard let callID = message.callID, !callID.isEmpty, !callID.utf8.contains(where: \.isSpaceOrControl) else {
            return MessageFault(400, "Malformed Call-ID")
        }
        // A response with a Contact we cannot read still tells how the request fared.
        guard method != nil else { return nil }
        return addressFault(headers)
    }

    /// A route that is skipped because it cannot be read sends later requests astray, so it is a fault like the others.
    private static func addressFault(_ headers: SIPHeaders) -> MessageFault? {
        for name in ["Contact", "Route", "Record-Route"] {
            for value in headers.all(name) where value != "*" {
                do { _ = try NameAddress(parsing: value) } catch { return MessageFault(400, "Malformed \(name)") }
            }
        }
        return nil
    }
}
