// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import TestSupport

/// The filter in `Conf/fail2ban`, and the program that it is for.
enum Fail2ban {
    private static let files = UnpackedFiles.folder("guard", with: "usr/bin/fail2ban-regex")
    private static let filter = URL(filePath: #filePath).deletingLastPathComponent().appending(
        path: "../../../Conf/fail2ban/filter.d/confab.conf"
    ).standardizedFileURL

    static var isInstalled: Bool { files != nil }

    /// A log as a syslog daemon writes it: a time and a prefix of its own come first, as from a journal.
    static func journal(_ log: String) -> String {
        log.split(separator: "\n").map { "Nov 27 11:22:05 host confabd[812]: \($0)\n" }.joined()
    }

    /// The addresses that fail2ban itself finds in a log.
    static func sources(in log: String) async throws -> [String] {
        guard let files else { throw CallFailed(reason: "no fail2ban: make test unpacks it") }
        let folder = try InteropFolder("fail2ban")
        try folder.write(log, as: "log")
        var launch = ChildProcess.Launch(
            "\(files)/usr/bin/fail2ban-regex",
            ["-c", "\(files)/etc/fail2ban", "-o", "ip", folder.path("log"), filter.path(percentEncoded: false)])
        launch.environment["PYTHONPATH"] = "\(files)/usr/lib/python3/dist-packages"
        launch.output = folder.path("sources")
        launch.errors = folder.path("errors")
        let exit = try await ChildProcess(launch).waitForExit(within: .seconds(20))
        guard exit?.isSuccess == true else { throw CallFailed(reason: ChildProcess.text(of: folder.path("errors"))) }
        return ChildProcess.text(of: folder.path("sources")).split(separator: "\n").map(String.init)
    }

    /// What its filter matches where fail2ban has cut out the time that a line begins with.
    static func matches(in log: String) throws -> [String] {
        let settings = try String(contentsOf: filter, encoding: .utf8)
        let lines = settings.split(separator: "\n")
        let prefix = lines.first { $0.hasPrefix("__prefix = ") }?.dropFirst("__prefix = ".count) ?? ""
        let patterns = lines.filter { $0.contains("<HOST>") }.map { line in
            String(line.trimmingPrefix("failregex = ").drop { $0 == " " }).replacing("%(__prefix)s", with: prefix)
                .replacing("<HOST>", with: "([0-9a-f.:]+)")
        }
        let expressions = try patterns.map { try NSRegularExpression(pattern: $0) }
        return log.split(separator: "\n").compactMap { line in
            let rest = String(line.replacing(/^(\w{3} \d+ \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT\S+)/, with: ""))
            return expressions.lazy.compactMap { expression in
                expression.firstMatch(in: rest, range: NSRange(rest.startIndex..., in: rest)).flatMap {
                    Range($0.range(at: 1), in: rest).map { String(rest[$0]) }
                }
            }.first
        }
    }
}
