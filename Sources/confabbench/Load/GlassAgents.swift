// SPDX-License-Identifier: GPL-3.0-or-later
import CFloor
import Devices
import Picture
import RTP
import UserAgent

/// Two user agents of the library `UserAgent` in one room: what one of them draws is read off the other's tile.
///
/// All that `confab` does lies between: pacing, encoder, packets, the focus, assembly, decoder, playout. The window is not: a tile is
/// looked at every millisecond, as a screen of 1000 Hz would.
struct GlassAgents {
    /// ms from a picture's clock to its sight, one for each picture that was seen.
    private(set) var delays: [Double] = []
    /// Pictures' clocks that were seen.
    private(set) var seen = 0
    /// Packets that were lost meanwhile, both ways and of both.
    private(set) var lost = 0

    /// - Parameters:
    ///   - focus: where it answers SIP.
    ///   - quality: what the camera is asked for.
    static func measure(
        focus: SocketAddress, quality: VideoOptions.Quality, seconds: Double
    ) async throws -> GlassAgents {
        let camera = try await agent(
            "camera", VideoOptions(isEnabled: true, camera: "pattern:camera", quality: quality))
        let screen = try await agent("screen", VideoOptions(isEnabled: true, camera: "none", quality: quality))
        let uri = "sip:glass@\(focus.host):\(focus.port)"
        do {
            let sends = try await camera.call(uri, microphone: "none", speaker: "none")
            _ = try await sends.waitUntilEstablished()
            let sees = try await screen.call(uri, microphone: "none", speaker: "none")
            _ = try await sees.waitUntilEstablished()
            var run = GlassAgents()
            // Until the picture stands.
            try await run.watch(sees, for: .seconds(4))
            run = GlassAgents()
            let lost = confab_lost()
            try await run.watch(sees, for: .seconds(seconds))
            run.lost = Int(confab_lost() - lost)
            await camera.stop()
            await screen.stop()
            return run
        } catch {
            await camera.stop()
            await screen.stop()
            throw error
        }
    }

    private static func agent(_ name: String, _ video: VideoOptions) async throws -> UserAgent {
        var options = UserAgent.Options()
        options.displayName = name
        options.user = name
        options.listen = "127.0.0.1:0"
        options.video = video
        return try await UserAgent.start(options)
    }

    private mutating func watch(_ call: Call, for duration: Duration) async throws {
        let end = ContinuousClock.now + duration
        var last: UInt32?
        while ContinuousClock.now < end {
            try await Task.sleep(for: .milliseconds(1))
            let tile = call.videoTiles().first { $0.kind == .member && $0.picture != nil }
            guard let frame = tile?.picture?.frame else { continue }
            let now = UInt32(truncatingIfNeeded: MediaInstant.now().nanoseconds / 1_000_000)
            guard let clock = TestPattern.clock(of: frame), clock != last else { continue }
            last = clock
            seen += 1
            delays.append(Double(Int32(bitPattern: now &- clock)))
        }
    }
}
