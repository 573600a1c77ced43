// SPDX-License-Identifier: GPL-3.0-or-later
package import Conference

/// What the operator API answers when it does not do what was asked: the JSON body of every answer from 400 on.
package struct APIError: Error, Hashable, Sendable, Codable {
    /// Stable words for programs.
    package enum Code: String, Hashable, Sendable, Codable, CaseIterable {
        case unknownRoom = "unknown-room"
        case unknownMember = "unknown-member"
        case ambiguousMember = "ambiguous-member"
        case conflict
        case refused
        case invalid
        case limit
        case draining
        /// No such path or method: client and focus are of different versions, or the path is misspelt.
        case unknownRoute = "unknown-route"
        case `internal`
    }

    package var code: Code
    /// One line for people.
    package var message: String
    /// What to do about it; absent when there is nothing to say.
    package var hint: String?

    package init(_ code: Code, _ message: String, hint: String? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
    }

    package init(_ error: ControlError) {
        switch error {
        case .unknownRoom(let room):
            self.init(.unknownRoom, "No room \(room)", hint: "`confabctl list` shows the rooms there are.")
        case .unknownMember(let member, let room):
            self.init(
                .unknownMember, "No member \(member) in room \(room)",
                hint: "It may have left; `confabctl show \(room)` shows who is there.")
        case .ambiguousMember(let text):
            self.init(.ambiguousMember, text, hint: "Name the member by its number.")
        case .conflict(let text): self.init(.conflict, text)
        case .refused(let text): self.init(.refused, text)
        case .invalid(let text): self.init(.invalid, text)
        case .limit(let text):
            self.init(.limit, text, hint: "Limits stand under `conference:` in the configuration.")
        case .draining: self.init(.draining, "The focus is shutting down")
        }
    }

    /// The HTTP status it goes with.
    package var status: Int {
        switch code {
        case .unknownRoom, .unknownMember, .unknownRoute: 404
        case .ambiguousMember, .conflict: 409
        case .refused: 403
        case .invalid: 400
        case .limit, .draining: 503
        case .internal: 500
        }
    }
}
