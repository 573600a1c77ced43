// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import Picture
import TestSupport
import Testing

/// AV1 of one colour, coded and decoded by ffmpeg, and its way into RTP packets and out of them (RTP Payload Format for AV1, §4), which no
/// program at hand knows.
struct AV1Stream {
    /// The obu_type of a sequence header, which stands before each key frame, and of a temporal delimiter, which stays at home.
    private enum Kind {
        static let sequenceHeader: UInt8 = 1
        static let temporalDelimiter: UInt8 = 2
    }

    private static let folderName = "av1"
    /// Octets of an OBU in one packet.
    private static let fragment = 1100
    static let rate = 10

    let folder: InteropFolder

    init() throws {
        folder = try InteropFolder(Self.folderName)
    }

    // MARK: ffmpeg

    /// The pictures of four seconds, a key frame each second.
    func encode(_ color: String) async throws -> [[UInt8]] {
        try await ffmpeg([
            "-f", "lavfi", "-i", "color=c=\(color):size=320x240:rate=\(Self.rate),noise=alls=8:allf=t", "-frames:v",
            "40",
            "-c:v", "libaom-av1", "-cpu-used", "8", "-usage", "realtime", "-g", "10", "-lag-in-frames", "0", "-b:v",
            "300k", "-f", "ivf", folder.path("sent.ivf"),
        ])
        let bytes = try [UInt8](Data(contentsOf: URL(filePath: folder.path("sent.ivf"))))
        var (units, offset) = ([[UInt8]](), 32)
        while offset + 12 <= bytes.count {
            let size = (0..<4).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) }
            units.append(Array(bytes[(offset + 12)..<min(offset + 12 + size, bytes.count)]))
            offset += 12 + size
        }
        return units
    }

    /// How many of those pictures decode, and the mean colour of the last.
    func decode(_ units: [[UInt8]]) async throws -> (pictures: Int, color: PictureColor) {
        func little(_ value: Int, _ count: Int) -> [UInt8] {
            (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
        }
        var bytes = Array("DKIF".utf8) + little(0, 2) + little(32, 2) + Array("AV01".utf8)
        bytes +=
            little(320, 2) + little(240, 2) + little(Self.rate, 4) + little(1, 4) + little(units.count, 4)
            + little(0, 4)
        for (index, unit) in units.enumerated() { bytes += little(unit.count, 4) + little(index, 8) + unit }
        try Data(bytes).write(to: URL(filePath: folder.path("seen.ivf")))
        try await ffmpeg([
            "-xerror", "-i", folder.path("seen.ivf"), "-vf", "scale=1:1:flags=area", "-f", "rawvideo", "-pix_fmt",
            "rgb24",
            folder.path("seen.rgb"),
        ])
        let pixels = try [UInt8](Data(contentsOf: URL(filePath: folder.path("seen.rgb")))).suffix(3)
        let last = try #require(pixels.count == 3 ? Array(pixels) : nil)
        let size = try Data(contentsOf: URL(filePath: folder.path("seen.rgb"))).count
        return (size / 3, PictureColor(red: last[0], green: last[1], blue: last[2]))
    }

    private func ffmpeg(_ arguments: [String]) async throws {
        var launch = ChildProcess.Launch("ffmpeg", ["-nostdin", "-v", "error", "-y"] + arguments)
        launch.output = folder.path("ffmpeg.log")
        let program = try ChildProcess(launch)
        let exit = await program.waitForExit(within: .seconds(30))
        guard exit?.isSuccess == true else {
            throw ConditionNotMet(what: "ffmpeg", patience: .seconds(30), evidence: program.printed)
        }
    }

    // MARK: RTP

    /// The payloads of one picture, one OBU or a part of one in each.
    static func payloads(of unit: [UInt8]) -> [[UInt8]] {
        let units = obus(in: unit[...]).filter { $0.kind != Kind.temporalDelimiter }
        let isKeyframe = units.contains { $0.kind == Kind.sequenceHeader }
        var payloads: [[UInt8]] = []
        for obu in units {
            var rest = obu.bytes[...]
            while !rest.isEmpty {
                let part = rest.prefix(fragment)
                // Z: it goes on from the packet before; Y: into the next; W: one element; N: the first of a sequence.
                var head: UInt8 = 0x10
                if rest.count < obu.bytes.count { head |= 0x80 }
                if part.count < rest.count { head |= 0x40 }
                if isKeyframe, payloads.isEmpty { head |= 0x08 }
                payloads.append([head] + part)
                rest = rest.dropFirst(part.count)
            }
        }
        return payloads
    }

    /// Puts pictures together again, of packets in order, from the first key frame on.
    struct Assembler {
        private(set) var units: [[UInt8]] = []
        private var unit: [UInt8] = []
        private var obu: [UInt8] = []
        private var hasBegun = false

        mutating func take(_ payload: [UInt8], isLast: Bool) {
            guard let head = payload.first, hasBegun || head & 0x08 != 0 else { return }
            hasBegun = true
            obu += payload.dropFirst()
            if head & 0x40 == 0 {
                unit += Self.sized(obu)
                obu = []
            }
            guard isLast else { return }
            units.append([Kind.temporalDelimiter << 3 | 0x02, 0] + unit)
            unit = []
        }

        /// An OBU with its size in it, as files have them.
        private static func sized(_ obu: [UInt8]) -> [UInt8] {
            let head = obu.prefix(obu[0] & 0x04 == 0 ? 1 : 2)
            var (size, octets) = (obu.count - head.count, [UInt8]())
            repeat {
                octets.append(UInt8(size & 0x7F) | (size > 0x7F ? 0x80 : 0))
                size >>= 7
            } while size > 0
            return [head[0] | 0x02] + head.dropFirst() + octets + obu.dropFirst(head.count)
        }
    }

    /// The OBUs of a picture, their sizes left out.
    private static func obus(in unit: ArraySlice<UInt8>) -> [(kind: UInt8, bytes: [UInt8])] {
        var (rest, found) = (unit, [(kind: UInt8, bytes: [UInt8])]())
        while let first = rest.first {
            var bytes = [first & ~0x02]
            rest = rest.dropFirst()
            if first & 0x04 != 0, let extended = rest.popFirst() { bytes.append(extended) }
            var size = rest.count
            if first & 0x02 != 0 {
                var shift = 0
                size = 0
                while let octet = rest.popFirst() {
                    size |= Int(octet & 0x7F) << shift
                    shift += 7
                    if octet & 0x80 == 0 { break }
                }
            }
            found.append((first >> 3 & 0x0F, bytes + rest.prefix(size)))
            rest = rest.dropFirst(size)
        }
        return found
    }
}
