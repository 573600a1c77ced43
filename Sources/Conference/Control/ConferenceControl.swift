// SPDX-License-Identifier: GPL-3.0-or-later

/// What operators can see and do. The Focus implements it; the operator API serves it, and nothing else of the focus.
///
/// Commands are idempotent: muting who is muted or locking what is locked changes nothing and answers the same; a room or
/// member that is gone is unknown. `by` names the operator for reasons, events and the log; the socket's permissions, not
/// this name, decide who may command.
/// A room is named by the user part of its URI, unescaped. A member is named by its number, its SIP URI, or its user
/// part or display name where only one member of the room has it (`Room.resolve`).
package protocol ConferenceControl: Sendable {
    func version() async -> VersionInfo
    func statistics() async -> FocusStatistics
    /// All rooms, by name.
    func rooms() async -> [RoomSummary]
    func room(_ name: String) async throws(ControlError) -> RoomDetail
    /// Why a member's call is as it is.
    ///
    /// - Parameter room: nil looks in all.
    func explain(_ member: String, in room: String?) async throws(ControlError) -> Explanation
    /// Opens a room that stands until it is cancelled, and frees a cancelled name. `conflict` when it exists.
    func create(_ room: String, by operatorName: String) async throws(ControlError) -> RoomSummary
    /// What can be done to a room and its members. `refused` where it may not be, or nothing can be recorded or called.
    func command(
        _ command: RoomCommand, in room: String, by operatorName: String
    ) async throws(ControlError) -> CommandOutcome
    /// Files of recordings, the latest first.
    func recordings() async throws(ControlError) -> [RecordingDetail]
    /// Rooms that are arranged beforehand, by name.
    func arrangedRooms() async -> [RoomDefinition]
    /// Arranges a room, in place of what was arranged under its name.
    func arrange(_ definition: RoomDefinition, by operatorName: String) async throws(ControlError) -> RoomDefinition
    /// Forgets what was arranged. A room that stands goes on.
    func forgetRoom(_ name: String, by operatorName: String) async throws(ControlError)
    /// Who may log in, by name.
    func users() async -> [UserSummary]
    /// Makes an account, or gives it another password.
    ///
    /// - Parameters:
    ///   - displayName: nil leaves it as it is.
    ///   - isNew: `conflict` where the account exists; otherwise `invalid` where it does not.
    func setUser(
        _ name: String, displayName: String?, password: String, isNew: Bool, by operatorName: String
    ) async throws(ControlError) -> UserSummary
    func removeUser(_ name: String, by operatorName: String) async throws(ControlError)
    /// Calls that are over, the latest first. `refused` where nothing is kept.
    func calls(_ query: RecordQuery) async throws(ControlError) -> [StoredCall]
    /// What was commanded, the latest first. `refused` where nothing is kept.
    func audit(_ query: RecordQuery) async throws(ControlError) -> [AuditEntry]
    /// What was said in chats, the latest first. `refused` where nothing is kept.
    func messages(_ query: RecordQuery) async throws(ControlError) -> [ChatMessage]
    /// What happens from now on, in all rooms or in one, which need not exist yet. The stream ends with the focus.
    /// It is bounded: a watcher that does not keep up sees a gap in `ConferenceEvent.sequence`.
    func events(room: String?) async -> AsyncStream<ConferenceEvent>
}
