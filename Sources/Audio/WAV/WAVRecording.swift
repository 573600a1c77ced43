// SPDX-License-Identifier: GPL-3.0-or-later

/// The sound of a WAV file, mixed down to mono.
package struct WAVRecording: Hashable, Sendable {
    /// Mono samples.
    package var samples: [Int16]
    /// Hz.
    package var sampleRate: Int

    package init(samples: [Int16], sampleRate: Int) {
        self.samples = samples
        self.sampleRate = sampleRate
    }

    /// Reads 8, 16, 24 or 32-bit PCM or float, with any number of channels (averaged) at any rate.
    ///
    /// - Parameter file: The whole file.
    /// - Throws: a reason for a person.
    package init(_ file: Span<UInt8>) throws(WAVFault) {
        let format = try WAVFormat.find(in: file).get()
        samples = Self.mono(file, format)
        sampleRate = format.sampleRate
    }

    private static func mono(_ bytes: Span<UInt8>, _ format: WAVFormat) -> [Int16] {
        let width = format.encoding.width
        let count = format.data.count / (width * format.channels)
        var samples: [Int16] = []
        samples.reserveCapacity(count)
        var offset = format.data.lowerBound
        for _ in 0..<count {
            var sum: Float = 0
            for _ in 0..<format.channels {
                sum += sample(bytes, at: offset, format.encoding)
                offset += width
            }
            let value = (sum / Float(format.channels)).rounded()
            samples.append(Int16(min(32_767, max(-32_768, value))))
        }
        return samples
    }

    /// One sample on the scale of 16 bits.
    private static func sample(_ bytes: Span<UInt8>, at offset: Int, _ encoding: WAVFormat.Encoding) -> Float {
        let raw = bytes.littleEndian(at: offset, bytes: encoding.width)
        switch encoding {
        case .unsigned8: return Float(Int(raw) - 128) * 256
        case .signed16: return Float(Int16(truncatingIfNeeded: raw))
        case .signed24: return Float(Int32(truncatingIfNeeded: raw << 8)) / 65_536
        case .signed32: return Float(Int32(truncatingIfNeeded: raw)) / 65_536
        case .float32: return finite(Float(bitPattern: UInt32(truncatingIfNeeded: raw))) * 32_767
        case .float64: return finite(Float(Double(bitPattern: raw))) * 32_767
        }
    }

    private static func finite(_ value: Float) -> Float {
        value.isFinite ? value : 0
    }
}
