// SPDX-License-Identifier: GPL-3.0-or-later

import Testing

extension DeviceRig {
    /// Packets lost, late and out of order by the kernel's hand, SIP's included.
    @Suite(.serialized) struct LossyNetworkTests {
        @Test func tonesAndPicturesArrive() async throws {
            let room = try await Meeting.begin()
            try await CameraTests.plugIn(room.machine)
            try await room.machine.shell(
                "load sch_netem; tc qdisc replace dev lo root netem loss 5% delay 50ms 10ms reorder 10%")
            let owner = try await room.member(
                "owner", CameraTests.owner() + ["--mic", "file:\(room.tone(440))", "--speaker", "none"])
            let viewer = try await room.member(
                "viewer", CameraTests.viewer + ["--mic", "none", "--speaker", "file:heard.wav"])
            try await GuestRecording(path: viewer.path("heard.wav")).awaitTone(440)
            try await Screen(viewer).awaitBars(within: .seconds(90))
            let dropped = try await room.machine.shell("tc -s qdisc show dev lo")
            #expect(!dropped.contains("dropped 0,"), "\(dropped)")
            try await room.machine.shell("tc qdisc del dev lo root")
            try await room.end([owner, viewer])
        }
    }
}
