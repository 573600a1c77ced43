// SPDX-License-Identifier: GPL-3.0-or-later

/// Turns what a person named into a source or sink.
package enum AudioDevices {
    /// Opens and starts the source that `spec` names, handing out samples at `sampleRate` Hz.
    ///
    /// Reads a whole file before it returns: call it off the cooperative pool or before the call begins.
    /// - Throws: `DeviceError`; not for `.automatic`, which falls back to silence and says so to `events`.
    package static func source(
        _ spec: AudioSourceSpec, sampleRate: Int, events: @escaping DeviceEventHandler
    ) throws(DeviceError) -> any AudioSource {
        let source: any AudioSource
        switch spec {
        case .automatic:
            do throws(DeviceError) {
                return try self.source(.alsa("default"), sampleRate: sampleRate, events: events)
            } catch {
                events(.substituted(device: "default microphone", reason: error.reason))
                return SilenceSource(sampleRate: sampleRate)
            }
        case .alsa(let device): source = ALSACapture(device: device, sampleRate: sampleRate, events: events)
        case .file(let path, let once): source = try WAVFileSource(path: path, sampleRate: sampleRate, once: once)
        case .tone(let frequency, let level):
            guard frequency * 2 < Double(sampleRate) else {
                throw .badSpec("tone:\(frequency)", advice: "at \(sampleRate) Hz a tone is below \(sampleRate / 2) Hz")
            }
            source = ToneSource(frequency: frequency, level: level, sampleRate: sampleRate)
        case .none: source = SilenceSource(sampleRate: sampleRate)
        }
        try source.start()
        return source
    }

    /// Opens and starts the sink that `spec` names, which takes samples at `sampleRate` Hz.
    /// - Throws: `DeviceError`; not for `.automatic`, which falls back to nowhere and says so to `events`.
    package static func sink(
        _ spec: AudioSinkSpec, sampleRate: Int, events: @escaping DeviceEventHandler
    ) throws(DeviceError) -> any AudioSink {
        let sink: any AudioSink
        switch spec {
        case .automatic:
            do throws(DeviceError) {
                return try self.sink(.alsa("default"), sampleRate: sampleRate, events: events)
            } catch {
                events(.substituted(device: "default speaker", reason: error.reason))
                return NullSink(sampleRate: sampleRate)
            }
        case .alsa(let device): sink = ALSAPlayback(device: device, sampleRate: sampleRate, events: events)
        case .file(let path): sink = WAVFileSink(path: path, sampleRate: sampleRate, events: events)
        case .none: sink = NullSink(sampleRate: sampleRate)
        }
        try sink.start()
        return sink
    }

    /// Every ALSA device the system offers, for `confab devices`. Blocks while configuration files are read.
    package static func list() -> [AudioDeviceDescription] {
        ALSADeviceList.read()
    }
}

extension DeviceError {
    /// The cause without the name of the thing, where the name is said elsewhere in the sentence.
    var reason: String {
        switch self {
        case .badSpec(_, let advice): advice
        case .badFile(_, let reason): reason
        case .unavailable(_, let reason): reason
        case .noPictures(_, let reason): reason
        case .noThread: description
        }
    }
}
