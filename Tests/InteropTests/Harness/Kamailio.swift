// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import TestSupport

/// A Kamailio between phones and a focus: it stays on the path of every dialog (Record-Route), and speaks UDP with the focus whatever
/// the phones speak with it. It vouches for who calls (RFC 3325), as one that has asked for passwords would.
final class Kamailio: Sendable {
    let port: Int
    private let process: ChildProcess
    private let folder: InteropFolder

    private static let files = UnpackedFiles.folder("proxy", with: "usr/sbin/kamailio")

    static var isInstalled: Bool { files != nil }

    /// Starts it in front of a focus and waits until it can be called.
    static func start(before focus: FocusProcess) async throws -> Kamailio {
        let folder = try InteropFolder("kamailio")
        let port = try FreePort.allocate()
        guard let files,
            let modules = FileManager.default.enumerator(atPath: "\(files)/usr/lib")?.compactMap({ $0 as? String })
                .first(where: { $0.hasSuffix("kamailio/modules") })
        else { throw CallFailed(reason: "no Kamailio: make test unpacks it") }
        try folder.write(configuration(port: port, focus: focus.address), as: "kamailio.cfg")
        var launch = ChildProcess.Launch(
            "\(files)/usr/sbin/kamailio",
            [
                "-f", folder.path("kamailio.cfg"), "-L", "\(files)/usr/lib/\(modules)", "-Y", folder.path,
                "-P", folder.path("pid"), "-DD", "-E", "-m", "32", "-M", "4",
            ])
        launch.errors = folder.path("log")
        let kamailio = Kamailio(port: port, process: try ChildProcess(launch), folder: folder)
        let peer = try RawSIPPeer(target: port)
        try await Condition.await("Kamailio passes on", evidence: { kamailio.log }) {
            await peer.send(MalformedMessage.probe(over: .udp, from: peer.port).bytes)
            return try await peer.receive(within: .milliseconds(200)) != nil || !kamailio.process.isRunning
        }
        guard kamailio.process.isRunning else { throw CallFailed(reason: "Kamailio ended: \(kamailio.log)") }
        return kamailio
    }

    private init(port: Int, process: ChildProcess, folder: InteropFolder) {
        self.port = port
        self.process = process
        self.folder = folder
    }

    var log: String { ChildProcess.text(of: folder.path("log")) }

    /// Whether a request of that user has come to it.
    func passedOn(_ method: String, from user: String) -> Bool {
        log.split(separator: "\n").contains { $0.contains(" \(method) sip:") && $0.contains(", sip:\(user)@") }
    }

    func stop() async {
        await process.stop()
    }

    private static func configuration(port: Int, focus: String) -> String {
        let modules = ["tm", "sl", "rr", "pv", "maxfwd", "textops", "siputils", "xlog"]
        return """
            #!KAMAILIO
            debug=2
            log_stderror=yes
            children=2
            tcp_children=1
            auto_aliases=no
            dns=no
            rev_dns=no
            use_dns_cache=off
            listen=udp:127.0.0.1:\(port)
            listen=tcp:127.0.0.1:\(port)
            \(modules.map { "loadmodule \"\($0).so\"" }.joined(separator: "\n"))

            request_route {
                xlog("L_NOTICE", "$rm $ru from $proto:$si:$sp, $fu\n");
                if (!mf_process_maxfwd_header("10")) { sl_send_reply("483", "Too Many Hops"); exit; }
                if (is_method("CANCEL")) { if (t_check_trans()) { t_relay(); } exit; }
                if (has_totag()) {
                    if (loose_route()) { t_relay(); exit; }
                    if (is_method("ACK")) { if (t_check_trans()) { t_relay(); } exit; }
                    sl_send_reply("404", "Not here");
                    exit;
                }
                if (is_method("INVITE|SUBSCRIBE|REFER")) { record_route(); }
                remove_hf("P-Asserted-Identity");
                append_hf("P-Asserted-Identity: <$fu>\r\n");
                $du = "sip:\(focus);transport=udp";
                t_relay();
            }

            onreply_route {
                xlog("L_NOTICE", "$rs to $rm from $proto:$si:$sp\n");
            }

            """
    }
}
