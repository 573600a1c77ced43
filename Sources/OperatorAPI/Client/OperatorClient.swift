// SPDX-License-Identifier: GPL-3.0-or-later
import AsyncHTTPClient
package import Conference
import FoundationEssentials
import NIOCore
import NIOHTTP1

/// Talks to a focus over its operator socket. Every method throws `OperatorClientError` and nothing else.
package struct OperatorClient: Sendable {
    private let paths: [String]
    private let operatorName: String
    /// Longest time that an answer may take; watching has no limit.
    private let patience: TimeAmount = .seconds(15)

    /// - Parameters:
    ///   - paths: Where to look, in this order; the first socket that somebody listens at is taken.
    ///   - operatorName: Who asks, for reasons, events and the focus's log.
    package init(paths: [String], operatorName: String) {
        self.paths = paths
        self.operatorName = operatorName
    }

    package func version() async throws(OperatorClientError) -> VersionInfo {
        try await answer(.GET, "version")
    }

    package func statistics() async throws(OperatorClientError) -> FocusStatistics {
        try await answer(.GET, "statistics")
    }

    package func rooms() async throws(OperatorClientError) -> [RoomSummary] {
        try await answer(.GET, "rooms")
    }

    package func room(_ name: String) async throws(OperatorClientError) -> RoomDetail {
        try await answer(.GET, "rooms", name)
    }

    package func explain(_ member: String, in room: String?) async throws(OperatorClientError) -> Explanation {
        let query = room.map { "?room=" + PercentEncoding.encode($0) } ?? ""
        return try await answer(.GET, "members", member, "explanation", query: query)
    }

    package func create(_ name: String) async throws(OperatorClientError) -> RoomSummary {
        let body = (try? WireFormat.encode(CreateRoom(name: name))) ?? []
        return try await answer(.POST, "rooms", body: body)
    }

    package func command(
        _ command: RoomCommand, in room: String
    ) async throws(OperatorClientError) -> CommandOutcome {
        let body = (try? WireFormat.encode(CommandRequest(command))) ?? []
        return try await answer(.POST, "rooms", room, "commands", body: body)
    }

    package func recordings() async throws(OperatorClientError) -> [RecordingDetail] {
        try await answer(.GET, "recordings")
    }

    package func arrangedRooms() async throws(OperatorClientError) -> [RoomDefinition] {
        try await answer(.GET, "arranged")
    }

    package func arrange(_ room: RoomDefinition) async throws(OperatorClientError) -> RoomDefinition {
        try await answer(.PUT, "arranged", room.name, body: (try? WireFormat.encode(room)) ?? [])
    }

    package func forgetRoom(_ name: String) async throws(OperatorClientError) -> Removed {
        try await answer(.DELETE, "arranged", name)
    }

    package func users() async throws(OperatorClientError) -> [UserSummary] {
        try await answer(.GET, "users")
    }

    /// - Parameter isNew: whether the account is to be made, or exists.
    package func setUser(_ user: SetUser, isNew: Bool) async throws(OperatorClientError) -> UserSummary {
        let body = (try? WireFormat.encode(user)) ?? []
        return isNew
            ? try await answer(.POST, "users", body: body) : try await answer(.PUT, "users", user.name, body: body)
    }

    package func removeUser(_ name: String) async throws(OperatorClientError) -> Removed {
        try await answer(.DELETE, "users", name)
    }

    package func calls(_ query: RecordQuery) async throws(OperatorClientError) -> [StoredCall] {
        try await answer(.GET, "calls", query: Self.text(query))
    }

    package func audit(_ query: RecordQuery) async throws(OperatorClientError) -> [AuditEntry] {
        try await answer(.GET, "audit", query: Self.text(query))
    }

    package func messages(_ query: RecordQuery) async throws(OperatorClientError) -> [ChatMessage] {
        try await answer(.GET, "messages", query: Self.text(query))
    }

    private static func text(_ query: RecordQuery) -> String {
        var parts = ["limit=\(query.limit)"]
        if query.offset > 0 { parts.append("offset=\(query.offset)") }
        if let room = query.room { parts.append("room=" + PercentEncoding.encode(room)) }
        if let since = query.since { parts.append("since=" + PercentEncoding.encode(since.formatted(.iso8601))) }
        if let until = query.until { parts.append("until=" + PercentEncoding.encode(until.formatted(.iso8601))) }
        return "?" + parts.joined(separator: "&")
    }

    /// The focus's metrics in the text format of Prometheus.
    package func metrics() async throws(OperatorClientError) -> String {
        let (response, path) = try await send(.GET, "/metrics", deadline: .now() + patience)
        return String(decoding: try await collect(response, path), as: UTF8.self)
    }

    /// Calls back with each event until the focus ends the stream or the task is cancelled.
    ///
    /// - Parameters:
    ///   - room: One room, or nil for all.
    ///   - onReady: Called when the focus has begun to listen out for us.
    package func watch(
        room: String? = nil, onReady: () -> Void = {}, _ onEvent: (ConferenceEvent) -> Void
    ) async throws(OperatorClientError) {
        let query = room.map { "?room=" + PercentEncoding.encode($0) } ?? ""
        let (response, path) = try await send(.GET, "/v\(WireFormat.version)/events\(query)", deadline: .distantFuture)
        try await check(response, path)
        var splitter = LineSplitter()
        var isReady = false
        do {
            for try await chunk in response.body {
                for line in splitter.feed(chunk.readableBytesView) {
                    if !isReady { onReady() }
                    isReady = true
                    if line.isEmpty { continue }
                    onEvent(try WireFormat.decode(ConferenceEvent.self, from: line))
                }
            }
        } catch is CancellationError {
            return
        } catch {
            if Task.isCancelled { return }
            throw .connectionLost("\(error)")
        }
    }

    // MARK: One exchange

    private func answer<Value: Decodable>(
        _ method: HTTPMethod, _ components: String..., query: String = "", body: [UInt8]? = nil
    ) async throws(OperatorClientError) -> Value {
        let uri = "/v\(WireFormat.version)/" + components.map(PercentEncoding.encode).joined(separator: "/") + query
        let (response, path) = try await send(method, uri, body: body, deadline: .now() + patience)
        let bytes = try await collect(response, path)
        do {
            return try WireFormat.decode(Value.self, from: bytes)
        } catch {
            throw .notAFocus(path: path, why: "an answer that this confabctl does not understand: \(error)")
        }
    }

    private func send(
        _ method: HTTPMethod, _ uri: String, body: [UInt8]? = nil, deadline: NIODeadline
    ) async throws(OperatorClientError) -> (HTTPClientResponse, path: String) {
        let path = try findSocket()
        guard let url = URL(httpURLWithSocketPath: path, uri: uri) else {
            throw .notAFocus(path: path, why: "cannot be written as a URL")
        }
        var request = HTTPClientRequest(url: url.absoluteString)
        request.method = method
        request.headers.add(name: WireFormat.operatorHeader, value: PercentEncoding.encode(operatorName))
        if let body {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(bytes: body))
        }
        do {
            return (try await HTTPClient.shared.execute(request, deadline: deadline), path)
        } catch {
            // It listened a moment ago: it has just gone, or is not a focus.
            if OperatorSocket.probe(path) != .live { throw .notRunning(looked: [path]) }
            throw .notAFocus(path: path, why: "does not answer as a focus does: \(error)")
        }
    }

    private func collect(
        _ response: HTTPClientResponse, _ path: String
    ) async throws(OperatorClientError) -> [UInt8] {
        try await check(response, path)
        do {
            return Array((try await response.body.collect(upTo: 64 << 20)).readableBytesView)
        } catch {
            throw .connectionLost("\(error)")
        }
    }

    /// Sees that a focus of our version answered, and that it did not say no.
    private func check(_ response: HTTPClientResponse, _ path: String) async throws(OperatorClientError) {
        guard let theirs = response.headers.first(name: WireFormat.versionHeader) else {
            throw .notAFocus(path: path, why: "something else than a focus listens there")
        }
        guard theirs == String(WireFormat.version) else {
            throw .versionMismatch(ours: WireFormat.version, theirs: theirs)
        }
        guard response.status.code >= 400 else { return }
        guard let body = try? await response.body.collect(upTo: 1 << 20),
            let error = try? WireFormat.decode(APIError.self, from: body.readableBytesView)
        else { throw .notAFocus(path: path, why: "answered \(response.status)") }
        throw .answered(error)
    }

    private func findSocket() throws(OperatorClientError) -> String {
        var denied: String?
        for path in paths {
            switch OperatorSocket.probe(path) {
            case .live: return path
            case .denied: denied = denied ?? path
            case .notASocket where paths.count == 1: throw .notAFocus(path: path, why: "is not a socket")
            case .failed(let error) where paths.count == 1:
                throw .notAFocus(path: path, why: OperatorSocket.words(error))
            case .missing, .stale, .notASocket, .failed: break
            }
        }
        if let denied { throw .permissionDenied(path: denied) }
        throw .notRunning(looked: paths)
    }
}
