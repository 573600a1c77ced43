// SPDX-License-Identifier: GPL-3.0-or-later

/// Where in a file to begin to read for a moment (RFC 9559 §5.1.5): a player that is told to go somewhere need not read all before it.
struct MatroskaCues {
    private struct Point {
        let time: Int64
        let track: MatroskaFile.Track
        /// Of the cluster, octets from the beginning of the segment's content.
        let cluster: Int
    }

    private var points: [Point] = []
    /// Where the pictures are what one looks for.
    private let track: MatroskaFile.Track

    /// Milliseconds between two points.
    private static let interval: Int64 = 4000

    init(hasPictures: Bool) { track = hasPictures ? .picture : .sound }

    /// Notes a frame that can be decoded without what was before.
    /// - Parameters:
    ///   - time: ms since the file's beginning.
    ///   - cluster: where the cluster begins that it is in.
    mutating func note(_ track: MatroskaFile.Track, at time: Int64, cluster: Int) {
        guard track == self.track, points.last.map({ time - $0.time >= Self.interval }) ?? true else { return }
        points.append(Point(time: time, track: track, cluster: cluster))
    }

    /// nil where there is no point.
    var element: [UInt8]? {
        guard !points.isEmpty else { return nil }
        let content = points.flatMap { point in
            EBML.element(
                0xBB,
                EBML.unsigned(0xB3, UInt64(point.time))
                    + EBML.element(
                        0xB7,
                        EBML.unsigned(0xF7, UInt64(point.track.rawValue)) + EBML.unsigned(0xF1, UInt64(point.cluster))))
        }
        return EBML.element(0x1C53_BB6B, content)
    }

    /// Octets of `seekHead(to:)`.
    static let seekHeadSize = 26

    /// Says where in the segment the cues stand (§5.1.1), in as many octets wherever that is.
    static func seekHead(to position: Int) -> [UInt8] {
        let place = EBML.element(0x53AC, EBML.fixed(UInt64(position)))
        return EBML.element(
            0x114D_9B74, EBML.element(0x4DBB, EBML.element(0x53AB, [0x1C, 0x53, 0xBB, 0x6B]) + place))
    }
}
