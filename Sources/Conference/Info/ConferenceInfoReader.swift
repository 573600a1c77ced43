// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import FoundationXML

/// Why a notification's body could not be read.
package enum ConferenceInfoError: Error, Hashable, CustomStringConvertible {
    case malformed(line: Int)
    case notConferenceInfo
    case tooLarge(bytes: Int)

    package var description: String {
        switch self {
        case .malformed(let line): "the conference-info document is not well-formed XML (line \(line))"
        case .notConferenceInfo: "the document is not a conference-info document (RFC 4575)"
        case .tooLarge(let bytes): "the conference-info document is too large (\(bytes) bytes)"
        }
    }
}

extension ConferenceInfo {
    /// The most bytes that `init(parsing:)` reads.
    package static let maximumBytes = 4 << 20

    /// Reads a conference-info document; elements that are not known are passed over (RFC 4575 §5.1).
    package init(parsing body: [UInt8]) throws(ConferenceInfoError) {
        guard body.count <= Self.maximumBytes else { throw .tooLarge(bytes: body.count) }
        let parser = XMLParser(data: Data(body))
        parser.shouldProcessNamespaces = true
        parser.shouldResolveExternalEntities = false
        let reader = ConferenceInfoReader()
        parser.delegate = reader
        guard parser.parse() else { throw .malformed(line: parser.lineNumber) }
        guard let document = reader.document else { throw .notConferenceInfo }
        self = document
    }
}

/// Builds the value while the parser walks the document; lives inside one parse call.
private final class ConferenceInfoReader: NSObject, XMLParserDelegate {
    var document: ConferenceInfo?
    private var path: [String] = []
    private var text = ""
    private var user: ConferenceInfo.User?
    private var endpoint: ConferenceInfo.Endpoint?
    private var media: ConferenceInfo.Media?

    func parser(
        _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
        attributes: [String: String]
    ) {
        path.append(name)
        text = ""
        let scope = attributes["state"].flatMap(ConferenceInfo.Scope.init(rawValue:)) ?? .full
        let entity = attributes["entity"] ?? ""
        switch name {
        case "conference-info" where path.count == 1 && namespaceURI == ConferenceInfo.namespace:
            let version = attributes["version"].flatMap(UInt32.init) ?? 0
            document = ConferenceInfo(entity: entity, scope: scope, version: version)
        case "user" where endpoint == nil:
            user = ConferenceInfo.User(entity: entity, scope: scope)
        case "endpoint" where user != nil:
            endpoint = ConferenceInfo.Endpoint(entity: entity, scope: scope, status: .connected)
        case "media" where endpoint != nil:
            media = ConferenceInfo.Media(id: attributes["id"] ?? "", type: "")
        default:
            break
        }
    }

    func parser(_ parser: XMLParser, foundCharacters string: String) {
        text += string
    }

    func parser(
        _ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?
    ) {
        let value = text.trimmingCharacters(in: .whitespacesAndNewlines)
        text = ""
        defer { path.removeLast() }
        let parent = path.count >= 2 ? path[path.count - 2] : ""
        switch (parent, name) {
        case ("conference-description", "display-text"): document?.displayText = value
        case ("conference-description", "subject"): document?.subject = value
        case ("conference-description", "maximum-user-count"): document?.maximumUserCount = Int(value)
        case ("conference-state", "user-count"): document?.userCount = Int(value)
        case ("conference-state", "active"): document?.active = value == "true" || value == "1"
        case ("conference-state", "locked"): document?.locked = value == "true" || value == "1"
        case ("user", "display-text"): user?.displayText = value
        case ("endpoint", "display-text"): endpoint?.displayText = value
        case ("roles", "entry"): user?.roles.append(value)
        case ("endpoint", "status"): endpoint?.status = .init(rawValue: value) ?? .connected
        case ("endpoint", "joining-method"): endpoint?.joiningMethod = value
        case ("joining-info", "when"): endpoint?.joined = value
        case ("endpoint", "muted-by"): endpoint?.mutedBy = value
        case ("endpoint", "hand-raised"): endpoint?.handIsRaised = value == "true"
        case ("endpoint", "talking"): endpoint?.isTalking = value == "true"
        case ("endpoint", "quality"): endpoint?.quality = CallQuality(rawValue: value)
        case ("conference-state", "recording"): document?.recording = RecordingState(rawValue: value)
        case ("media", "display-text"): media?.displayText = value
        case ("media", "type"): media?.type = value
        case ("media", "label"): media?.label = value
        case ("media", "src-id"): media?.sourceID = UInt32(value)
        case ("media", "status"): media?.status = value
        default: closed(name)
        }
    }

    private func closed(_ name: String) {
        switch name {
        case "media":
            if let media { endpoint?.media.append(media) }
            media = nil
        case "endpoint":
            if let endpoint { user?.endpoints.append(endpoint) }
            endpoint = nil
        case "user":
            if let user { document?.users.append(user) }
            user = nil
        default:
            break
        }
    }
}
