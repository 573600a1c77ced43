// SPDX-License-Identifier: GPL-3.0-or-later
import Conference
import Logging

// What goes with a line of the log: by it one `grep` follows a call from INVITE to end, and another a room.
extension Focus {
    /// Of a call, a room, or both: what is known where the line is written.
    func metadata(
        callID: String? = nil, room: String? = nil, member: MemberID? = nil, _ more: Logger.Metadata = [:]
    ) -> Logger.Metadata {
        var metadata = more
        if let callID { metadata["call-id"] = "\(callID)" }
        if let room { metadata["room"] = "\(room)" }
        if let member { metadata["member"] = "\(member)" }
        return metadata
    }

    /// Of a call, in the room where it is.
    func metadata(_ call: FocusCall, _ more: Logger.Metadata = [:]) -> Logger.Metadata {
        metadata(callID: call.callID, room: call.roomName, member: call.member, more)
    }

    /// Of who may have no call, or none any more.
    ///
    /// - Parameter room: what the line is about, wherever the member is.
    func metadata(of member: MemberID?, in room: String?, _ more: Logger.Metadata = [:]) -> Logger.Metadata {
        metadata(callID: member.flatMap { call(of: $0)?.callID }, room: room, member: member, more)
    }
}
