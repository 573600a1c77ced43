// SPDX-License-Identifier: GPL-3.0-or-later
import Devices
import Dispatch
import Glibc
import Synchronization
import UserAgent

/// What a running command reacts to, one after the other.
enum SessionInput: Sendable {
    case event(CallEvent)
    case incoming(Call)
    case key(Character)
    case window(WindowEvent)
    /// A line of standard input.
    case line(String)
    /// Who is seen now.
    case seen([SeenPicture])
    /// Ctrl-C or a request to end.
    case interrupt
    /// `--duration` is over.
    case timeIsUp
}

/// Ctrl-C, termination and keys as inputs. The second Ctrl-C ends the process at once, whatever it waits for.
final class Console {
    private var sources: [any DispatchSourceProtocol] = []
    private let hasKeys: Bool

    /// - Parameters:
    ///   - keys: whether single keys are read from the terminal.
    ///   - lines: whether lines of standard input are taken; never together with keys.
    init(keys: Bool, lines: Bool = false, _ input: @escaping @Sendable (SessionInput) -> Void) {
        hasKeys = keys
        let counter = InterruptCounter()
        for number in [SIGINT, SIGTERM, SIGHUP] {
            _ = signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                switch counter.count() {
                case .first: input(.interrupt)
                case .echo: break
                case .again:
                    Terminal.restore()
                    _exit(128 + number)
                }
            }
            source.resume()
            sources.append(source)
        }
        // Somebody who closes the pipe must not end the call.
        _ = signal(SIGPIPE, SIG_IGN)
        if lines, !keys { readLines(input) }
        guard keys else { return }
        Terminal.takeOver()
        let source = DispatchSource.makeReadSource(fileDescriptor: STDIN_FILENO, queue: .global())
        source.setEventHandler {
            var bytes = [UInt8](repeating: 0, count: 64)
            let count = unsafe bytes.withUnsafeMutableBytes { unsafe read(STDIN_FILENO, $0.baseAddress, $0.count) }
            for key in TerminalKeys.read(bytes.prefix(max(0, count))) { input(.key(key)) }
        }
        source.resume()
        sources.append(source)
    }

    private func readLines(_ input: @escaping @Sendable (SessionInput) -> Void) {
        let source = DispatchSource.makeReadSource(fileDescriptor: STDIN_FILENO, queue: .global())
        var splitter = LineSplitter()
        source.setEventHandler {
            var bytes = [UInt8](repeating: 0, count: 4096)
            let count = unsafe bytes.withUnsafeMutableBytes { unsafe read(STDIN_FILENO, $0.baseAddress, $0.count) }
            guard count > 0 else { return source.cancel() }
            for line in splitter.feed(bytes.prefix(count)) where !line.isEmpty { input(.line(line)) }
        }
        source.resume()
        sources.append(source)
    }

    func close() {
        for source in sources { source.cancel() }
        sources = []
        if hasKeys { Terminal.restore() }
    }
}

/// Bytes to keys. Arrows come as several (ECMA-48 §5.4), and together: an escape alone is the key of that name.
enum TerminalKeys {
    static func read(_ bytes: ArraySlice<UInt8>) -> [Character] {
        var keys: [Character] = []
        var rest = bytes
        while let byte = rest.popFirst() {
            guard byte == 0x1B, let kind = rest.first, kind == UInt8(ascii: "[") || kind == UInt8(ascii: "O") else {
                keys.append(Character(Unicode.Scalar(byte)))
                continue
            }
            rest = rest.dropFirst().drop { !(0x40...0x7E).contains($0) }
            switch rest.popFirst() {
            case UInt8(ascii: "A"): keys.append(ModeratorKeys.up)
            case UInt8(ascii: "B"): keys.append(ModeratorKeys.down)
            default: break
            }
        }
        return keys
    }
}

/// Bytes to lines of text.
private struct LineSplitter {
    private static let longest = 65_536
    private var rest: [UInt8] = []

    mutating func feed(_ bytes: ArraySlice<UInt8>) -> [String] {
        rest += bytes
        var lines: [String] = []
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            lines.append(String(decoding: rest[..<end], as: UTF8.self))
            rest.removeFirst(end + 1)
        }
        if rest.count > Self.longest { rest = [] }
        return lines
    }
}

private final class InterruptCounter: Sendable {
    enum Meaning {
        case first
        /// The same one once more: wrappers pass on what the terminal has sent to the whole group already.
        case echo
        case again
    }

    private let first = Mutex<ContinuousClock.Instant?>(nil)

    func count() -> Meaning {
        first.withLock { first in
            guard let began = first else {
                first = .now
                return .first
            }
            return ContinuousClock.now - began < .milliseconds(300) ? .echo : .again
        }
    }
}
