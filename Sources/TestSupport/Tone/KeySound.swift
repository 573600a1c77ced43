// SPDX-License-Identifier: GPL-3.0-or-later

/// Keys as a telephone sounds them (ITU-T Q.23): two tones each.
package enum KeySound {
    private static let rows = [697.0, 770, 852, 941]
    private static let columns = [1209.0, 1336, 1477, 1633]
    private static let keys = ["123A", "456B", "789C", "*0#D"].map(Array.init)

    /// - Parameters:
    ///   - level: of each of the two, dBFS.
    ///   - milliseconds: of each key, and of the silence after it.
    /// - Returns: samples of both, of all keys; other characters are left out.
    package static func samples(
        _ text: String, sampleRate: Int, level: Double = -16, milliseconds: Int = 100
    ) -> [Int16] {
        let count = sampleRate * milliseconds / 1000
        return text.flatMap { key -> [Int16] in
            guard let row = keys.firstIndex(where: { $0.contains(key) }), let column = keys[row].firstIndex(of: key)
            else { return [] }
            var low = ToneGenerator(frequency: rows[row], level: level, sampleRate: sampleRate)
            var high = ToneGenerator(frequency: columns[column], level: level, sampleRate: sampleRate)
            return zip(low.next(count), high.next(count)).map(+) + [Int16](repeating: 0, count: count)
        }
    }
}
