// SPDX-License-Identifier: GPL-3.0-or-later
package import Devices
import Glibc
public import Logging
package import SIP

extension UserAgent {
    /// What a user agent is like. Every default suits a person's machine.
    public struct Options: Sendable {
        /// How others see the caller. By default the system's full name of the user.
        public var displayName: String
        /// User part of our address; the host is the local address that the other side sees. By default the system's user name.
        public var user: String
        /// Who we are at a server, where that asks; its address then is ours, in place of `user` at this host.
        public var account: Account?
        /// Where SIP is heard: `192.0.2.1:5060`, `[2001:db8::1]`, `:5070`. Nil is any free port on every address.
        public var listen: String?
        /// The transport of requests to addresses that name none.
        public var transport = Transport.udp
        /// In order of preference.
        public var codecs = Codec.allCases
        /// Whether calls of others come as `UserAgent.incoming`; otherwise they are refused with 480.
        public var acceptsCalls = false
        /// How long nothing may come, neither audio nor reports, before the call is given up; nil for ever. Not while held.
        public var mediaTimeout: Duration? = .seconds(30)
        /// UDP ports for media: even ones for RTP, the odd ones above for RTCP.
        public var mediaPorts: ClosedRange<UInt16> = 40_000...59_999
        /// What is done with video.
        public var video = VideoOptions()
        /// Bits a second of the Opus we send, where the other side wants no less.
        public var opusBitrate = 32_000
        /// Value of the User-Agent and Server headers.
        public var productName = "Confab"
        public var logger: Logger
        /// Finds servers by name; another one for tests.
        package var resolver = SIPResolver()
        /// How what a person names as camera becomes pictures, and sound where it has any: another way for tests.
        package var openPictures: @Sendable (VideoSourceSpec) throws -> MovingPictures = {
            try MovingPictures(opening: $0)
        }

        public init() {
            (user, displayName) = Self.person()
            logger = Logger(label: "confab.user-agent", factory: { _ in SwiftLogNoOpLogHandler() })
        }

        /// User name and full name of whoever runs the process.
        private static func person() -> (user: String, name: String) {
            guard let entry = unsafe getpwuid(getuid()) else { return ("user", "") }
            let user = unsafe String(cString: entry.pointee.pw_name)
            let about = unsafe entry.pointee.pw_gecos.map { unsafe String(cString: $0) } ?? ""
            let name = about.prefix { $0 != "," }
            return (user.isEmpty ? "user" : user, name.isEmpty ? user : String(name))
        }
    }

    /// What SIP requests are sent over.
    public enum Transport: String, Hashable, Sendable, CaseIterable {
        case udp
        case tcp
    }

    /// What audio is coded with.
    public enum Codec: String, Hashable, Sendable, CaseIterable {
        case opus
        case g722
        case pcma
        case pcmu
    }
}
