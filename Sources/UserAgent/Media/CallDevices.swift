// SPDX-License-Identifier: GPL-3.0-or-later
import Devices
import NIOPosix

/// Where a call's audio comes from and where it goes, open and running.
struct CallDevices: Sendable {
    /// Hz of both, mono: the highest rate of any codec, so that the devices are open before the codec is known.
    static let sampleRate = 48_000
    /// Nanoseconds that samples spend, in the mean, in a sound card and in what joins its clock to the call's.
    static let cardDelay: Int64 = 60_000_000

    let source: any AudioSource
    let sink: any AudioSink

    /// A sound card, whose microphone may hear the loudspeaker and the room.
    var sourceIsReal: Bool {
        switch source {
        case is SilenceSource, is ToneSource, is WAVFileSource: false
        default: true
        }
    }

    /// Nanoseconds from a sound to the tick that takes it.
    var captureDelay: Int64 { sourceIsReal ? Self.cardDelay : 0 }

    /// A sound card, which the microphone may hear.
    var sinkIsReal: Bool {
        switch sink {
        case is NullSink, is WAVFileSink: false
        default: true
        }
    }

    /// Opens both off the event loop and the cooperative pool.
    ///
    /// - Parameters:
    ///   - microphone: as `AudioSourceSpec` reads it; nil for the system's, or silence where there is none.
    ///   - speaker: as `AudioSinkSpec` reads it; nil for the system's, or nowhere where there is none.
    ///   - notice: what a person should know, now and later; called on any thread.
    /// - Throws: `UserAgentError.device`, in words for the person who named it.
    static func open(
        microphone: String?, speaker: String?, notice: @escaping @Sendable (String) -> Void
    ) async throws(UserAgentError) -> CallDevices {
        do {
            let source = try microphone.map { try AudioSourceSpec(parsing: $0) } ?? .automatic
            let sink = try speaker.map { try AudioSinkSpec(parsing: $0) } ?? .automatic
            return try await NIOThreadPool.singleton.runIfActive {
                let events: DeviceEventHandler = { notice($0.description) }
                let source = try AudioDevices.source(source, sampleRate: sampleRate, events: events)
                do {
                    return CallDevices(
                        source: source, sink: try AudioDevices.sink(sink, sampleRate: sampleRate, events: events))
                } catch {
                    source.stop()
                    throw error
                }
            }
        } catch {
            throw .device("\(error)")
        }
    }

    /// Writes out what is still to be written and frees both. Blocks for up to 0.4 s: for a thread that may wait.
    func stop() {
        source.stop()
        sink.stop()
    }

    /// The same from the control plane: returns at once, `done` is called on another thread.
    func stop(_ done: @escaping @Sendable () -> Void) {
        NIOThreadPool.singleton.submit { _ in
            stop()
            done()
        }
    }
}
