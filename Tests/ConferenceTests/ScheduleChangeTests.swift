// SPDX-License-Identifier: GPL-3.0-or-later
import Conference
import Foundation
import Testing

@Suite("Changing when a room is open")
struct ScheduleChangeTests {
    private let standup = RoomSchedule(
        start: Date(timeIntervalSince1970: 0), end: Date(timeIntervalSince1970: 900), recurrence: .weekdays,
        until: Date(timeIntervalSince1970: 1_000_000), timeZone: "Europe/Berlin")

    @Test("another hour leaves weekdays, last day and time zone")
    func hour() {
        let (start, end) = (Date(timeIntervalSince1970: 3600), Date(timeIntervalSince1970: 4500))
        var wanted = standup
        wanted.start = start
        wanted.end = end
        #expect(ScheduleChange(start: start, end: end).changed([standup]) == [wanted])
        #expect(ScheduleChange(start: start, end: end).changed([]) == [RoomSchedule(start: start, end: end)])
    }

    @Test("what is said without an hour changes the times that stand, and needs some")
    func recurrence() {
        var wanted = standup
        wanted.recurrence = .daily
        #expect(ScheduleChange(recurrence: .daily).changed([standup]) == [wanted])
        #expect(ScheduleChange(recurrence: .daily).changed([]) == nil)
        #expect(ScheduleChange(timeZone: "UTC").changed([]) == nil)
        #expect(ScheduleChange().changed([]) == [])
        #expect(ScheduleChange().changed([standup]) == [standup])
    }
}
