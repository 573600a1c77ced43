// SPDX-License-Identifier: GPL-3.0-or-later
import Audio
import Foundation
import RTP
import TestSupport

/// Janus with its AudioBridge, where it is installed, on the core of what is measured: a mixer to compare with.
final class JanusProcess {
    let child: ChildProcess
    private let port: Int
    private let folder: TemporaryFolder
    private var path = "/janus"

    private struct Answer: Decodable {
        struct Identity: Decodable { var id: Int? }
        struct PluginData: Decodable { var data: Content? }
        struct Content: Decodable {
            var error: String?
            var rtp: Address?
        }
        struct Address: Decodable {
            var ip: String
            var port: Int
        }
        var janus: String
        var data: Identity?
        var sender: Int?
        var plugindata: PluginData?
    }

    var pid: Int32 { child.pid }

    static var isInstalled: Bool { FileManager.default.isExecutableFile(atPath: "/usr/bin/janus") }

    init() async throws {
        folder = try TemporaryFolder("janus")
        port = try FreePort.allocate(count: 2)
        let libraries = "/usr/lib/x86_64-linux-gnu/janus"
        try folder.write(
            "janus.jcfg",
            """
            general: {
                configs_folder = "\(folder.path)"
                plugins_folder = "\(libraries)/plugins"
                transports_folder = "\(libraries)/transports"
                debug_level = 2
                session_timeout = 0
            }
            plugins: {
                disable = "libjanus_duktape.so,libjanus_echotest.so,libjanus_lua.so,libjanus_nosip.so,libjanus_recordplay.so,libjanus_sip.so,libjanus_streaming.so,libjanus_textroom.so,libjanus_videocall.so,libjanus_videoroom.so,libjanus_voicemail.so"
            }
            transports: {
                disable = "libjanus_mqtt.so,libjanus_nanomsg.so,libjanus_pfunix.so,libjanus_rabbitmq.so,libjanus_websockets.so"
            }
            """)
        try folder.write(
            "janus.transport.http.jcfg",
            """
            general: {
                json = "compact"
                base_path = "/janus"
                http = true
                port = \(port)
                ip = "127.0.0.1"
                https = false
            }
            admin: { admin_http = false }
            """)
        try folder.write(
            "janus.plugin.audiobridge.jcfg",
            """
            general: {
                local_ip = "127.0.0.1"
                rtp_port_range = "28000-29999"
            }
            """)
        let command = Cores.onMeasured(["janus", "-F", folder.path, "-C", folder.path + "/janus.jcfg"])
        var launch = ChildProcess.Launch(command[0], Array(command.dropFirst()))
        launch.output = folder.path + "/janus.log"
        child = try ChildProcess(launch)
        try await Condition.await("janus to answer", within: .seconds(10), evidence: { [child] in child.printed }) {
            [port] in (try? LocalHTTP.send("GET", "/janus/info", to: .tcp(port))) != nil
        }
    }

    /// Makes a room at the codec's rate and puts every member into it, by plain RTP.
    func join(_ members: [LoadMember]) throws {
        guard let codec = members.first?.voice.codec else { return }
        let session = try ask(#"{"janus":"create","transaction":"s"}"#).data?.id ?? 0
        path = "/janus/\(session)"
        for (index, member) in members.enumerated() {
            let handle =
                try ask(#"{"janus":"attach","plugin":"janus.plugin.audiobridge","transaction":"a"}"#).data?.id ?? 0
            if index == 0 {
                let room =
                    #"{"request":"create","room":77,"sampling_rate":\#(codec.sampleRate),"#
                    + #""allow_rtp_participants":true,"audiolevel_ext":true}"#
                try require(try ask(message(room), of: handle))
            }
            let join =
                #"{"request":"join","room":77,"codec":"\#(codec.rawValue)","rtp":{"ip":"127.0.0.1","port":"#
                + #"\#(member.socket.localAddress.port),"payload_type":\#(member.payloadType)}}"#
            _ = try ask(message(join), of: handle)
            member.destination = try address(of: handle)
        }
    }

    /// The answer to a join comes as an event, among events of others.
    private func address(of handle: Int) throws -> SocketAddress {
        for _ in 0..<500 {
            let text = try LocalHTTP.send("GET", path + "?maxev=1", to: .tcp(port), seconds: 20)
            guard let event = try? JSONDecoder().decode(Answer.self, from: Data(text.utf8)), event.sender == handle
            else { continue }
            try require(event)
            if let rtp = event.plugindata?.data?.rtp, let place = SocketAddress(host: rtp.ip, port: rtp.port) {
                return place
            }
        }
        throw BenchError("Janus did not say where it wants a member's media")
    }

    private func require(_ answer: Answer) throws {
        if let error = answer.plugindata?.data?.error { throw BenchError("Janus: \(error)") }
    }

    private func message(_ body: String) -> String {
        #"{"janus":"message","transaction":"m","body":\#(body)}"#
    }

    private func ask(_ body: String, of handle: Int? = nil) throws -> Answer {
        let place = handle.map { path + "/\($0)" } ?? path
        let text = try LocalHTTP.send("POST", place, to: .tcp(port), body: body)
        return try JSONDecoder().decode(Answer.self, from: Data(text.utf8))
    }

    func stop() async {
        await child.stop(within: .seconds(2))
    }
}
