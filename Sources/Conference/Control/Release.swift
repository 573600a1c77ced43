// SPDX-License-Identifier: GPL-3.0-or-later

/// Which Confab this is. `CHANGELOG.md` says what is in it.
package enum Release {
    package static let version = "0.1.0"
    /// Version of the operator API, which changes where an older program would misread what it is told.
    package static let operatorAPI = 1
}
