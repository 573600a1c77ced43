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
    init(members count: Int, payload: Int, seconds: Int) throws {
        for _ in 0..<8 {
            // Below the ports that the load's own sockets get from the system. Any of so many may be somebody else's.
            let first = Int.random(in: 2500..<4500) * 2
            let command = Cores.onMeasured(
                [CommandLine.arguments[0], "floor", "\(count)", "\(first)", "\(payload)", "\(seconds)"])
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
}
