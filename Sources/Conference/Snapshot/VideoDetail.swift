// SPDX-License-Identifier: GPL-3.0-or-later

/// The video of one member as operators see it. Absent from a member that offered none.
package struct VideoDetail: Hashable, Sendable, Codable {
    /// `VP8` or `H264`; absent where video was declined.
    package var codec: String?
    /// What it sends: `live`, `starting`, `camera-off`, `held`, `stalled`, `broken`.
    package var camera: String
    /// Of the newest key frame, `640x480`.
    package var size: String?
    /// How it is shown the others: `slots`, `speaker` or `grid`; absent where video was declined.
    package var delivery: String?
    /// Of its lines for cameras of others, those with a picture, and all; absent where it has none.
    package var slotsFilled: Int?
    package var slots: Int?
    /// The composed picture that it sees, in words: `1280x720, 15 a second`; absent where it sees none.
    package var grid: String?
    /// The member whose camera or screen is its one picture.
    package var sees: String?
    /// Its name.
    package var seesName: String?
    /// The member whose screen it sees in a line for that.
    package var presenter: String?
    package var presenterName: String?
    /// It shares its screen.
    package var presents: Bool?
    /// Why it sees less than there is.
    package var why: String?

    package init(
        codec: String? = nil, camera: String, size: String? = nil, sees: String? = nil, seesName: String? = nil,
        why: String? = nil
    ) {
        self.codec = codec
        self.camera = camera
        self.size = size
        self.sees = sees
        self.seesName = seesName
        self.why = why
    }

    /// In one phrase: `VP8 640x480, sees Bob`, or `VP8 640x480, sees 3 in 16 slots and the screen of Bob`.
    package var phrase: String {
        guard let codec else { return why ?? "declined" }
        let sends = (camera == "live" ? size ?? "live" : camera) + (presents == true ? " and a screen" : "")
        var seen = sees.map { "sees \(seesName ?? $0)" } ?? "sees nobody"
        if let grid { seen = "sees the grid (\(grid))" }
        if let slotsFilled, let slots { seen = "sees \(slotsFilled) in \(slots) slots" }
        if let presenter { seen += " and the screen of \(presenterName ?? presenter)" }
        return "\(codec) \(sends), \(seen)" + (why.map { ": \($0)" } ?? "")
    }
}

extension Room {
    func detail(of video: VideoReport) -> VideoDetail {
        var detail = VideoDetail(
            codec: video.codec, camera: video.camera.rawValue, size: video.size, sees: video.sees?.description,
            seesName: video.sees.flatMap { name(of: $0) }, why: video.lack.map { $0.words { name(of: $0) } })
        guard video.codec != nil else { return detail }
        switch video.delivery {
        case .slots(let filled, let count):
            detail.delivery = "slots"
            (detail.slotsFilled, detail.slots) = (filled, count)
        case .speaker: detail.delivery = "speaker"
        case .grid(let words): (detail.delivery, detail.grid) = ("grid", words)
        }
        detail.presenter = video.presenter?.description
        detail.presenterName = video.presenter.flatMap { name(of: $0) }
        detail.presents = video.presents ? true : nil
        return detail
    }

    private func name(of member: MemberID) -> String? {
        guard let identity = members[member]?.identity else { return nil }
        return identity.displayName ?? identity.user ?? identity.uri
    }
}
