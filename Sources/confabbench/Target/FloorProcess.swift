// SPDX-License-Identifier: GPL-3.0-or-later
import CFloor
import Foundation
import RTP
import TestSupport

/// The bare C loop in a process of its own, on the core of what is measured: this program again, with `floor`.
final class FloorProcess {
    let child: ChildProcess
    let members: [SocketAddress]

    var pid: Int32 { child.pid }

    /// - Parameters:
    ///   - payload: bytes of each packet that it sends, without the 12 of the fixed header.
    ///   - seconds: how long it may run at most from the first packet.
    convenience init(members count: Int, payload: Int, seconds: Int) throws {
        try self.init(members: count) { first in ["floor", "\(count)", "\(first)", "\(payload)", "\(seconds)"] }
    }

    /// - Parameters:
    ///   - count: ports that it binds, two apart.
    ///   - arguments: for this program, given the first of them.
    init(members count: Int, arguments: (Int) -> [String]) throws {
        for _ in 0..<8 {
            // Below the ports that the load's own sockets get from the system. Any of so many may be somebody else's.
            let first = Int.random(in: 2500..<4500) * 2
            let command = Cores.onMeasured([CommandLine.arguments[0]] + arguments(first))
            let child = try ChildProcess(.init(command[0], Array(command.dropFirst())))
            // Its sockets are there once the last one's port is taken.
            let deadline = ContinuousClock.now + .seconds(5)
            while child.isRunning, FreePort.isFree(first + 2 * (count - 1)), .now < deadline { usleep(10_000) }
            guard child.isRunning, .now < deadline else { continue }
            self.child = child
            members = (0..<count).map { .loopback(port: UInt16(first + 2 * $0)) }
            return
        }
        throw BenchError("the bare loop did not start")
    }

    func stop() {
        child.kill()
    }

    /// What the child does.
    static func run(members: Int, firstPort: Int, payload: Int, seconds: Int) throws {
        _ = confab_raise_file_limit()
        var result = confab_floor_result()
        let code = unsafe confab_floor_run(
            Int32(members), Int32(firstPort), Int32(payload), Int32(seconds), &result)
        guard code == 0 else { throw BenchError("bare loop: \(SystemError(rawValue: code))") }
    }

    /// What the child of a load of video does.
    static func forward(
        legs: Int, firstPort: Int, room: Int, senders: Int, segments: Bool, seconds: Int
    ) throws {
        _ = confab_raise_file_limit()
        let code = confab_forward_run(
            Int32(legs), Int32(firstPort), Int32(room), Int32(senders), segments ? 1 : 0, Int32(seconds))
        guard code == 0 else { throw BenchError("bare forwarder: \(SystemError(rawValue: code))") }
    }
}
