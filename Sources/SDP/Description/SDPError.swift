// SPDX-License-Identifier: GPL-3.0-or-later

/// Why a session description could not be read, and where.
package struct SDPError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Problem: Hashable, Sendable {
        /// The whole description has more bytes than ``SDPLimits/maximumBytes``.
        case tooLarge(bytes: Int)
        case tooManyLines
        case tooManyMedia
        /// NUL, or a CR that is not part of a line end (RFC 8866 §9, byte-string).
        case illegalByte(UInt8)
        /// Not of the form `letter=value`.
        case notALine
        /// The first line is not `v=0`.
        case unsupportedVersion
        case missing(Character)
        case malformed(Character)
        /// `r=` or `z=` before any `t=`.
        case misplaced(Character)
    }

    /// Counted from 1; 0 where the description as a whole is meant.
    package var line: Int
    package var problem: Problem

    package init(line: Int, problem: Problem) {
        self.line = line
        self.problem = problem
    }

    package var description: String {
        let what =
            switch problem {
            case .tooLarge(let bytes): "\(bytes) bytes are too many"
            case .tooManyLines: "too many lines"
            case .tooManyMedia: "too many media descriptions"
            case .illegalByte(let byte): "illegal byte \(byte)"
            case .notALine: "not of the form letter=value"
            case .unsupportedVersion: "does not begin with v=0"
            case .missing(let letter): "no \(letter)= line"
            case .malformed(let letter): "malformed \(letter)= line"
            case .misplaced(let letter): "misplaced \(letter)= line"
            }
        return line == 0 ? "SDP: \(what)" : "SDP line \(line): \(what)"
    }
}

/// Bounds on what a peer may make us hold.
package struct SDPLimits: Hashable, Sendable {
    package var maximumBytes: Int
    package var maximumLines: Int
    package var maximumMedia: Int

    package init(maximumBytes: Int = 65_536, maximumLines: Int = 2_048, maximumMedia: Int = 64) {
        self.maximumBytes = maximumBytes
        self.maximumLines = maximumLines
        self.maximumMedia = maximumMedia
    }
}
