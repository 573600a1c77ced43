// SPDX-License-Identifier: GPL-3.0-or-later

/// Cuts a stream of chunks into lines, wherever the chunks are cut.
struct LineSplitter {
    private var rest: [UInt8] = []

    /// The lines that a chunk completes, without their ends.
    mutating func feed(_ chunk: some Sequence<UInt8>) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        for byte in chunk {
            if byte == UInt8(ascii: "\n") {
                lines.append(rest)
                rest = []
            } else {
                rest.append(byte)
            }
        }
        return lines
    }
}
