// SPDX-License-Identifier: GPL-3.0-or-later
package import Devices
import RTP

extension Call {
    /// Everybody in the call with the newest picture: oneself first, then the others in the roster's order, a shared screen last.
    ///
    /// Callable from any thread, as often as a window is drawn.
    package func videoTiles() -> [SceneTile] {
        board.tiles(now: .now())
    }

    /// Switches our camera off, so that nobody sees us and the device is free, or on again.
    ///
    /// - Throws: `UserAgentError.device` where it cannot be opened; `wrongState` in a call that is over or has no video.
    public func setCamera(_ isOn: Bool) async throws(UserAgentError) {
        try await agent.setCamera(id, isOn)
    }

    /// Switches our camera off where it is on, and on where it is off. One that was lost is not waited for any more then.
    ///
    /// - Throws: as `setCamera`.
    public func toggleCamera() async throws(UserAgentError) {
        try await agent.toggleCamera(id)
    }

    /// Sends something else instead of the present camera.
    ///
    /// - Throws: as `setCamera`; what was sent before goes on then.
    package func switchCamera(to spec: VideoSourceSpec) async throws(UserAgentError) {
        try await agent.switchCamera(of: id, to: spec)
    }

    /// Shows a screen or a file to the others beside the camera, or with nil no more.
    ///
    /// - Throws: as `setCamera`; `wrongState` where the other side has no line for it.
    package func share(_ spec: VideoSourceSpec?) async throws(UserAgentError) {
        try await agent.share(spec, in: id)
    }
}
