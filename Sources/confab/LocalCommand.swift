// SPDX-License-Identifier: GPL-3.0-or-later
import Devices
import UserAgent

/// A line that is for this program, not for the conference: what we send of ourselves, switched in the call.
enum LocalCommand: Hashable, Sendable {
    /// nil: off.
    case camera(VideoSourceSpec?)
    case cameraOn
    case share(VideoSourceSpec?)
    /// A file for everybody in the conference.
    case send(path: String)
    /// What to say to somebody who wrote one that makes no sense.
    case mistaken(String)

    /// - Returns: nil for a line that is for the conference.
    init?(_ text: String) {
        let words = text.split(separator: " ", maxSplits: 1).map(String.init)
        guard let word = words.first?.lowercased(), ["/camera", "/share", "/send"].contains(word) else { return nil }
        let rest = words.count > 1 ? words[1].trimmingPrefix(while: { $0 == " " }).description : ""
        switch (word, rest) {
        case ("/send", ""): self = .mistaken("/send needs a file: /send PATH")
        case ("/send", _): self = .send(path: rest)
        case (_, ""):
            self = .mistaken(
                "\(word) needs what to show: off, pattern, screen, file:PATH.mp4, image:PATH.png or camera:NAME")
        case ("/camera", "on"): self = .cameraOn
        case ("/camera", "off"): self = .camera(nil)
        case ("/share", "off"): self = .share(nil)
        default:
            do throws(DeviceError) {
                let spec = try VideoSourceSpec(parsing: rest)
                self = word == "/camera" ? .camera(spec) : .share(spec)
            } catch {
                self = .mistaken("\(error)")
            }
        }
    }

    func perform(in call: Call) async throws(UserAgentError) {
        switch self {
        case .camera(nil): try await call.setCamera(false)
        case .camera(let spec?): try await call.switchCamera(to: spec)
        case .cameraOn: try await call.setCamera(true)
        case .share(let spec): try await call.share(spec)
        case .send(let path): try await call.send("/upload \(path.split(separator: "/").last ?? "file")")
        case .mistaken(let text): throw .wrongState(text)
        }
    }
}
