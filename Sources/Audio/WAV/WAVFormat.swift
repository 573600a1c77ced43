// SPDX-License-Identifier: GPL-3.0-or-later

/// How the samples of a WAV file are laid out (its `fmt ` chunk) and where they lie.
struct WAVFormat: Hashable, Sendable {
    /// How one sample is written.
    enum Encoding: Hashable, Sendable {
        case unsigned8
        case signed16
        case signed24
        case signed32
        case float32
        case float64

        /// Bytes of one sample of one channel.
        var width: Int {
            switch self {
            case .unsigned8: 1
            case .signed16: 2
            case .signed24: 3
            case .signed32, .float32: 4
            case .float64: 8
            }
        }
    }

    var encoding: Encoding
    var channels: Int
    /// Hz.
    var sampleRate: Int
    /// Bytes of the file that hold samples, a whole number of sample frames.
    var data: Range<Int>

    /// Finds the format and the samples in a whole file.
    ///
    /// A data chunk that claims nothing, or more than there is (its writer was killed), reaches to the end of the file.
    /// - Returns: the reason as a failure where it is not a WAV file that can be read.
    static func find(in file: Span<UInt8>) -> Result<WAVFormat, WAVFault> {
        guard file.count >= 12, file.text(at: 0, is: "RIFF"), file.text(at: 8, is: "WAVE") else {
            return .failure(WAVFault("is not a WAV file (no RIFF/WAVE at its start)"))
        }
        var position = 12
        var described: WAVFormat?
        while position + 8 <= file.count {
            let claimed = Int(file.littleEndian(at: position + 4, bytes: 4))
            let start = position + 8
            if file.text(at: position, is: "fmt ") {
                switch describe(file, at: start, length: min(claimed, file.count - start)) {
                case .success(let format): described = format
                case .failure(let fault): return .failure(fault)
                }
            } else if file.text(at: position, is: "data") {
                guard var format = described else { return .failure(WAVFault("has samples before their format")) }
                let present = file.count - start
                let length = claimed == 0 || claimed > present ? present : claimed
                let frame = format.encoding.width * format.channels
                format.data = start..<(start + length / frame * frame)
                guard !format.data.isEmpty else { return .failure(WAVFault("holds no samples")) }
                return .success(format)
            }
            position = start + claimed + claimed % 2
        }
        return .failure(WAVFault(described == nil ? "has no format chunk" : "has no data chunk"))
    }

    private static func describe(_ file: Span<UInt8>, at start: Int, length: Int) -> Result<WAVFormat, WAVFault> {
        guard length >= 16 else { return .failure(WAVFault("has a format chunk that is too short")) }
        var tag = file.littleEndian(at: start, bytes: 2)
        if tag == 0xFFFE, length >= 26 { tag = file.littleEndian(at: start + 24, bytes: 2) }
        let channels = Int(file.littleEndian(at: start + 2, bytes: 2))
        let rate = Int(file.littleEndian(at: start + 4, bytes: 4))
        let bits = file.littleEndian(at: start + 14, bytes: 2)
        guard (1...32).contains(channels) else { return .failure(WAVFault("has \(channels) channels")) }
        guard (1000...384_000).contains(rate) else { return .failure(WAVFault("has a rate of \(rate) Hz")) }
        let encoding: Encoding
        switch (tag, bits) {
        case (1, 8): encoding = .unsigned8
        case (1, 16): encoding = .signed16
        case (1, 24): encoding = .signed24
        case (1, 32): encoding = .signed32
        case (3, 32): encoding = .float32
        case (3, 64): encoding = .float64
        case (1, _), (3, _): return .failure(WAVFault("has \(bits)-bit samples; 8, 16, 24, 32 and float are read"))
        default:
            return .failure(
                WAVFault(
                    "is compressed (format \(tag)); turn it into PCM, for example: sox IN.wav -e signed -b 16 OUT.wav"))
        }
        return .success(WAVFormat(encoding: encoding, channels: channels, sampleRate: rate, data: 0..<0))
    }
}

/// Why a file is not a WAV file that can be read.
package struct WAVFault: Error, Hashable {
    package let reason: String

    package init(_ reason: String) {
        self.reason = reason
    }
}

extension Span<UInt8> {
    /// The unsigned number in `bytes` bytes at `offset`, which the caller has checked to be there.
    func littleEndian(at offset: Int, bytes: Int) -> UInt64 {
        var value: UInt64 = 0
        for index in 0..<bytes { value |= UInt64(self[offset + index]) << UInt64(8 * index) }
        return value
    }

    fileprivate func text(at offset: Int, is text: StaticString) -> Bool {
        guard offset + text.utf8CodeUnitCount <= count else { return false }
        for index in 0..<text.utf8CodeUnitCount where unsafe self[offset + index] != text.utf8Start[index] {
            return false
        }
        return true
    }
}
