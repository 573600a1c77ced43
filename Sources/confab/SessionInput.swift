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

    /// - Parameter keys: whether single keys are read from the terminal.
    init(keys: Bool, _ input: @escaping @Sendable (SessionInput) -> Void) {
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
        guard keys else { return }
        Terminal.takeOver()
        let source = DispatchSource.makeReadSource(fileDescriptor: STDIN_FILENO, queue: .global())
        source.setEventHandler {
            var bytes = [UInt8](repeating: 0, count: 64)
            let count = unsafe bytes.withUnsafeMutableBytes { unsafe read(STDIN_FILENO, $0.baseAddress, $0.count) }
            for byte in bytes.prefix(max(0, count)) { input(.key(Character(Unicode.Scalar(byte)))) }
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
