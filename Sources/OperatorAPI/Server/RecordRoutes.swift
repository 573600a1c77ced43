// SPDX-License-Identifier: GPL-3.0-or-later
import Conference
import FoundationEssentials
import Hummingbird

/// The paths of accounts, call records and commands.
enum RecordRoutes {
    static func add(_ control: any ConferenceControl, to api: RouterGroup<OperatorRoutes.Context>) {
        api.get("users") { _, _ in try OperatorRoutes.json(await control.users()) }
        api.post("users") { request, _ in
            let wish = try await account(request)
            let user = try await control.setUser(
                wish.name, displayName: wish.displayName, password: wish.password, isNew: true,
                by: OperatorRoutes.operatorName(request))
            return try OperatorRoutes.json(user, status: .created)
        }
        api.put("users/:user") { request, context in
            let wish = try await account(request)
            return try OperatorRoutes.json(
                try await control.setUser(
                    try OperatorRoutes.parameter("user", context), displayName: wish.displayName,
                    password: wish.password, isNew: false, by: OperatorRoutes.operatorName(request)))
        }
        api.delete("users/:user") { request, context in
            let name = try OperatorRoutes.parameter("user", context)
            try await control.removeUser(name, by: OperatorRoutes.operatorName(request))
            return try OperatorRoutes.json(Removed(name: name))
        }
        api.get("arranged") { _, _ in try OperatorRoutes.json(await control.arrangedRooms()) }
        api.put("arranged/:room") { request, context in
            let body = try await request.body.collect(upTo: 65_536)
            guard var wish = try? WireFormat.decode(RoomDefinition.self, from: body.readableBytesView) else {
                throw APIError(.invalid, "Expected a JSON body such as {\"name\":\"board\",\"schedule\":[]}")
            }
            wish.name = try OperatorRoutes.parameter("room", context)
            return try OperatorRoutes.json(try await control.arrange(wish, by: OperatorRoutes.operatorName(request)))
        }
        api.delete("arranged/:room") { request, context in
            let name = try OperatorRoutes.parameter("room", context)
            try await control.forgetRoom(name, by: OperatorRoutes.operatorName(request))
            return try OperatorRoutes.json(Removed(name: name))
        }
        api.get("recordings") { _, _ in try OperatorRoutes.json(try await control.recordings()) }
        api.get("calls") { request, _ in try OperatorRoutes.json(try await control.calls(try query(request))) }
        api.get("messages") { request, _ in
            try OperatorRoutes.json(try await control.messages(try query(request)))
        }
        api.get("audit") { request, _ in try OperatorRoutes.json(try await control.audit(try query(request))) }
    }

    private static func account(_ request: Request) async throws -> SetUser {
        let body = try await request.body.collect(upTo: 65_536)
        guard let wish = try? WireFormat.decode(SetUser.self, from: body.readableBytesView) else {
            throw APIError(.invalid, "Expected a JSON body such as {\"name\":\"ann\",\"password\":\"...\"}")
        }
        return wish
    }

    private static func query(_ request: Request) throws -> RecordQuery {
        var query = RecordQuery()
        func text(_ name: String) -> String? {
            request.uri.queryParameters[Substring(name)].flatMap { PercentEncoding.decode($0) }
        }
        query.room = text("room")
        query.since = try text("since").map(date)
        query.until = try text("until").map(date)
        if let limit = text("limit") {
            guard let number = Int(limit), (1...RecordQuery.most).contains(number) else {
                throw APIError(.invalid, "limit is a number from 1 to \(RecordQuery.most)")
            }
            query.limit = number
        }
        if let offset = text("offset") {
            guard let number = Int(offset), number >= 0 else {
                throw APIError(.invalid, "offset is a number from 0 on")
            }
            query.offset = number
        }
        return query
    }

    private static func date(_ text: String) throws -> Date {
        guard let date = try? Date(text, strategy: .iso8601) else {
            throw APIError(.invalid, "\(text) is no time such as 2026-01-31T09:00:00Z")
        }
        return date
    }
}
