// SPDX-License-Identifier: GPL-3.0-or-later

/// Where a user agent's incoming audio goes: a loudspeaker, a file, or nowhere.
package protocol AudioSink: AnyObject, Sendable {
    /// Rate of the samples it wants, in Hz. Fixed for the life of the sink.
    var sampleRate: Int { get }

    /// What a person would call it.
    var name: String { get }

    /// Begins to play or record.
    func start() throws(DeviceError)

    /// Takes the next mono samples, usually 20 ms of them.
    ///
    /// Never blocks and, once warm, never allocates. Any thread, one at a time.
    func write(_ frame: Span<Int16>)

    /// Plays or writes out what is still buffered, then frees the device or closes the file. Blocks for up to
    /// 200 ms; safe to call twice.
    func stop()
}
