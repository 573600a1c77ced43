// SPDX-License-Identifier: GPL-3.0-or-later

import CAVFormat

/// Sound of whatever kind to 16-bit mono at one rate. One thread at a time.
@safe final class SoundConverter {
    private struct Input: Hashable {
        var format: Int32
        var rate: Int32
        var channels: Int32
    }

    private let rate: Int
    private var context: OpaquePointer?
    private var input: Input?
    private(set) var samples: [Int16] = []

    /// - Parameter rate: of what comes out, Hz.
    init(rate: Int) {
        self.rate = rate
    }

    deinit {
        unsafe swr_free(&context)
    }

    /// Forgets what the filter still holds.
    func reset() {
        unsafe swr_free(&context)
        input = nil
    }

    /// Converts `frame` to the front of `samples`.
    /// - Returns: how many came out; nil where the sound is of a kind that cannot be converted.
    func convert(_ frame: UnsafeMutablePointer<AVFrame>) -> Int? {
        let found = unsafe Input(
            format: frame.pointee.format, rate: frame.pointee.sample_rate, channels: frame.pointee.ch_layout.nb_channels
        )
        guard (4000...384_000).contains(found.rate), (1...64).contains(found.channels),
            unsafe (0...(1 << 20)).contains(frame.pointee.nb_samples)
        else { return nil }
        if found != input {
            guard unsafe open(frame) else { return nil }
            input = found
        }
        guard let context = unsafe context else { return nil }
        let room = unsafe swr_get_out_samples(context, frame.pointee.nb_samples)
        guard room >= 0 else { return nil }
        if samples.count < Int(room) { samples = Array(repeating: 0, count: Int(room)) }
        let count = unsafe samples.withUnsafeMutableBufferPointer {
            unsafe confab_swr_convert(context, $0.baseAddress, room, frame)
        }
        return count < 0 ? nil : Int(count)
    }

    private func open(_ frame: UnsafeMutablePointer<AVFrame>) -> Bool {
        unsafe swr_free(&context)
        var mono = unsafe AVChannelLayout()
        unsafe av_channel_layout_default(&mono, 1)
        // Files that do not say where their channels belong.
        if unsafe frame.pointee.ch_layout.order == AV_CHANNEL_ORDER_UNSPEC {
            unsafe av_channel_layout_default(&frame.pointee.ch_layout, frame.pointee.ch_layout.nb_channels)
        }
        let format = unsafe AVSampleFormat(frame.pointee.format)
        let code = unsafe swr_alloc_set_opts2(
            &context, &mono, AV_SAMPLE_FMT_S16, Int32(rate), &frame.pointee.ch_layout, format,
            frame.pointee.sample_rate, 0, nil)
        return unsafe code == 0 && swr_init(context) == 0
    }
}
