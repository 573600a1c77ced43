// SPDX-License-Identifier: GPL-3.0-or-later

/// Header values by meaning, on requests and responses. Each accessor parses the header text when asked; what does not
/// parse is absent (nil, or missing from the list). Setting nil removes the header.
package protocol SIPMessageFields {
    var headers: SIPHeaders { get set }
    var body: [UInt8] { get set }
}

extension SIPRequest: SIPMessageFields {}
extension SIPResponse: SIPMessageFields {}

extension SIPMessageFields {
    package var from: NameAddress? {
        get { nameAddress("From") }
        set { setText("From", newValue?.description) }
    }

    package var to: NameAddress? {
        get { nameAddress("To") }
        set { setText("To", newValue?.description) }
    }

    package var callID: String? {
        get { headers.first("Call-ID") }
        set { setText("Call-ID", newValue) }
    }

    package var cSeq: CSeq? {
        get { headers.first("CSeq").flatMap { try? CSeq(parsing: $0) } }
        set { setText("CSeq", newValue?.description) }
    }

    package var vias: [Via] { headers.all("Via").compactMap { try? Via(parsing: $0) } }

    /// The first Via. Setting replaces it, or adds it in front of all headers; nil removes it.
    package var topVia: Via? {
        get { headers.first("Via").flatMap { try? Via(parsing: $0) } }
        set {
            if let newValue {
                if headers.contains("Via") {
                    headers.replaceFirst("Via", newValue.description)
                } else {
                    headers.prepend("Via", newValue.description)
                }
            } else {
                headers.removeFirst("Via")
            }
        }
    }

    /// Without `*`: ask `headers.first("Contact") == "*"` for that.
    package var contacts: [NameAddress] { nameAddresses("Contact") }
    package var routes: [NameAddress] { nameAddresses("Route") }
    package var recordRoutes: [NameAddress] { nameAddresses("Record-Route") }

    /// The media type with its parameters, as written.
    package var contentType: String? {
        get { headers.first("Content-Type") }
        set { setText("Content-Type", newValue) }
    }

    /// The media type alone, lower case, without spaces or parameters: `application/sdp`.
    package var mediaType: String? {
        guard let text = contentType else { return nil }
        let type = text.utf8.prefix { $0 != UInt8(ascii: ";") }.filter { !$0.isLinearWhitespace }
        return String(decoding: type.map(\.asciiLowercased), as: UTF8.self)
    }

    /// Seconds. A number past 2^32-1 counts as 2^32-1 (RFC 3261 §20.19); text that is no number is absent.
    package var expires: UInt32? {
        get { deltaSeconds("Expires") }
        set { setText("Expires", newValue.map(String.init)) }
    }

    /// 0 to 255.
    package var maxForwards: Int? {
        get { headers.first("Max-Forwards").flatMap(Int.init).flatMap { (0...255).contains($0) ? $0 : nil } }
        set { setText("Max-Forwards", newValue.map(String.init)) }
    }

    package var supported: [String] { headers.all("Supported") }
    package var require: [String] { headers.all("Require") }
    package var allow: [String] { headers.all("Allow") }

    /// The first value of a header as name and address, for Refer-To, Referred-By, P-Asserted-Identity and their like.
    package func nameAddress(_ header: String) -> NameAddress? {
        headers.first(header).flatMap { try? NameAddress(parsing: $0) }
    }

    package func nameAddresses(_ header: String) -> [NameAddress] {
        headers.all(header).compactMap { try? NameAddress(parsing: $0) }
    }

    /// A header of whole seconds, its parameters ignored; a number past 2^32-1 counts as 2^32-1.
    package func deltaSeconds(_ header: String) -> UInt32? {
        guard let text = headers.first(header) else { return nil }
        let digits = text.utf8.drop(while: \.isLinearWhitespace).prefix(while: \.isDigit)
        guard !digits.isEmpty else { return nil }
        var value: UInt64 = 0
        for digit in digits { value = min(value * 10 + UInt64(digit - 0x30), UInt64(UInt32.max)) }
        return UInt32(value)
    }

    private mutating func setText(_ name: String, _ value: String?) {
        if let value { headers.set(name, value) } else { headers.remove(name) }
    }
}
