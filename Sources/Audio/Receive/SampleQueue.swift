// SPDX-License-Identifier: GPL-3.0-or-later

/// Decoded samples waiting to be played, in one fixed block of memory with a little of what was played before them.
///
/// While all that waits is silence it is only a number, so a leg that is not decoded costs no memory traffic.
@safe struct SampleQueue: ~Copyable {
    /// Samples already played that are kept: twice the longest filter that may have to be started in mid-stream.
    static let history = 128

    private let storage: UnsafeMutableBufferPointer<Int16>
    private let capacity: Int
    private var read = SampleQueue.history
    private var write = SampleQueue.history
    private var silence = 0
    private(set) var isSilent = true
    /// The last sample in the queue, or the last one played when it is empty.
    private(set) var last: Int16 = 0

    init(capacity: Int) {
        self.capacity = Self.history + capacity
        unsafe storage = .allocate(capacity: self.capacity)
        unsafe storage.initialize(repeating: 0)
    }

    deinit { unsafe storage.deallocate() }

    var count: Int { isSilent ? silence : write - read }

    /// Forgets all; `count` samples of silence wait.
    mutating func reset(count: Int) {
        isSilent = true
        silence = count
        last = 0
    }

    /// Treats what waits as silence: it was measured to be.
    mutating func hush() {
        guard !isSilent else { return }
        silence = write - read
        isSilent = true
        last = 0
    }

    /// Room for `count` samples at the end, to be written and then committed; less where the queue is full.
    mutating func room(_ count: Int) -> UnsafeMutableBufferPointer<Int16> {
        materialise()
        compact()
        let end = min(write + count, capacity)
        return unsafe UnsafeMutableBufferPointer(rebasing: storage[write..<end])
    }

    /// Appends what was written to `room`.
    /// - Parameters:
    ///   - skip: samples at its beginning to throw away.
    ///   - splice: samples over which to fade from the last sample to what follows; 0: it continues what is here.
    mutating func commit(_ count: Int, skip: Int = 0, splice: Int = 0) {
        var count = min(max(0, count), capacity - write)
        if skip > 0 {
            let kept = max(0, count - skip)
            move(kept, from: write + skip, to: write)
            count = kept
        }
        let fade = min(splice, count)
        let start = Int32(last)
        for index in 0..<fade {
            let gain = Int32(index + 1) * 32768 / Int32(fade + 1)
            let mixed = unsafe Int32(storage[write + index]) * gain + start * (32768 - gain)
            unsafe storage[write + index] = Int16(clamping: mixed >> 15)
        }
        write += count
        if count > 0 { last = unsafe storage[write - 1] }
    }

    /// Appends silence, fading out over `splice` samples what was before.
    mutating func appendSilence(_ count: Int, splice: Int = 0) {
        if isSilent {
            silence += count
            return
        }
        let room = unsafe room(count)
        unsafe room.update(repeating: 0)
        commit(room.count, splice: last == 0 ? 0 : splice)
    }

    /// The next `count` samples to play, fewer if fewer wait. Not for a silent queue.
    func waiting(_ count: Int) -> UnsafeBufferPointer<Int16> {
        unsafe UnsafeBufferPointer(rebasing: storage[read..<min(read + count, write)])
    }

    /// The last `history` played samples followed by `count` of those that wait.
    func recent(and count: Int) -> UnsafeBufferPointer<Int16> {
        unsafe UnsafeBufferPointer(rebasing: storage[max(0, read - Self.history)..<min(read + count, write)])
    }

    /// Takes `count` samples out; a negative count puts back what is still kept.
    mutating func consume(_ count: Int) {
        if isSilent {
            silence = max(0, silence - count)
        } else {
            read = min(max(0, read + count), write)
        }
    }

    private func move(_ count: Int, from source: Int, to target: Int) {
        guard count > 0, let base = unsafe storage.baseAddress else { return }
        unsafe (base + target).update(from: base + source, count: count)
    }

    private mutating func materialise() {
        guard isSilent else { return }
        isSilent = false
        read = Self.history
        write = min(Self.history + silence, capacity)
        unsafe UnsafeMutableBufferPointer(rebasing: storage[..<write]).update(repeating: 0)
        silence = 0
    }

    private mutating func compact() {
        let surplus = read - Self.history
        guard surplus > 0 else { return }
        move(write - surplus, from: surplus, to: 0)
        read -= surplus
        write -= surplus
    }
}
