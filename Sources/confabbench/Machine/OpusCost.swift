// SPDX-License-Identifier: GPL-3.0-or-later
import Audio
import RTP

/// What libopus alone takes for what the focus asks of it, measured in this process.
struct OpusCost: Codable {
    /// µs for 20 ms, encoded as the focus encodes.
    var encode = 0.0
    /// µs for 20 ms, decoded at 48 kHz.
    var decode = 0.0
    /// µs for 20 ms, decoded at 8 kHz to hear whether somebody talks.
    var scout = 0.0

    static func measure() throws -> OpusCost {
        let rate = AudioCodec.opus.sampleRate
        let speech = Voice.speech(seconds: 4, rate: rate, seed: 3).map { Int16(clamping: Int($0)) }
        let encoder = try AudioEncoder(EncoderParameters(codec: .opus))
        let decoder = try AudioDecoder(.opus)
        let scout = try AudioDecoder(.opus, sampleRate: 8000)
        var packets: [[UInt8]] = []
        var bytes = [UInt8](repeating: 0, count: 1275)
        var frame = [Int16](repeating: 0, count: 5760)
        var cost = OpusCost()
        // The second round counts: caches and encoder have settled.
        for _ in 0..<2 {
            packets.removeAll()
            let began = MediaInstant.now()
            for start in stride(from: 0, through: speech.count - 960, by: 960) {
                let count = try unsafe speech.withUnsafeBufferPointer { samples in
                    try unsafe bytes.withUnsafeMutableBytes { output in
                        try unsafe encoder.encode(.init(rebasing: samples[start..<(start + 960)]), into: output)
                    }
                }
                packets.append(Array(bytes[..<count]))
            }
            cost.encode = perPacket(began, packets.count)
            cost.decode = try time(decoder, packets, &frame)
            cost.scout = try time(scout, packets, &frame)
        }
        return cost
    }

    private static func time(
        _ decoder: AudioDecoder, _ packets: [[UInt8]], _ frame: inout [Int16]
    ) throws -> Double {
        let began = MediaInstant.now()
        for packet in packets {
            _ = try unsafe packet.withUnsafeBytes { bytes in
                try unsafe frame.withUnsafeMutableBufferPointer { output in
                    try unsafe decoder.decode(bytes, into: output)
                }
            }
        }
        return perPacket(began, packets.count)
    }

    private static func perPacket(_ began: MediaInstant, _ count: Int) -> Double {
        Double(MediaInstant.now().nanoseconds(since: began)) / 1000 / Double(max(1, count))
    }

    /// Cores that libopus takes for so many operations a tick.
    func cores(encodes: Double, decodes: Double, scouts: Double) -> Double {
        (encodes * encode + decodes * decode + scouts * scout) * 50 / 1e6
    }
}
