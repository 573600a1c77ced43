// SPDX-License-Identifier: GPL-3.0-or-later

/// Whose shared screen is shown: of several, the one shared last. A pure machine.
package struct PresenterOrder<Source: Hashable & Sendable>: Sendable {
    /// The one shared last stands at the end.
    private var sharing: [Source] = []

    package init() {}

    /// A screen began to be shared.
    /// - Returns: whether it was not before; then it is the latest.
    package mutating func share(_ source: Source) -> Bool {
        guard !sharing.contains(source) else { return false }
        sharing.append(source)
        return true
    }

    /// - Returns: whether it was shared.
    package mutating func unshare(_ source: Source) -> Bool {
        guard let index = sharing.firstIndex(of: source) else { return false }
        sharing.remove(at: index)
        return true
    }

    /// Of the screens that a receiver can be shown, the one that it is.
    package func presenter(where isShowable: (Source) -> Bool) -> Source? { sharing.last(where: isShowable) }
}
