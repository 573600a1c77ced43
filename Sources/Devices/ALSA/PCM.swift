// SPDX-License-Identifier: GPL-3.0-or-later

import CALSA
import Glibc

/// One open ALSA stream, owned by one thread. Signed 16-bit, interleaved, 20 ms periods, never blocking but in `wait`.
@safe struct PCM: ~Copyable {
    enum Direction: Hashable, Sendable {
        case capture
        case playback
    }

    /// What came of waiting, reading or writing.
    enum Outcome: Hashable, Sendable {
        /// That many frames passed, or can; 0 where there was nothing to do yet.
        case frames(Int)
        /// It over- or underran, or the machine slept, and was restarted.
        case restarted
        /// It is gone.
        case lost(String)
    }

    private let handle: OpaquePointer
    private let direction: Direction
    /// What the device really runs at, Hz.
    let sampleRate: Int
    /// 1, or 2 where the device has no mono.
    let channels: Int
    /// Frames in a period.
    let period: Int

    /// Opens `device` at 20 ms periods, as near to `sampleRate` mono as it comes.
    /// - Throws: `DeviceError.unavailable` with advice.
    init(device: String, direction: Direction, sampleRate wanted: Int) throws(DeviceError) {
        confab_alsa_quiet()
        var opened: OpaquePointer?
        let stream = direction == .capture ? SND_PCM_STREAM_CAPTURE : SND_PCM_STREAM_PLAYBACK
        let code = unsafe snd_pcm_open(&opened, device, stream, SND_PCM_NONBLOCK)
        guard code >= 0, let pcm = unsafe opened else {
            throw .unavailable(device: device, reason: Self.reasonNotOpened(device, direction, code))
        }
        let setting: Setting
        switch unsafe Self.configure(pcm, direction, wanted) {
        case .success(let found): setting = found
        case .failure(let fault):
            unsafe snd_pcm_close(pcm)
            throw .unavailable(device: device, reason: "\(fault.step) was refused: \(Self.message(fault.code))")
        }
        unsafe handle = pcm
        self.direction = direction
        sampleRate = setting.sampleRate
        channels = setting.channels
        period = setting.period
        if direction == .capture { unsafe snd_pcm_start(handle) }
    }

    deinit {
        unsafe snd_pcm_drop(handle)
        unsafe snd_pcm_close(handle)
    }

    /// Waits until a period can pass, at most `milliseconds`.
    func wait(milliseconds: Int32) -> Outcome {
        let code = unsafe snd_pcm_wait(handle, milliseconds)
        return code < 0 ? recover(from: code) : .frames(Int(code))
    }

    /// Reads up to `samples.count / channels` frames.
    func read(into samples: inout [Int16]) -> Outcome {
        let room = snd_pcm_uframes_t(samples.count / channels)
        let got = unsafe samples.withUnsafeMutableBufferPointer { buffer in
            unsafe snd_pcm_readi(handle, buffer.baseAddress, room)
        }
        return outcome(of: got)
    }

    /// Writes the frames of `samples` from frame `start` on, as many as fit.
    func write(_ samples: [Int16], from start: Int) -> Outcome {
        let count = snd_pcm_uframes_t(samples.count / channels - start)
        let offset = start * channels
        let wrote = unsafe samples.withUnsafeBufferPointer { buffer in
            unsafe snd_pcm_writei(handle, buffer.baseAddress.map { unsafe $0 + offset }, count)
        }
        return outcome(of: wrote)
    }

    /// How long until what was written has been heard.
    var delay: Duration {
        var frames: snd_pcm_sframes_t = 0
        guard unsafe snd_pcm_delay(handle, &frames) >= 0, frames > 0 else { return .zero }
        return .milliseconds(frames * 1000 / sampleRate)
    }

    private func outcome(of result: snd_pcm_sframes_t) -> Outcome {
        if result == -snd_pcm_sframes_t(EAGAIN) { return .frames(0) }
        return result < 0 ? recover(from: Int32(truncatingIfNeeded: result)) : .frames(result)
    }

