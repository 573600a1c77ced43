// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import FoundationXML

/// Whom an INVITE wants called into the conference that it makes (RFC 5366): a flat list of addresses (RFC 4826). What else such
/// documents can say is passed over.
package enum ResourceList {
    package static let contentType = "application/resource-lists+xml"
    /// The option tag (RFC 5366 §3).
    package static let option = "recipient-list-invite"
    /// Entries that are read.
    package static let most = 50

    /// - Returns: addresses in their order, each once; nil for what is no such document.
    package static func addresses(in document: [UInt8]) -> [String]? {
        guard document.count <= 65_536 else { return nil }
        let parser = XMLParser(data: Data(document))
        parser.shouldProcessNamespaces = true
        parser.shouldResolveExternalEntities = false
        let reader = Reader()
        parser.delegate = reader
        guard parser.parse(), reader.isList else { return nil }
        return reader.addresses
    }

    private final class Reader: NSObject, XMLParserDelegate {
        var isList = false
        var addresses: [String] = []

        func parser(
            _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
            attributes: [String: String]
        ) {
            guard namespaceURI == "urn:ietf:params:xml:ns:resource-lists" else { return }
            if name == "resource-lists" { isList = true }
            guard name == "entry", let address = attributes["uri"], addresses.count < ResourceList.most,
                !addresses.contains(address)
            else { return }
            addresses.append(address)
        }
    }
}
