// SPDX-License-Identifier: GPL-3.0-or-later
package import FoundationEssentials

/// When a room is open.
extension RoomSchedule {
    /// The opening that `date` falls into; nil for none.
    package func opening(at date: Date) -> DateInterval? {
        candidates(around: date).first { $0.contains(date) && date < $0.end }
    }

    /// The next opening that begins after `date`; nil for none any more.
    package func next(after date: Date) -> DateInterval? {
        if date < start { return isAllowed(start) ? DateInterval(start: start, end: end) : following(start) }
        return following(date)
    }

    private func following(_ date: Date) -> DateInterval? {
        guard recurrence != .once, let index = count(to: date) else { return nil }
        // A week ahead there is a day of any kind that the recurrence allows.
        return (index...(index + 8)).lazy.compactMap { occurrence($0) }.first { $0.start > date }
    }

    private func candidates(around date: Date) -> [DateInterval] {
        guard date >= start, end > start else { return [] }
        if recurrence == .once { return [DateInterval(start: start, end: end)] }
        guard let index = count(to: date) else { return [] }
        // One that began the day before may last until now.
        return (max(0, index - 1)...(index + 1)).compactMap { occurrence($0) }
    }

    /// How many recurrences there were from the start to about `date`.
    private func count(to date: Date) -> Int? {
        guard date >= start else { return 0 }
        let unit: Calendar.Component = recurrence == .monthly ? .month : .day
        let components = calendar.dateComponents([unit], from: start, to: date)
        switch recurrence {
        case .once: return 0
        case .daily, .weekdays: return components.day
        case .weekly: return components.day.map { $0 / 7 }
        case .monthly: return components.month
        }
    }

    /// The opening of that number, at the same time of the day as the first one, whatever clocks do in between.
    private func occurrence(_ index: Int) -> DateInterval? {
        let unit: Calendar.Component = recurrence == .monthly ? .month : .day
        let value = recurrence == .weekly ? index * 7 : index
        guard let begin = calendar.date(byAdding: unit, value: value, to: start), isAllowed(begin) else { return nil }
        return DateInterval(start: begin, duration: end.timeIntervalSince(start))
    }

    private func isAllowed(_ date: Date) -> Bool {
        if let until, date > until { return false }
        guard recurrence == .weekdays else { return true }
        // 1 is Sunday.
        return (2...6).contains(calendar.component(.weekday, from: date))
    }

    private var calendar: Calendar {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = TimeZone(identifier: timeZone) ?? .gmt
        return calendar
    }
}

extension RoomDefinition {
    /// Whether people may come in.
    package func isOpen(at date: Date) -> Bool { schedule.isEmpty || schedule.contains { $0.opening(at: date) != nil } }

    /// When it opens next; nil for never again.
    package func opens(after date: Date) -> Date? { schedule.compactMap { $0.next(after: date)?.start }.min() }
}