    private func recover(from code: Int32) -> Outcome {
        switch -code {
        case EPIPE, ESTRPIPE, EINTR:
            let recovered = unsafe snd_pcm_recover(handle, code, 1)
            guard recovered >= 0 else { return .lost(Self.message(recovered)) }
            if direction == .capture { unsafe snd_pcm_start(handle) }
            return -code == EINTR ? .frames(0) : .restarted
        // A card that is pulled out says either.
        case ENODEV, EIO:
            return .lost("it was unplugged or failed")
        default:
            return .lost(Self.message(code))
        }
    }

    static func message(_ code: Int32) -> String {
        guard let text = unsafe snd_strerror(code) else { return "error \(code)" }
        return unsafe String(cString: text)
    }

    private static func reasonNotOpened(_ device: String, _ direction: Direction, _ code: Int32) -> String {
        let what = direction == .capture ? "microphone" : "speaker"
        switch -code {
        case ENOENT, ENODEV, ENXIO:
            return device == "default"
                ? "this machine has no \(what) (ALSA has no default device); use file:PATH.wav or none"
                : "there is no such \(what); `confab devices` lists those there are"
        case EBUSY: return "is in use by another program"
        case EACCES, EPERM: return "permission denied; is the user in the group audio?"
        default: return message(code)
        }
    }
}

// MARK: - Hardware parameters

extension PCM {
    private struct Setting {
        var sampleRate: Int
        var channels: Int
        var period: Int
    }

    private struct Fault: Error {
        var step: String
        var code: Int32
    }

    /// Periods in the device's buffer. What is to be played waits there: room for one to be late, and no more delay than
    /// that. What was captured is taken as soon as it is there, so that room for a machine under load costs nothing.
    private static func periods(_ direction: Direction) -> snd_pcm_uframes_t {
        direction == .playback ? 3 : 10
    }

    @unsafe private static func configure(
        _ pcm: OpaquePointer, _ direction: Direction, _ wanted: Int
    ) -> Result<Setting, Fault> {
        var allocated: OpaquePointer?
        guard unsafe snd_pcm_hw_params_malloc(&allocated) >= 0, let params = unsafe allocated else {
            return .failure(Fault(step: "memory", code: -ENOMEM))
        }
        defer { unsafe snd_pcm_hw_params_free(params) }
        var code = unsafe snd_pcm_hw_params_any(pcm, params)
        if code < 0 { return .failure(Fault(step: "any configuration", code: code)) }
        code = unsafe snd_pcm_hw_params_set_access(pcm, params, SND_PCM_ACCESS_RW_INTERLEAVED)
        if code < 0 { return .failure(Fault(step: "interleaved access", code: code)) }
        code = unsafe snd_pcm_hw_params_set_format(pcm, params, SND_PCM_FORMAT_S16_LE)
        if code < 0 { return .failure(Fault(step: "16-bit samples (try plughw: in place of hw:)", code: code)) }
        var channels: UInt32 = 1
        code = unsafe snd_pcm_hw_params_set_channels(pcm, params, channels)
        if code < 0 {
            channels = 2
            code = unsafe snd_pcm_hw_params_set_channels(pcm, params, channels)
        }
        if code < 0 { return .failure(Fault(step: "one or two channels (try plughw: in place of hw:)", code: code)) }
        var rate = UInt32(wanted)
        code = unsafe snd_pcm_hw_params_set_rate_near(pcm, params, &rate, nil)
        if code < 0 { return .failure(Fault(step: "\(wanted) Hz", code: code)) }
        var period = snd_pcm_uframes_t(AudioFrame.samples(at: Int(rate)))
        code = unsafe snd_pcm_hw_params_set_period_size_near(pcm, params, &period, nil)
        if code < 0 { return .failure(Fault(step: "a period of 20 ms", code: code)) }
        var buffer = period * periods(direction)
        code = unsafe snd_pcm_hw_params_set_buffer_size_near(pcm, params, &buffer)
        if code < 0 { return .failure(Fault(step: "a buffer of some periods", code: code)) }
        code = unsafe snd_pcm_hw_params(pcm, params)
        if code < 0 { return .failure(Fault(step: "16-bit \(rate) Hz with \(channels) channels", code: code)) }
        return .success(Setting(sampleRate: Int(rate), channels: Int(channels), period: Int(period)))
    }
}
