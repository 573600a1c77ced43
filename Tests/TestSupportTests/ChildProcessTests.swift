// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import TestSupport
import Testing

@Suite final class ChildProcessTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "confab-\(UUID().uuidString)")

    init() throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(at: folder)
    }

    private func temporary(_ name: String) -> String {
        folder.appending(path: name).path(percentEncoded: false)
    }

    @Test func aProgramIsFedReadAndItsStatusKnown() async throws {
        var launch = ChildProcess.Launch("sh", ["-c", "read x; echo \"$GREETING $x\"; pwd; exit 3"])
        launch.output = temporary("out")
        launch.takesInput = true
        launch.folder = "/"
        launch.environment = ["GREETING": "hello"]
        let child = try ChildProcess(launch)
        #expect(child.isRunning)
        child.write(line: "world")
        #expect(await child.waitForExit(within: .seconds(10)) == .status(3))
        #expect(child.printed == "hello world\n/\n")
        child.write(line: "too late")
    }

    @Test func aProgramThatDoesNotExistEndsWith127() async throws {
        let child = try ChildProcess(.init("confab-no-such-program"))
        #expect(await child.waitForExit(within: .seconds(10)) == .status(127))
    }

    @Test func whatIgnoresTheSignalIsKilledWithAllItStarted() async throws {
        var launch = ChildProcess.Launch("sh", ["-c", "trap '' TERM; sleep 1000 & echo $!; wait; wait"])
        launch.output = temporary("out")
        let child = try ChildProcess(launch)
        try await Condition.await("the grandchild's id") { child.printed.hasSuffix("\n") }
        let grandchild = try #require(pid_t(child.printed.trimmingCharacters(in: .newlines)))
        #expect(await child.stop(SIGTERM, within: .milliseconds(100)) == .signal(SIGKILL))
        try await Condition.await("the grandchild gone") { Self.isGone(grandchild) }
    }

    @Test func droppingTheLastReferenceKills() async throws {
        var child: ChildProcess? = try ChildProcess(.init("sleep", ["1000"]))
        let pid = try #require(child?.pid)
        #expect(!Self.isGone(pid))
        child = nil
        #expect(Self.isGone(pid))
    }

    /// A process that dies without a word takes its children with it.
    @Test func theGuardKillsWhenItsPipeCloses() async throws {
        var launch = ChildProcess.Launch("sleep", ["1000"])
        launch.output = temporary("out")
        let child = try ChildProcess(launch)
        child.abandon()
        #expect(await child.waitForExit(within: .seconds(10)) == .signal(SIGKILL))
    }

    @Test func aPortIsNotGivenTwiceNorWhileItIsTaken() throws {
        let ports = try (0..<20).map { _ in try FreePort.allocate(count: 2) }
        #expect(Set(ports).count == 20)
        #expect(ports.allSatisfy { $0 % 2 == 0 })
        let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(descriptor, generic, length) == 0 && getsockname(descriptor, generic, &length) == 0
            }
        }
        #expect(bound)
        #expect(!FreePort.isFree(Int(in_port_t(bigEndian: address.sin_port))))
    }

    private static func isGone(_ pid: pid_t) -> Bool {
        // A zombie that its new parent has not reaped yet is gone as well.
        guard let status = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8) else { return true }
        return status.contains(") Z ")
    }
}
