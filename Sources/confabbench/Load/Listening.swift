// SPDX-License-Identifier: GPL-3.0-or-later
import Audio
import Foundation

/// Listens to what members heard: who is in it, and who is not.
struct Listening: Codable {
    /// Members whose audio was decoded.
    var members = 0
    /// Talkers that a member should have heard and did not, summed over members.
    var missing = 0
    /// Members that heard themselves.
    var echoes = 0
    /// Packets that could not be decoded.
    var broken = 0
    /// The furthest that any talker's pitch was off in any second, parts per million.
    var pitch = 0

    /// - Parameters:
    ///   - keepers: members with kept audio.
    ///   - talkers: numbers of those who talk.
    ///   - allHeard: whether all of them are mixed; else nobody is missed, but nobody may hear itself either.
    init(_ keepers: [LoadMember], talkers: [Int], allHeard: Bool = true) throws {
        for member in keepers where !member.heard.kept.isEmpty {
            let samples = try decode(member)
            try Self.dump(samples, number: members)
            let rate = member.voice.codec.sampleRate
            members += 1
            for talker in talkers where talker < Pilot.count && (allHeard || talker == member.talker) {
                let finding = Pilot.find(talker, in: samples, rate: rate)
                let stands = finding.isHeard
                if stands { pitch = max(pitch, finding.pitch) }
                if talker == member.talker {
                    if stands { echoes += 1 }
                } else if !stands {
                    missing += 1
                }
            }
        }
    }

    private mutating func decode(_ member: LoadMember) throws -> [Int16] {
        let codec = member.voice.codec
        let decoder = try AudioDecoder(codec)
        var samples: [Int16] = []
        var frame = [Int16](repeating: 0, count: 5760)
        for packet in member.heard.kept {
            let payload = member.heard.keptBytes[packet.payload]
            let count = unsafe payload.withUnsafeBytes { bytes in
                unsafe frame.withUnsafeMutableBufferPointer { output in
                    (try? unsafe decoder.decode(bytes, into: output)) ?? -1
                }
            }
            if count < 0 { broken += 1 } else { samples.append(contentsOf: frame[..<count]) }
        }
        return samples
    }

    /// Writes what a member heard, as 16-bit samples at its codec's rate, into the folder that `CONFABBENCH_DUMP` names: for
    /// looking into what is wrong.
    private static func dump(_ samples: [Int16], number: Int) throws {
        guard let folder = ProcessInfo.processInfo.environment["CONFABBENCH_DUMP"] else { return }
        let data = unsafe samples.withUnsafeBytes { unsafe Data($0) }
        try data.write(to: URL(fileURLWithPath: "\(folder)/heard-\(number).s16"))
    }

    var isClean: Bool { missing == 0 && echoes == 0 && broken == 0 }

    var description: String {
        isClean
            ? "\(members) listened to, all right" + (pitch > 2500 ? ", but pitch off by \(pitch) ppm" : "")
            : "\(members) listened to: \(missing) talkers missing, \(echoes) heard themselves, \(broken) packets broken"
    }
}
