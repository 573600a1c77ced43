// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import TestSupport

/// A camera whose pictures a program makes, as a webcam's chip does. Each format has a device of its own: a device
/// keeps its first format while anybody has it open, and a test that failed would leave it to the next.
enum LoopbackCamera: Int, CaseIterable, Sendable {
    /// Most webcams send JPEG at larger sizes.
    case jpeg = 7
    /// libv4l thinks that nobody else can read these, and shows them in other forms only.
    case nv12

    var path: String { "/dev/video\(rawValue)" }

    /// As `confab devices` has it.
    private var format: String {
        switch self {
        case .jpeg: "MJPG"
        case .nv12: "NV12"
        }
    }

    /// Colour bars, drawn once: the virtual machine is slow.
    private var script: String {
        let (encoding, file) =
            switch self {
            case .jpeg: ("mjpeg -q:v 3 -pix_fmt yuvj420p", "bars.avi")
            case .nv12: ("rawvideo -pix_fmt nv12", "bars.nut")
            }
        return """
            ffmpeg -v error -f lavfi -i smptebars=size=320x180:rate=10:duration=2 -c:v \(encoding) \(file) &&
            exec ffmpeg -v error -re -stream_loop -1 -i \(file) -c copy -f v4l2 \(path)
            """
    }

    /// Begins to give pictures, and waits until the camera is listed with them.
    /// - Returns: the program that gives them; its end is a pulled cable.
    func plugIn(_ machine: VirtualMachine) async throws -> GuestProgram {
        // The first load counts, whichever test comes first: it is of all.
        let all = Self.allCases
        let options = [
            "devices=\(all.count)",
            "video_nr=\(all.map { "\($0.rawValue)" }.joined(separator: ","))",
            "card_label=\(all.map { "Jay-\($0)" }.joined(separator: ","))",
            "exclusive_caps=\(all.map { _ in "1" }.joined(separator: ","))",
        ]
        try await machine.shell("load v4l2loopback \(options.joined(separator: " "))")
        let chip = try GuestProgram(machine, "chip", script: script)
        try await explaining(machine, [chip]) {
            try await Condition.await("\(format) of \(path)", within: .seconds(60)) {
                let listed = try await machine.shell("exec \(Meeting.program("confab")) devices")
                // A camera's formats stand indented below its line.
                let own = listed.components(separatedBy: "camera:\(path)  (camera)  Jay-\(self)\n").dropFirst().first
                return own?.prefix { $0 != ":" }.contains("    320x180 \(format)") == true
            }
        }
        return chip
    }

    /// Runs `body`; where it fails, adds what may tell why to the failure.
    func explaining(
        _ machine: VirtualMachine, _ programs: [GuestProgram], _ body: () async throws -> Void
    ) async throws {
        do {
            try await body()
        } catch {
            let said = programs.map { "--- \($0.folder):\n\($0.everything.suffix(4000))" }.joined(separator: "\n")
            throw RigFailure("\(error)\n\(said)\n\(await evidence(machine))")
        }
    }

    /// What the machine says of its cameras.
    private func evidence(_ machine: VirtualMachine) async -> String {
        let script = """
            for device in /sys/class/video4linux/video*; do
                echo "$device: $(cat $device/name), format $(cat $device/format 2>&1)"
            done
            echo "--- confab devices:"
            \(Meeting.program("confab")) devices 2>&1
            echo "--- who runs:"
            ps -eo pid,stat,args | grep -E 'ffmpeg|confab' | grep -v grep
            echo "--- the kernel:"
            dmesg | tail -n 40
            true
            """
        do {
            return try await machine.shell(script)
        } catch {
            return "the machine says nothing: \(error)"
        }
    }
}
