// SPDX-License-Identifier: GPL-3.0-or-later

/// What a reload changes, and when.
package struct ConfigurationChanges: Hashable, Sendable {
    package struct Change: Hashable, Sendable, CustomStringConvertible {
        /// Path of the key.
        package let key: String
        /// Old and new value as written in the file.
        package let old: String
        package let new: String
        package let effect: ReloadEffect

        package init(key: String, old: String, new: String, effect: ReloadEffect) {
            self.key = key
            self.old = old
            self.new = new
            self.effect = effect
        }

        /// `log.level: info -> debug (at once)`
        package var description: String { "\(key): \(old) -> \(new) (\(effect.rawValue))" }
    }

    /// In the order of the file.
    package let all: [Change]

    package var isEmpty: Bool { all.isEmpty }
}

extension FocusConfiguration {
    /// What changes from this configuration to another.
    package func changes(to new: FocusConfiguration) -> ConfigurationChanges {
        ConfigurationChanges(
            all: ConfigurationKey.all.compactMap { key in
                let (old, new) = (key.text(self), key.text(new))
                return old == new ? nil : .init(key: key.path, old: old, new: new, effect: key.reload)
            })
    }

    /// The configuration to run with after a reload: the new values where a reload can bring them, the old ones where
    /// only a restart can.
    package func reloaded(with new: FocusConfiguration) -> FocusConfiguration {
        var result = self
        for key in ConfigurationKey.all where key.reload != .restart { key.copy(new, &result) }
        return result
    }
}
