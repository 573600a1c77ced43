// SPDX-License-Identifier: GPL-3.0-or-later

import Devices
import Foundation
import Synchronization
import TestSupport

/// A program inside the virtual machine, in a folder of its own that the host reads while it runs.
final class GuestProgram: Sendable {
    private static let count = Atomic(0)

    let folder: String
    private let machine: VirtualMachine

    /// Starts `script`, of one line or more, in the shared folder `name` with a running number behind.
    init(_ machine: VirtualMachine, _ name: String, script: String) throws {
        self.machine = machine
        let number = Self.count.add(1, ordering: .relaxed).newValue
        folder = "\(machine.shared)/\(number)-\(name)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try script.write(toFile: path("command"), atomically: true, encoding: .utf8)
        machine.tell("run '\(folder)'")
    }

    /// Starts one program, whose arguments the shell leaves alone.
    convenience init(_ machine: VirtualMachine, _ name: String, _ command: [String]) throws {
        let quoted = command.map { "'\($0.replacing("'", with: "'\\''"))'" }
        try self.init(machine, name, script: "exec \(quoted.joined(separator: " "))\n")
    }

    func path(_ name: String) -> String { "\(folder)/\(name)" }

    var output: String { ChildProcess.text(of: path("output")) }
    var everything: String { output + ChildProcess.text(of: path("errors")) }

    /// What it ended with; nil while it runs.
    var status: Int? { Int(ChildProcess.text(of: path("status")).trimmingCharacters(in: .whitespacesAndNewlines)) }

    /// The JSON objects that it printed so far, one a line.
    var events: [[String: Any]] {
        output.split(separator: "\n").compactMap {
            (try? JSONSerialization.jsonObject(with: Data($0.utf8))) as? [String: Any]
        }
    }

    /// How many events there were so far: a mark for `event`.
    var mark: Int { events.count }

    /// Waits for the first event of that kind after `mark`.
    func event(
        _ kind: String, after mark: Int = 0, within patience: Duration = .seconds(60),
        where isRight: @escaping @Sendable ([String: Any]) -> Bool = { _ in true }
    ) async throws {
        try await Condition.await("\(kind) in \(folder)", within: patience, evidence: { self.everything }) {
            if let status { throw RigFailure("ended with \(status)\n\(everything)") }
            return events.dropFirst(mark).contains { $0["event"] as? String == kind && isRight($0) }
        }
    }

    /// Waits until `text` is printed.
    func awaitPrinted(_ text: String, within patience: Duration = .seconds(60)) async throws {
        try await Condition.await("\(text) in \(folder)", within: patience, evidence: { self.everything }) {
            if let status { throw RigFailure("ended with \(status)\n\(everything)") }
            return everything.contains(text)
        }
    }

    /// Asks it to end and waits until it has.
    func stop(_ signal: String = "INT") async throws {
        machine.tell("kill -s \(signal) $(cat '\(path("pid"))')")
        try await Condition.await("end of \(folder)", within: .seconds(30), evidence: { self.everything }) {
            status != nil
        }
    }
}

/// Looks at what a program records while it grows.
struct GuestRecording: Sendable {
    let path: String
    private static let sampleRate = 48_000

    /// 16-bit mono at 48 kHz behind a header of 44 bytes, which is not to be trusted before the end.
    var samples: [Int16] {
        guard let bytes = FileManager.default.contents(atPath: path), bytes.count > 44 else { return [] }
        return bytes.withUnsafeBytes { raw in
            (0..<(raw.count - 44) / 2).map { Int16(raw.loadUnaligned(fromByteOffset: 44 + 2 * $0, as: Int16.self)) }
        }
    }

    /// Waits until `frequency` is heard in most halves of the last four seconds, and `silent` in none but one, where something
    /// may have clicked. The tones of these tests come and go twice a second: a steady one is noise, which is taken out
    /// of what a microphone hears.
    func awaitTone(_ frequency: Double, notOver silent: Double? = nil, within patience: Duration = .seconds(60))
        async throws
    {
        let before = samples.count
        try await Condition.await(
            "\(frequency) Hz in \(path)", within: patience, every: .milliseconds(500),
            evidence: { "levels \(levels(of: frequency)), of \(silent ?? 0) Hz \(silent.map(levels(of:)) ?? [])" }
        ) {
            guard samples.count >= before + 4 * Self.sampleRate else { return false }
            let heard = levels(of: frequency).filter { $0 > -35 }.count
            return heard >= 6 && (silent.map(levels(of:)) ?? []).filter { $0 > -40 }.count <= 1
        }
    }

    /// The loudest tenth of a second in each half of the last four seconds.
    func levels(of frequency: Double) -> [Int] {
        let newest = Array(samples.suffix(4 * Self.sampleRate))
        let detector = ToneDetector(sampleRate: Self.sampleRate)
        let look = Self.sampleRate / 10
        return stride(from: 0, to: newest.count - 5 * look + 1, by: 5 * look).map { start in
            let loudest = (0..<5).map {
                detector.level(of: frequency, in: newest[(start + $0 * look)..<(start + ($0 + 1) * look)])
            }
            return Int(loudest.max() ?? -120)
        }
    }
}
