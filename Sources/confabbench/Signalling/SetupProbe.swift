// SPDX-License-Identifier: GPL-3.0-or-later
import Audio
import Glibc
import RTP

/// Calls a room that others keep busy, one call at a time, about every 100 ms, and measures how long each takes to stand.
final class SetupProbe {
    /// From INVITE to 200, ms, of each call.
    private(set) var setups: [Double] = []
    private let dialler: Dialler
    private let caller: LoadMember
    private let room: String
    /// Between two calls, ms. Not an even one: calls of others come evenly, and would always be as near.
    private static let pauses = 90...110

    init(focus: SocketAddress, room: String) throws {
        dialler = try Dialler(focus: focus)
        caller = try LoadMember(
            try PayloadLoop.listener(codec: .pcmu), payloadType: BenchOffer.payloadType(of: .pcmu))
        self.room = room
    }

    /// Goes on for a while, unless what keeps the room busy ends before.
    func run(milliseconds: Int, while isBusy: () -> Bool) throws {
        var next = MediaInstant.now()
        let end = next.advanced(byMilliseconds: milliseconds)
        while next < end, isBusy() {
            try call()
            next = next.advanced(byMilliseconds: .random(in: Self.pauses))
            let pause = next.nanoseconds(since: .now()) / 1000
            if pause > 0 { usleep(UInt32(pause)) }
        }
    }

    private func call() throws {
        let deadline = MediaInstant.now().advanced(byMilliseconds: 5000)
        dialler.invite(caller, 0, to: room)
        while dialler.settled == 0 {
            dialler.serve(waiting: 20)
            dialler.retransmit()
            guard MediaInstant.now() < deadline else { throw BenchError("a call was not answered within 5 s") }
        }
        if let failure = dialler.failures.first { throw BenchError("a call failed: \(failure)") }
        setups += dialler.setups
        dialler.hangUp()
    }
}
