// SPDX-License-Identifier: GPL-3.0-or-later
import Conference
import SIP

/// A host's list of rooms, as a resource list notification carries it: a multipart/related body whose parts are the rooms'
/// conference-info documents (RFC 4662 §5).
struct ConferenceList {
    let rooms: [ConferenceSummary]

    /// Reads a notification's body: the list, or a single room's document.
    ///
    /// - Throws: `UserAgentError.malformed`.
    init(contentType: String, body: [UInt8]) throws(UserAgentError) {
        let type = contentType.prefix { $0 != ";" }.filter { !$0.isWhitespace }.lowercased()
        if type == ConferenceInfo.contentType {
            rooms = [try Self.summary(body)]
            return
        }
        guard type == "multipart/related" || type == "multipart/mixed",
            let boundary = HeaderFieldParameters(parsing: contentType).parameter("boundary"), !boundary.isEmpty
        else { throw .malformed("the list of rooms came as \(type), which is not understood") }
        var rooms: [ConferenceSummary] = []
        for part in Self.parts(of: body, boundary: boundary) where part.type == ConferenceInfo.contentType {
            rooms.append(try Self.summary(part.content))
        }
        self.rooms = rooms
    }

    private static func summary(_ body: [UInt8]) throws(UserAgentError) -> ConferenceSummary {
        do throws(ConferenceInfoError) {
            let info = try ConferenceInfo(parsing: body)
            return ConferenceSummary(
                uri: info.entity, name: info.title ?? info.entity,
                memberCount: info.userCount ?? info.users.count,
                maximumMemberCount: info.maximumUserCount)
        } catch {
            throw .malformed("the list of rooms cannot be read: \(error)")
        }
    }

    /// The parts between the boundaries (RFC 2046 §5.1.1), those without a readable head left out.
    static func parts(of body: [UInt8], boundary: String) -> [(type: String, content: [UInt8])] {
        let delimiter = Array("--\(boundary)".utf8)
        var starts: [Int] = []
        var index = 0
        while index + delimiter.count <= body.count {
            if index == 0 || body[index - 1] == 0x0A, body[index..<(index + delimiter.count)].elementsEqual(delimiter) {
                starts.append(index)
                index += delimiter.count
            } else {
                index += 1
            }
        }
        return zip(starts, starts.dropFirst()).compactMap { start, end in
            part(Array(body[(start + delimiter.count)..<end]))
        }
    }

    private static func part(_ bytes: [UInt8]) -> (type: String, content: [UInt8])? {
        var type = ""
        var position = 0
        var isDelimiterLine = true
        while let end = bytes[position...].firstIndex(of: 0x0A) {
            let line = String(decoding: bytes[position..<end].filter { $0 != 0x0D }, as: UTF8.self)
            position = end + 1
            if line.allSatisfy(\.isWhitespace), !isDelimiterLine { return (type, withoutLineEnd(bytes[position...])) }
            isDelimiterLine = false
            let colon = line.firstIndex(of: ":") ?? line.endIndex
            if line[..<colon].lowercased() == "content-type", colon < line.endIndex {
                type = line[line.index(after: colon)...].prefix { $0 != ";" }.filter { !$0.isWhitespace }.lowercased()
            }
        }
        return nil
    }

    /// The line end before a boundary belongs to the boundary.
    private static func withoutLineEnd(_ content: ArraySlice<UInt8>) -> [UInt8] {
        var content = content
        if content.last == 0x0A { content.removeLast() }
        if content.last == 0x0D { content.removeLast() }
        return Array(content)
    }
}
