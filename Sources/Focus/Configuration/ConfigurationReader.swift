// SPDX-License-Identifier: GPL-3.0-or-later
import FoundationEssentials
import Yams

extension FocusConfiguration {
    /// Reads a file.
    ///
    /// - Parameter file: Path, as it is to stand in messages.
    package init(file: String) throws(ConfigurationError) {
        let text: String
        do {
            text = try String(contentsOfFile: file, encoding: .utf8)
        } catch {
            throw ConfigurationError([.init(file: file, message: Self.words(for: error))])
        }
        try self.init(yaml: text, file: file)
    }

    private static func words(for error: any Error) -> String {
        switch (error as? CocoaError)?.code {
        case .fileReadNoSuchFile, .fileNoSuchFile: "cannot be read: there is no such file"
        case .fileReadNoPermission: "cannot be read: permission is lacking"
        default: "cannot be read as UTF-8 text"
        }
    }

    /// Reads YAML. Keys that do not stand in it have their defaults.
    ///
    /// - Parameters:
    ///   - yaml: The text of the file.
    ///   - file: The name of the file for messages.
    package init(yaml: String, file: String) throws(ConfigurationError) {
        var reader = ConfigurationReader(file: file)
        let root: Node?
        do {
            root = try Yams.compose(yaml: yaml)
        } catch {
            throw ConfigurationError([reader.problem(error)])
        }
        if let root { reader.read(root) }
        guard reader.problems.isEmpty else { throw ConfigurationError(reader.problems) }
        self = reader.configuration
    }

    /// Paths of all keys there are.
    package static var keys: [String] { ConfigurationKey.all.map(\.path) }

    /// The value of each key as it would be written.
    package var values: [(key: String, value: String)] { ConfigurationKey.all.map { ($0.path, $0.text(self)) } }
}

/// Walks the tree of one file along the table of keys and notes everything that does not fit.
struct ConfigurationReader {
    let file: String
    private(set) var configuration = FocusConfiguration()
    private(set) var problems: [ConfigurationError.Problem] = []
    private var places: [String: Node] = [:]

    init(file: String) { self.file = file }

    mutating func read(_ root: Node) {
        section(root, path: "")
        guard problems.isEmpty else { return }
        checkTogether()
    }

    private mutating func section(_ node: Node, path: String) {
        if node.isNothing { return }
        guard case .mapping(let mapping) = node else {
            let name = path.isEmpty ? "the file" : path
            return note(node, "\(name): expected a section (lines of `key: value`), found \(node.inWords)")
        }
        for (keyNode, value) in mapping {
            guard case .scalar(let scalar) = keyNode else {
                note(keyNode, "expected a key, found \(keyNode.inWords)")
                continue
            }
            let full = path.isEmpty ? scalar.string : "\(path).\(scalar.string)"
            if let key = ConfigurationKey.all.first(where: { $0.path == full }) {
                places[full] = value
                do {
                    try key.read(value, &configuration)
                } catch {
                    let found = error.isEntry ? "\(error.found) in the list" : error.found
                    problems.append(
                        .init(
                            file: file, line: error.line, column: error.column,
                            message: "\(full): expected \(key.expected), found \(found)"))
                }
            } else if ConfigurationKey.all.contains(where: { $0.path.hasPrefix(full + ".") }) {
                section(value, path: full)
            } else {
                note(keyNode, "unknown key \(full)\(suggestion(for: scalar.string, in: path))")
            }
        }
    }

    /// What no key can judge alone.
    private mutating func checkTogether() {
        if configuration.sip.sessionMin > configuration.sip.sessionExpires {
            let limit = DurationText.write(configuration.sip.sessionExpires)
            note(
                places["sip.session-min"] ?? places["sip.session-expires"],
                "sip.session-min: expected at most sip.session-expires, which is \(limit)")
        }
        if configuration.sip.timerT1 > configuration.sip.timerT2 {
            let limit = DurationText.write(configuration.sip.timerT2)
            note(
                places["sip.timers.t1"] ?? places["sip.timers.t2"],
                "sip.timers.t1: expected at most sip.timers.t2, which is \(limit)")
        }
        if let path = configuration.operator.socket, !path.hasPrefix("/") || path.utf8.count > 90 {
            note(places["operator.socket"], "operator.socket: expected an absolute path of 90 bytes at most")
        }
    }

    private func suggestion(for name: String, in path: String) -> String {
        let prefix = path.isEmpty ? "" : path + "."
        let siblings = Set(
            ConfigurationKey.all.filter { $0.path.hasPrefix(prefix) }
                .compactMap { $0.path.dropFirst(prefix.count).split(separator: ".").first.map(String.init) })
        if let near = NearestName.to(name, among: siblings.sorted()) { return ", did you mean \(near)?" }
        let elsewhere = ConfigurationKey.all.filter { $0.path.split(separator: ".").last.map(String.init) == name }
        if let key = elsewhere.first { return ", did you mean \(key.path)?" }
        return "; known here: " + siblings.sorted().joined(separator: ", ")
    }

    private mutating func note(_ node: Node?, _ message: String) {
        problems.append(.init(file: file, line: node?.mark?.line, column: node?.mark?.column, message: message))
    }

    /// Words an error of the YAML parser.
    func problem(_ error: any Error) -> ConfigurationError.Problem {
        guard let error = error as? YamlError else { return .init(file: file, message: "is not YAML: \(error)") }
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let why = context.map { " \($0.text)" } ?? ""
            return .init(file: file, line: mark.line, column: mark.column, message: "is not YAML: \(problem)\(why)")
        case .duplicatedKeysInMapping(let duplicates, let context):
            let names = duplicates.joined(separator: ", ")
            return .init(
                file: file, line: context.mark.line, column: context.mark.column,
                message: "expected each key once, found several of \(names)")
        case .reader(let problem, _, _, _):
            return .init(file: file, message: "is not YAML: \(problem)")
        case .no, .memory, .writer, .emitter, .representer, .dataCouldNotBeDecoded:
            return .init(file: file, message: "is not YAML: \(error)")
        }
    }
}
