// SPDX-License-Identifier: GPL-3.0-or-later

/// The codecs that the phones of the tests are told to use.
enum PhoneCodec: String, CaseIterable, Sendable {
    case opus
    case g722
    case pcmu
    case pcma

    /// Hz of its sound.
    var sampleRate: Int {
        switch self {
        case .opus: 48_000
        case .g722: 16_000
        case .pcmu, .pcma: 8000
        }
    }

    /// How baresip 1.0 wants it named with `opus_stereo no`.
    var baresipName: String {
        switch self {
        case .opus: "opus/48000/1"
        case .g722: "G722/16000/1"
        case .pcmu: "PCMU/8000/1"
        case .pcma: "PCMA/8000/1"
        }
    }

    /// Its section of linphone's configuration, but for the number.
    var linphoneSection: String {
        switch self {
        case .opus: "mime=opus\nrate=48000\nchannels=2\nenabled=1"
        case .g722: "mime=G722\nrate=8000\nchannels=1\nenabled=1"
        case .pcmu: "mime=PCMU\nrate=8000\nchannels=1\nenabled=1"
        case .pcma: "mime=PCMA\nrate=8000\nchannels=1\nenabled=1"
        }
    }
}

/// How a phone sends its SIP.
enum PhoneTransport: String, CaseIterable, Sendable {
    case udp
    case tcp

    static func uri(_ room: String, host: String = "127.0.0.1", port: Int, _ transport: PhoneTransport) -> String {
        "sip:\(room)@\(host):\(port)\(transport == .tcp ? ";transport=tcp" : "")"
    }
}

/// Where a phone logs in.
struct PhoneAccount: Sendable {
    var user: String
    var password: String
    /// Host and port.
    var server: String
}
