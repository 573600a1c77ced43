// SPDX-License-Identifier: GPL-3.0-or-later
import Video

/// What a member of a load of video offers: audio that is silent, and paused in silence, video with RTCP on the same port and, for slots,
/// more lines to receive on, which share the port.
struct VideoBenchOffer {
    let audioPort: UInt16
    let port: UInt16
    /// Whether there is a camera.
    let sends: Bool
    let slots: Int
    /// Whether lost packets may be asked for.
    var repairs = false
    var codec = PayloadFormat.vp8

    var text: String {
        var lines = ["v=0", "o=- \(port) 1 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0"]
        if slots > 0 { lines.append("a=group:BUNDLE v" + (0..<slots).map { " s\($0)" }.joined()) }
        lines += [
            "m=audio \(audioPort) RTP/AVP 111", "a=rtpmap:111 opus/48000/2", "a=fmtp:111 usedtx=1", "a=ptime:20",
            "a=rtcp-mux",
        ]
        lines += video(direction: sends ? "sendrecv" : "recvonly", mid: "v")
        for slot in 0..<slots { lines += video(direction: "recvonly", mid: "s\(slot)") }
        return lines.joined(separator: "\r\n") + "\r\n"
    }

    private func video(direction: String, mid: String) -> [String] {
        var lines = [
            "m=video \(port) RTP/AVP \(VideoMember.payloadType)",
            "a=rtpmap:\(VideoMember.payloadType) \(codec.encodingName)/90000",
            "a=rtcp-mux", "a=rtcp-fb:\(VideoMember.payloadType) nack pli", "a=\(direction)",
        ]
        if codec == .h264 {
            lines.append("a=fmtp:\(VideoMember.payloadType) profile-level-id=42e01f;packetization-mode=1")
        }
        if repairs { lines.append("a=rtcp-fb:\(VideoMember.payloadType) nack") }
        if slots > 0 { lines.append("a=mid:\(mid)") }
        return lines
    }
}
