// SPDX-License-Identifier: GPL-3.0-or-later
import Conference
import NIOCore
import NIOPosix
import RTP
import SIP
import Synchronization

/// Members that follow a room's roster (RFC 4575), each over a TCP connection of its own, on a thread beside the load's.
final class RosterSubscribers {
    /// One NOTIFY, unread: reading half a thousand rosters while they come would hold up the load.
    struct Notification {
        /// ns, monotonic.
        let arrival: Int64
        let body: [UInt8]
    }

    /// What has come, by number of the member.
    final class Inbox: Sendable {
        private let notifications = Mutex<[Int: [Notification]]>([:])

        func add(_ notification: Notification, for number: Int) {
            notifications.withLock { $0[number, default: []].append(notification) }
        }

        var all: [Int: [Notification]] { notifications.withLock { $0 } }
    }

    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let focus: RTP.SocketAddress
    private let room: SIPURI
    let inbox = Inbox()

    init(focus: RTP.SocketAddress, room: String) {
        self.focus = focus
        self.room = SIPURI(user: room, host: focus.host, port: Int(focus.port))
    }

    /// Subscribes one more; returns at once.
    func subscribe(_ number: Int) {
        ClientBootstrap(group: group).channelInitializer { [room, inbox] channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(
                    RosterSubscriber(number: number, room: room, inbox: inbox))
            }
        }.connect(host: focus.host, port: Int(focus.port)).whenFailure { error in
            Output.progress("subscriber \(number): \(error)")
        }
    }

    func stop() async throws { try await group.shutdownGracefully() }

    /// What each subscriber's notifications add up to.
    ///
    /// - Parameter everybody: how many are in the room in the end.
    func findings(everybody: Int) throws -> Findings {
        var findings = Findings()
        for notifications in inbox.all.values {
            findings.subscribers += 1
            findings.notifications += notifications.count
            findings.bytes += notifications.reduce(0) { $0 + $1.body.count }
            if let instant = try Self.complete(notifications, everybody) {
                findings.converged += 1
                findings.last = max(findings.last, instant)
            }
        }
        return findings
    }

    struct Findings {
        var subscribers = 0
        var notifications = 0
        var bytes = 0
        /// Subscribers whose rosters ended with everybody in it, each version one after the other.
        var converged = 0
        /// When the last roster was complete, ns, monotonic.
        var last: Int64 = 0
    }

    /// When everybody stood in a subscriber's roster and in the end still does; nil where a version is missing or somebody is.
    private static func complete(_ notifications: [Notification], _ everybody: Int) throws -> Int64? {
        var roster: ConferenceInfo?
        var complete: Int64?
        for notification in notifications {
            let news = try ConferenceInfo(parsing: notification.body)
            if news.scope == .full {
                roster = news
            } else {
                guard let known = roster, news.version == known.version + 1 else { return nil }
                roster?.merge(news)
            }
            let names = Set(roster?.users.map(\.entity) ?? [])
            if names.count != everybody { complete = nil } else if complete == nil { complete = notification.arrival }
        }
        return complete
    }
}

/// One subscription: answers what it is sent and keeps it. Lives on its connection's event loop.
private final class RosterSubscriber: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let number: Int
    private let room: SIPURI
    private let inbox: RosterSubscribers.Inbox
    private let limits: SIPMessageLimits
    private var framer: StreamFramer

    init(number: Int, room: SIPURI, inbox: RosterSubscribers.Inbox) {
        self.number = number
        self.room = room
        self.inbox = inbox
        var limits = SIPMessageLimits()
        limits.messageBytes = ConferenceInfo.maximumBytes
        self.limits = limits
        framer = StreamFramer(limits: limits)
    }

    func channelActive(context: ChannelHandlerContext) {
        guard let address = context.channel.localAddress, let host = address.ipAddress, let port = address.port else {
            return
        }
        let own = "sip:m\(number)@\(host):\(port);transport=tcp"
        let request = SIPRequest(
            method: .subscribe, uri: room,
            headers: [
                "Via": "SIP/2.0/TCP \(host):\(port);rport;branch=z9hG4bKsubscriber\(number)", "Max-Forwards": "70",
                "From": "<sip:m\(number)@\(host)>;tag=s\(number)", "To": "<\(room)>",
                "Call-ID": "subscriber-\(number)-\(port)", "CSeq": "1 SUBSCRIBE", "Contact": "<\(own)>",
                "Event": "conference", "Expires": "600", "Accept": "application/conference-info+xml",
            ])
        context.channel.writeAndFlush(ByteBuffer(bytes: request.serialized()), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        framer.append(unwrapInboundIn(data).readableBytesView)
        while case .message(let bytes)? = try? framer.next() {
            guard case .message(.request(let request)) = SIPParser.parse(bytes, limits: limits),
                request.method == .notify
            else {
                continue
            }
            inbox.add(.init(arrival: MediaInstant.now().nanoseconds, body: request.body), for: number)
            let response = SIPResponse(to: request, status: 200).serialized()
            context.channel.writeAndFlush(ByteBuffer(bytes: response), promise: nil)
        }
    }
}
