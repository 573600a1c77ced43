// SPDX-License-Identifier: GPL-3.0-or-later
import Devices
import Picture
import Synchronization
import TestSupport
import Testing

@testable import UserAgent

/// Somebody with a test pattern for a camera, whose patch tells whose picture it is.
enum Patch: String, CaseIterable {
    case ada = "20C040"
    case bob = "C03030"
    case cyd = "3050D0"
    /// Of a shared screen.
    case screen = "D0B020"

    /// As `VideoSourceSpec` reads it.
    var camera: String { "pattern:\(self)@\(rawValue)" }

    var color: PictureColor {
        let number = UInt32(rawValue, radix: 16) ?? 0
        return PictureColor(
            red: UInt8(number >> 16), green: UInt8(number >> 8 & 0xFF), blue: UInt8(number & 0xFF))
    }
}

extension UserAgent.Options {
    /// Somebody on the loopback with a camera.
    static func visible(
        _ person: Patch, on host: String = "127.0.0.1", codecs: [VideoOptions.Codec] = VideoOptions.Codec.allCases
    ) -> UserAgent.Options {
        var options = UserAgent.Options.quiet("\(person)", on: host, [.opus])
        options.video = VideoOptions(isEnabled: true, camera: person.camera, quality: .low, codecs: codecs)
        return options
    }
}

extension Call {
    /// What the tile of a name shows now: its patch's colour; nil where it has no picture.
    func color(of name: String) -> PictureColor? {
        tile(name)?.picture.map { TestPattern.color(of: $0.frame) }
    }

    func tile(_ name: String) -> SceneTile? {
        videoTiles().first { $0.name == name && $0.kind != .screen }
    }

    /// Waits until a tile of that kind and name shows a person's pattern.
    func sees(
        _ patch: Patch, of kind: SceneTile.Kind, named name: String, within patience: Duration = .seconds(5)
    ) async throws {
        try await Condition.await("\(kind) of \(name)", within: patience, evidence: { self.sight }) {
            self.videoTiles().contains { tile in
                tile.kind == kind && tile.name == name
                    && tile.picture.map { TestPattern.color(of: $0.frame).distance(to: patch.color) < 24 } == true
            }
        }
    }

    /// All tiles in words.
    var sight: String {
        videoTiles().map { tile in
            let picture = tile.picture.map { "\($0.size) \(TestPattern.color(of: $0.frame))" } ?? tile.absence
            return "\(tile.kind) \(tile.name): \(picture)"
        }.joined(separator: "; ")
    }

    /// Waits until the tile of a name shows a person's pattern with a running clock.
    func sees(_ patch: Patch, as name: String, within patience: Duration = .seconds(5)) async throws {
        let first = Mutex<UInt32?>(nil)
        try await Condition.await("\(name) in \(patch.color)", within: patience, evidence: { self.sight }) {
            guard let picture = self.tile(name)?.picture,
                TestPattern.color(of: picture.frame).distance(to: patch.color) < 24,
                let clock = TestPattern.clock(of: picture.frame)
            else { return false }
            return first.withLock { first in
                defer { first = first ?? clock }
                return first.map { clock > $0 } ?? false
            }
        }
    }

    /// Waits until the tile of a name has no picture, for the reason given.
    func misses(_ name: String, because absence: String, within patience: Duration = .seconds(5)) async throws {
        try await Condition.await("\(name) \(absence)", within: patience, evidence: { self.sight }) {
            guard let tile = self.tile(name) else { return false }
            return tile.picture == nil && tile.absence == absence
        }
    }
}
