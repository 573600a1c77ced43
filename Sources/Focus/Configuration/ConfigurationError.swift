// SPDX-License-Identifier: GPL-3.0-or-later

/// A configuration file that cannot be used: everything wrong in it, in the order of the file.
package struct ConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// One thing wrong, at one place.
    package struct Problem: Hashable, Sendable, CustomStringConvertible {
        package let file: String
        /// From 1; nil when the file as a whole is meant.
        package let line: Int?
        /// From 1, in Unicode scalars.
        package let column: Int?
        package let message: String

        package init(file: String, line: Int? = nil, column: Int? = nil, message: String) {
            self.file = file
            self.line = line
            self.column = column
            self.message = message
        }

        /// `FILE:LINE:COLUMN: message`, as compilers write it and editors jump to.
        package var description: String {
            let place = [line, column].compactMap { $0 }.map { ":\($0)" }.joined()
            return "\(file)\(place): \(message)"
        }
    }

    package let problems: [Problem]

    package init(_ problems: [Problem]) { self.problems = problems }

    /// A line for each problem.
    package var description: String { problems.map(\.description).joined(separator: "\n") }
}
