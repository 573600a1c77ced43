// SPDX-License-Identifier: GPL-3.0-or-later

import Devices
import Geometry
import Picture
import Synchronization
import TestSupport

/// What a source delivered and reported, for tests to look at while it runs.
final class CaptureRecorder: Sendable {
    private struct State {
        var pictures: [CapturedPicture] = []
        var events: [CaptureEvent] = []
    }

    private let state = Mutex(State())

    var pictures: [CapturedPicture] { state.withLock { $0.pictures } }
    var events: [CaptureEvent] { state.withLock { $0.events } }
    var last: CapturedPicture? { state.withLock { $0.pictures.last } }

    func start(_ source: any PictureSource, _ size: PictureSize, rate: Int) throws(DeviceError) {
        try source.start(CaptureFormat(size: size, rate: rate)) { picture in
            self.state.withLock { $0.pictures.append(picture) }
        } report: { event in
            self.state.withLock { $0.events.append(event) }
        }
    }

    /// Waits for `count` pictures in all.
    func pictures(_ count: Int, within patience: Duration = .seconds(20)) async throws -> [CapturedPicture] {
        try await Condition.await("\(count) pictures", within: patience, evidence: { "\(self.pictures.count) came" }) {
            self.pictures.count >= count
        }
        return pictures
    }

    /// Waits for a picture that satisfies `condition`.
    func picture(
        _ what: String, within patience: Duration = .seconds(20),
        where condition: @escaping @Sendable (PictureFrame) -> Bool
    ) async throws {
        try await Condition.await(what, within: patience, evidence: { "\(self.pictures.count) came, \(self.events)" }) {
            self.last.map { condition($0.picture.frame) } ?? false
        }
    }

    /// Waits for an event.
    func event(
        _ what: String, within patience: Duration = .seconds(20),
        where condition: @escaping @Sendable (CaptureEvent) -> Bool
    ) async throws {
        try await Condition.await(what, within: patience, evidence: { "\(self.events)" }) {
            self.events.contains(where: condition)
        }
    }
}
