// SPDX-License-Identifier: GPL-3.0-or-later
import Conference
import HTTPTypes
import Hummingbird
import NIOCore
import ServiceLifecycle

/// The paths of the operator API. `Docs/OperatorAPI.md` describes them.
enum OperatorRoutes {
    typealias Context = BasicRequestContext

    /// - Parameter control: nil for metrics alone.
    static func router(control: (any ConferenceControl)?, metrics: any MetricsSource) -> Router<Context> {
        let router = Router(context: Context.self)
        router.addMiddleware { APIErrorMiddleware() }
        router.get("metrics") { _, _ in
            let text = PrometheusText.render(await metrics.metrics())
            return Response(
                status: .ok, headers: [.contentType: PrometheusText.contentType],
                body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
        }
        if let control { add(control, to: router) }
        return router
    }

    private static func add(_ control: any ConferenceControl, to router: Router<Context>) {
        let api = router.group("v\(WireFormat.version)")
        api.get("version") { _, _ in try json(await control.version()) }
        api.get("statistics") { _, _ in try json(await control.statistics()) }
        api.get("rooms") { _, _ in try json(await control.rooms()) }
        api.post("rooms") { request, _ in
            let body = try await request.body.collect(upTo: 65_536)
            guard let wish = try? WireFormat.decode(CreateRoom.self, from: body.readableBytesView) else {
                throw APIError(.invalid, "Expected a JSON body such as {\"name\":\"standup\"}")
            }
            return try json(try await control.create(wish.name, by: operatorName(request)), status: .created)
        }
        api.get("rooms/:room") { _, context in try json(try await control.room(try room(context))) }
        api.post("rooms/:room/commands") { request, context in
            let body = try await request.body.collect(upTo: 65_536)
            guard let wish = try? WireFormat.decode(CommandRequest.self, from: body.readableBytesView) else {
                throw APIError(.invalid, "Expected a JSON body such as {\"command\":\"mute\",\"member\":\"bob\"}")
            }
            guard let command = RoomCommand(word: wish.command, member: wish.member, value: wish.value) else {
                throw APIError(
                    .invalid, "No command \(wish.command) with value \(wish.value ?? "(none)")",
                    hint: "Docs/OperatorAPI.md has the commands and their values.")
            }
            return try json(try await control.command(command, in: try room(context), by: operatorName(request)))
        }
        api.get("members/:member/explanation") { request, context in
            let room = request.uri.queryParameters["room"].flatMap { PercentEncoding.decode($0) }
            return try json(try await control.explain(try parameter("member", context), in: room))
        }
        RecordRoutes.add(control, to: api)
        api.get("events") { request, _ in
            let room = request.uri.queryParameters["room"].flatMap { PercentEncoding.decode($0) }
            return events(request, await control.events(room: room))
        }
    }

    /// A JSON line for each event, as it happens, until the watcher goes or the focus stops.
    private static func events(_ request: Request, _ events: AsyncStream<ConferenceEvent>) -> Response {
        let body = ResponseBody { writer in
            // An empty line at once: the watcher knows that it is heard before anything happens.
            try await writer.write(ByteBuffer(string: "\n"))
            try await request.body.consumeWithCancellationOnInboundClose { _ in
                for await event in events.cancelOnGracefulShutdown() {
                    var line = ByteBuffer(bytes: try WireFormat.encode(event))
                    line.writeString("\n")
                    try await writer.write(line)
                }
            }
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: [.contentType: "application/x-ndjson"], body: body)
    }

    static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) throws -> Response {
        Response(
            status: status, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: try WireFormat.encode(value))))
    }

    private static func room(_ context: Context) throws -> String { try parameter("room", context) }

    /// The router hands path components over as they were written.
    static func parameter(_ name: String, _ context: Context) throws -> String {
        guard let raw = context.parameters.get(name), let text = PercentEncoding.decode(raw), !text.isEmpty else {
            throw APIError(.invalid, "The path holds no readable \(name)")
        }
        return text
    }

    /// Who asks, by its own word: for reasons, events and the log, not for rights.
    static func operatorName(_ request: Request) -> String {
        let name = HTTPField.Name(WireFormat.operatorHeader).flatMap { request.headers[$0] }
        let readable = name.flatMap { PercentEncoding.decode($0) }?.filter {
            !$0.unicodeScalars.contains(where: \.isControl)
        }
        guard let readable, !readable.isEmpty else { return "unnamed" }
        return String(readable.prefix(64))
    }
}

/// Words every error as JSON and names the API in every answer.
struct APIErrorMiddleware: RouterMiddleware {
    func handle(
        _ request: Request, context: OperatorRoutes.Context,
        next: (Request, OperatorRoutes.Context) async throws -> Response
    ) async throws -> Response {
        var response: Response
        do {
            response = try await next(request, context)
        } catch let error as ControlError {
            response = Self.response(APIError(error))
        } catch let error as APIError {
            response = Self.response(error)
        } catch let error as HTTPError where error.status == .notFound || error.status == .methodNotAllowed {
            response = Self.response(
                APIError(
                    .unknownRoute, "No \(request.method.rawValue) \(request.uri.path) here",
                    hint: "This focus speaks version \(WireFormat.version) of the operator API."))
        } catch let error as HTTPError {
            response = Self.response(APIError(.invalid, error.body ?? error.status.reasonPhrase))
        } catch {
            response = Self.response(APIError(.internal, "\(error)"))
        }
        if let name = HTTPField.Name(WireFormat.versionHeader) {
            response.headers[name] = String(WireFormat.version)
        }
        return response
    }

    private static func response(_ error: APIError) -> Response {
        let body = (try? WireFormat.encode(error)) ?? []
        return Response(
            status: HTTPResponse.Status(code: error.status), headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }
}

extension Unicode.Scalar {
    /// Control characters, which no terminal should get from a stranger.
    var isControl: Bool { properties.generalCategory == .control }
}
