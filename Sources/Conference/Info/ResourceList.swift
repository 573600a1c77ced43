// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import FoundationXML

/// Whom an INVITE wants called into the conference that it makes (RFC 5366): a flat list of addresses (RFC 4826), and what each of them
/// is told of the others (RFC 5364). What else such documents can say is passed over.
package enum ResourceList {
    package static let contentType = "application/resource-lists+xml"
    /// The option tag (RFC 5366 §3).
    package static let option = "recipient-list-invite"
    /// Entries that are read.
    package static let most = 50

    /// As what somebody is called, as in a letter (RFC 5364 §4).
    package enum CopyControl: String, Hashable, Sendable {
        case primary = "to"
        case copy = "cc"
        case blind = "bcc"
    }

    /// One who is to be called.
    package struct Entry: Hashable, Sendable {
        package var address: String
        /// nil where the list does not say: the others are not told then.
        package var copyControl: CopyControl?
        /// The others are told that there is somebody, but not who.
        package var isAnonymous: Bool

        package init(_ address: String, _ copyControl: CopyControl? = nil, isAnonymous: Bool = false) {
            self.address = address
            self.copyControl = copyControl
            self.isAnonymous = isAnonymous
        }
    }

    /// What all who are called by a list are told of it (RFC 5366 §5): who is marked `to` or `cc`, without names where they are not to
    /// be told.
    ///
    /// - Returns: nil where there is nothing to tell.
    package static func history(of entries: [Entry]) -> [UInt8]? {
        var text = ""
        for control in [CopyControl.primary, .copy] {
            let marked = entries.filter { $0.copyControl == control }
            for entry in marked where !entry.isAnonymous { text += line(entry.address, control) }
            let hidden = marked.count(where: \.isAnonymous)
            if hidden > 0 { text += line("sip:anonymous@anonymous.invalid", control, " cp:count=\"\(hidden)\"") }
        }
        guard !text.isEmpty else { return nil }
        let opening =
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<resource-lists xmlns=\"\(namespace)\""
            + " xmlns:cp=\"urn:ietf:params:xml:ns:copycontrol\"><list>"
        return Array((opening + text + "</list></resource-lists>").utf8)
    }

    private static let namespace = "urn:ietf:params:xml:ns:resource-lists"

    private static func line(_ address: String, _ control: CopyControl, _ more: String = "") -> String {
        "<entry uri=\"\(XMLText.escaped(address))\" cp:copyControl=\"\(control.rawValue)\"\(more)/>"
    }

    /// - Returns: addresses in their order, each once; nil for what is no such document.
    package static func addresses(in document: [UInt8]) -> [String]? { entries(in: document)?.map(\.address) }

    /// - Returns: entries in their order, each address once; nil for what is no such document.
    package static func entries(in document: [UInt8]) -> [Entry]? {
        guard document.count <= 65_536 else { return nil }
        let parser = XMLParser(data: Data(document))
        parser.shouldProcessNamespaces = true
        parser.shouldResolveExternalEntities = false
        let reader = Reader()
        parser.delegate = reader
        guard parser.parse(), reader.isList else { return nil }
        return reader.entries
    }

    private final class Reader: NSObject, XMLParserDelegate {
        var isList = false
        var entries: [Entry] = []

        func parser(
            _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
            attributes: [String: String]
        ) {
            guard namespaceURI == ResourceList.namespace else { return }
            if name == "resource-lists" { isList = true }
            guard name == "entry", let address = attributes["uri"], entries.count < ResourceList.most,
                !entries.contains(where: { $0.address == address })
            else { return }
            // They stand under whatever prefix the document has for their namespace.
            func value(_ name: String) -> String? { attributes.first { $0.key.hasSuffix(":" + name) }?.value }
            let isAnonymous = ["true", "1"].contains(value("anonymize"))
            entries.append(Entry(address, value("copyControl").flatMap(CopyControl.init), isAnonymous: isAnonymous))
        }
    }
}
