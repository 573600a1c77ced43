// SPDX-License-Identifier: GPL-3.0-or-later

/// The video of one member as operators see it. Absent from a member that offered none.
package struct VideoDetail: Hashable, Sendable, Codable {
    /// `VP8` or `H264`; absent where video was declined.
    package var codec: String?
    /// What it sends: `live`, `starting`, `camera-off`, `held`, `stalled`, `broken`.
    package var camera: String
    /// Of the newest key frame, `640x480`.
    package var size: String?
    /// The member whose camera it sees.
    package var sees: String?
    /// Its name.
    package var seesName: String?
    /// Why it sees nobody, or nobody new.
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

    /// In one phrase: `VP8 640x480, sees Bob`.
    package var phrase: String {
        guard let codec else { return why ?? "declined" }
        let sends = camera == "live" ? size ?? "live" : camera
        let seen = sees.map { "sees \(seesName ?? $0)" } ?? "sees nobody"
        return "\(codec) \(sends), \(seen)" + (why.map { ": \($0)" } ?? "")
    }
}

extension Room {
    func detail(of video: VideoReport) -> VideoDetail {
        VideoDetail(
            codec: video.codec, camera: video.camera.rawValue, size: video.size, sees: video.sees?.description,
            seesName: video.sees.flatMap { name(of: $0) }, why: video.lack.map { words(for: $0) })
    }

    private func words(for lack: VideoReport.Lack) -> String {
        switch lack {
        case .takesNone: "it takes none now"
        case .nobody: "nobody else sends video"
        case .otherCodec(let codec): "others send \(codec)"
        case .keyframe(let member): "no key frame of \(name(of: member) ?? member.description) yet"
        case .declined(let why): "declined: \(why)"
        }
    }

    private func name(of member: MemberID) -> String? {
        guard let identity = members[member]?.identity else { return nil }
        return identity.displayName ?? identity.user ?? identity.uri
    }
}
