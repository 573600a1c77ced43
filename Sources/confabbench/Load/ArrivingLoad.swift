// SPDX-License-Identifier: GPL-3.0-or-later
import RTP

/// Traffic of a room into which members come at a steady rate while others talk.
final class ArrivingLoad: PlannedLoad {
    let traffic: Traffic
    private let dialler: Dialler
    private let members: [LoadMember]
    private let room: String
    private var dialled = 0
    /// How many are to have been called by and by.
    private var wanted = 0
    /// When the next may come, ns.
    private var next: Int64 = 0
    private var interval: Int64 = 0
    private var lastLook: Int64 = 0

    /// - Parameter members: in the order in which they come.
    init(_ members: [LoadMember], room: String, dialler: Dialler) throws {
        self.members = members
        self.room = room
        self.dialler = dialler
        traffic = try Traffic(members, beside: (dialler.socket.descriptor, { dialler.serve() }))
    }

    var pace: Pace {
        get { traffic.pace }
        set { traffic.pace = newValue }
    }
    var due: Int64 { traffic.due }
    func sendNext() { traffic.sendNext() }

    /// Has `count` more come, spread over `seconds`, and goes on until all their calls stand.
    func welcome(_ count: Int, over seconds: Double) throws {
        wanted += count
        let deadline = MediaInstant.now().advanced(byMilliseconds: Int(seconds * 1000) + 10_000)
        interval = Int64(seconds * 1e9) / Int64(max(1, count))
        next = MediaInstant.now().nanoseconds
        while dialler.settled < wanted {
            guard MediaInstant.now() < deadline else {
                throw BenchError("\(wanted - dialler.settled) of \(wanted) calls were not answered in time")
            }
            run(seconds: 0.1)
        }
        if let first = dialler.failures.first {
            throw BenchError("\(dialler.failures.count) calls failed; the first: \(first)")
        }
    }

    func receive(milliseconds: Int) {
        let now = MediaInstant.now().nanoseconds
        if next <= now, dialled < wanted {
            dialler.invite(members[dialled], dialled, to: room)
            dialled += 1
            next += interval
        }
        if now - lastLook > 100_000_000 {
            lastLook = now
            dialler.retransmit()
        }
        traffic.receive(milliseconds: milliseconds)
    }
}
