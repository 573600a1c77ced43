// SPDX-License-Identifier: GPL-3.0-or-later
import Conference
import FoundationEssentials
import Glibc
import NIOCore
import NIOPosix
import OperatorAPI
import Testing

@Suite struct OperatorClientTests {
    @Test func nobodyRunningSaysWhereItLookedAndHowToStart() async throws {
        let client = OperatorClient(paths: ["/nonexistent/a", "/nonexistent/b"], operatorName: "x")
        let error = await #expect(throws: OperatorClientError.self) { try await client.rooms() }
        #expect(error?.exitCode == 2)
        #expect(error?.description.contains("/nonexistent/a, /nonexistent/b") == true)
        #expect(error?.description.contains("systemctl start confabd") == true)
        #expect(error?.description.contains("\n") == false)
    }

    @Test func socketOfADeadFocusIsNotRunning() async throws {
        try await withFolder { folder in
            let path = folder + "/s"
            let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .bind(unixDomainSocketPath: path).get()
            #expect(rename(path, path + ".kept") == 0)
            try await channel.close().get()
            let client = OperatorClient(paths: [path + ".kept"], operatorName: "x")
            let error = await #expect(throws: OperatorClientError.self) { try await client.rooms() }
            #expect(error?.exitCode == 2)
        }
    }

    @Test func secondPlaceIsTakenWhenNobodyIsAtTheFirst() async throws {
        try await withFolder { folder in
            try await withServer(at: folder + "/s", FakeFocus()) { _ async throws in
                let client = OperatorClient(paths: [folder + "/none", folder + "/s"], operatorName: "x")
                #expect(try await client.rooms() == [])
            }
        }
    }

    @Test func fileThatIsNoSocketIsNamed() async throws {
        try await withFolder { folder in
            try Data("x".utf8).write(to: URL(filePath: folder + "/file"))
            let client = OperatorClient(paths: [folder + "/file"], operatorName: "x")
            let error = await #expect(throws: OperatorClientError.self) { try await client.rooms() }
            #expect(error == .notAFocus(path: folder + "/file", why: "is not a socket"))
        }
    }

    @Test func permissionDeniedIsRefused() {
        let error = OperatorClientError.permissionDenied(path: "/run/confab/confabd.sock")
        #expect(error.exitCode == 4)
        #expect(error.description.contains("operator.group"))
    }

    @Test(.enabled(if: getuid() != 0, "root may connect to every socket"))
    func socketWithoutRightsIsDenied() async throws {
        try await withFolder { folder in
            try await withServer(at: folder + "/s", FakeFocus(), mode: 0) { client async throws in
                let error = await #expect(throws: OperatorClientError.self) { try await client.rooms() }
                #expect(error == .permissionDenied(path: folder + "/s"))
            }
        }
    }

    /// What something listening there answers, and what the client makes of it.
    @Test(arguments: [
        ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]", "something else than a focus listens there", 1),
        (
            "HTTP/1.1 200 OK\r\nConfab-API: 2\r\nContent-Length: 2\r\n\r\n[]",
            "the focus speaks version 2 of the operator API", 1
        ),
        ("HTTP/1.1 200 OK\r\nConfab-API: 1\r\nContent-Length: 2\r\n\r\n{}", "does not understand", 1),
        ("HTTP/1.1 500 Oops\r\nConfab-API: 1\r\nContent-Length: 0\r\n\r\n", "answered 500", 1),
        ("SSH-2.0-OpenSSH\r\n", "does not answer as a focus does", 1),
    ]) func strangersAreRecognised(_ answer: String, _ words: String, _ code: Int32) async throws {
        try await withFolder { folder in
            let path = folder + "/s"
            let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .childChannelInitializer { $0.pipeline.addHandler(Answering(answer)) }
                .bind(unixDomainSocketPath: path).get()
            let client = OperatorClient(paths: [path], operatorName: "x")
            let error = await #expect(throws: OperatorClientError.self) { try await client.rooms() }
            #expect(error?.description.contains(words) == true, "\(String(describing: error))")
            #expect(error?.exitCode == code)
            try await channel.close().get()
        }
    }

    @Test func standardPlacesAreTheSystemsThenTheUsers() {
        let paths = OperatorSocket.standardPaths(environment: ["XDG_RUNTIME_DIR": "/run/user/7"], user: 7)
        #expect(
            paths == ["/run/confab/confabd.sock", "/run/user/7/confab/confabd.sock", "/tmp/confab-7/confabd.sock"])
        #expect(OperatorSocket.standardPath(environment: [:], user: 0) == "/run/confab/confabd.sock")
        #expect(OperatorSocket.standardPath(environment: [:], user: 7) == "/tmp/confab-7/confabd.sock")
        for user in [0, 7] as [UInt32] {
            let path = OperatorSocket.standardPath(environment: [:], user: user)
            #expect(OperatorSocket.standardPaths(environment: [:], user: user).contains(path))
        }
    }
}

/// Answers whatever comes with the same bytes, and closes.
private final class Answering: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let answer: String

    init(_ answer: String) { self.answer = answer }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer)), promise: nil)
        context.close(promise: nil)
    }
}
