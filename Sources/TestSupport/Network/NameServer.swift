// SPDX-License-Identifier: GPL-3.0-or-later

import NIOCore
import NIOPosix
package import SIP
import Synchronization

/// A DNS server on the loopback that knows SRV and NAPTR records as it is told, and says of all other names that they do not exist.
package final class NameServer: Sendable {
    package enum Answer: Sendable {
        case servers([ServerRecord])
        case transports([TransportRecord])
        /// These octets in place of records, which say one record of the type that was asked for.
        case garbage([UInt8])
        /// The server says that it failed.
        case failure
    }

    package let address: SIPAddress
    private let channel: any Channel
    private let handler: Handler

    private init(_ channel: any Channel, _ handler: Handler) {
        self.channel = channel
        self.handler = handler
        address = SIPAddress(host: "127.0.0.1", port: channel.localAddress?.port ?? 0)
    }

    /// - Parameter answers: By name, without the dot at the end.
    package static func start(_ answers: [String: Answer]) async throws -> NameServer {
        let handler = Handler(answers)
        let channel = try await DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { $0.pipeline.addHandler(handler) }
            .bind(host: "127.0.0.1", port: 0).get()
        return NameServer(channel, handler)
    }

    /// What was asked, in order: `SRV _sip._udp.example.com`.
    package var questions: [String] { handler.questions.withLock { $0 } }

    package func stop() async {
        try? await channel.close()
    }

    private final class Handler: ChannelInboundHandler, Sendable {
        typealias InboundIn = AddressedEnvelope<ByteBuffer>
        typealias OutboundOut = AddressedEnvelope<ByteBuffer>

        let questions = Mutex<[String]>([])
        private let answers: [String: Answer]

        init(_ answers: [String: Answer]) {
            self.answers = answers
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let envelope = unwrapInboundIn(data)
            guard let bytes = answer(Array(envelope.data.readableBytesView)) else { return }
            let reply = AddressedEnvelope(remoteAddress: envelope.remoteAddress, data: ByteBuffer(bytes: bytes))
            context.writeAndFlush(wrapOutboundOut(reply), promise: nil)
        }

        /// The query's header and question (RFC 1035 §4.1), and what there is.
        private func answer(_ query: [UInt8]) -> [UInt8]? {
            var labels: [String] = []
            var at = 12
            while at < query.count, query[at] > 0, at + Int(query[at]) < query.count {
                labels.append(String(decoding: query[(at + 1)...(at + Int(query[at]))], as: UTF8.self))
                at += 1 + Int(query[at])
            }
            guard at + 5 <= query.count else { return nil }
            let type = query[at + 2]
            let name = labels.joined(separator: ".")
            questions.withLock { $0.append("\(type == 33 ? "SRV" : type == 35 ? "NAPTR" : "\(type)") \(name)") }
            var records: [[UInt8]] = []
            var code: UInt8 = 0
            switch answers[name] {
            case .servers(let servers) where type == 33:
                records = servers.map { Self.octets([$0.priority, $0.weight, UInt16($0.port)]) + Self.name($0.target) }
            case .transports(let transports) where type == 35:
                records = transports.map {
                    Self.octets([$0.order, $0.preference]) + Self.text($0.flags) + Self.text($0.service) + [0]
                        + Self.name($0.replacement)
                }
            case .garbage(let octets): records = [octets]
            case .failure: code = 2
            case nil: code = 3
            default: break
            }
            var reply = Array(query[..<(at + 5)])
            reply.replaceSubrange(2..<12, with: [0x85, 0x80 | code, 0, 1, 0, UInt8(records.count), 0, 0, 0, 0])
            for record in records {
                reply += [0xC0, 12, 0, type, 0, 1, 0, 0, 0, 0] + Self.octets([UInt16(record.count)]) + record
            }
            return reply
        }

        private static func octets(_ numbers: [UInt16]) -> [UInt8] {
            numbers.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] }
        }

        private static func text(_ text: String) -> [UInt8] { [UInt8(text.utf8.count)] + Array(text.utf8) }

        private static func name(_ name: String) -> [UInt8] {
            name.split(separator: ".").flatMap { text(String($0)) } + [0]
        }
    }
}
