// SPDX-License-Identifier: GPL-3.0-or-later

import Glibc

/// An error number of the operating system; an open set, so a struct.
package struct SystemError: Error, RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    package var rawValue: Int32

    package init(rawValue: Int32) {
        self.rawValue = rawValue
    }

    /// From the answer of a CLinux call, a negated errno.
    init(answer: Int32) {
        rawValue = -answer
    }

    package static let addressInUse = SystemError(rawValue: EADDRINUSE)
    package static let addressNotAvailable = SystemError(rawValue: EADDRNOTAVAIL)
    package static let wouldBlock = SystemError(rawValue: EAGAIN)
    package static let permissionDenied = SystemError(rawValue: EACCES)
    package static let messageTooLong = SystemError(rawValue: EMSGSIZE)

    /// Whether it may be the segments of a message that the system does not take, and not what they carry: they do not fit
    /// the path (EINVAL), or the device cannot sum (EIO).
    var meansNoSegments: Bool { [EINVAL, EIO, EMSGSIZE, ENOPROTOOPT, EOPNOTSUPP].contains(rawValue) }

    /// The system's own words. Allocates.
    package var description: String {
        unsafe String(cString: strerror(rawValue)) + " (errno \(rawValue))"
    }
}
