// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import Devices
import UserAgent

/// One call from the command line, from dialling to exit code.
struct CallSession {
    let options: CallOptions
    let form: CallView.Form
    let began = ContinuousClock.now
    private let agentOptions: UserAgent.Options

    init(_ options: CallOptions, _ agentOptions: UserAgent.Options) {
        self.options = options
        var agentOptions = agentOptions
        agentOptions.codecs = options.codec
        form = options.json ? .json : options.headless || !Terminal.isThere ? .plain : .screen
        agentOptions.video = options.video.options(isPerson: form == .screen)
        self.agentOptions = agentOptions
    }

    /// Whether the others are shown in a window.
    var wantsWindow: Bool { options.video.window ?? (form == .screen && VideoWindow.isPossible) }

    /// Where pictures are written; nil where nobody wants any.
    private func recorder(_ feed: AsyncStream<SessionInput>.Continuation) throws(UserAgentError) -> SceneRecorder? {
        guard let recording = options.video.recording else { return nil }
        do throws(DeviceError) {
            return try SceneRecorder(recording, rate: options.video.recordingRate) {
                feed.yield(.event(.notice("\($0)")))
            }
        } catch {
            throw .device("\(error)")
        }
    }

    /// - Throws: `ExitCode`, where it is not 0.
    func run(_ dial: @Sendable (UserAgent) async throws -> Call) async throws {
        let (inputs, feed) = AsyncStream<SessionInput>.makeStream()
        let console = Console(keys: form == .screen, lines: options.chatInput) { feed.yield($0) }
        defer { console.close() }
        do {
            let recorder = try recorder(feed)
            let agent = try await UserAgent.start(agentOptions)
            let call: Call
            do {
                call = try await dial(agent)
            } catch {
                await agent.stop()
                throw error
            }
            let (end, _) = await converse(in: call, recorder, inputs, feed)
            await agent.stop()
            console.close()
            if let code = Self.exitCode(end) { throw code }
        } catch let error as UserAgentError {
            console.close()
            throw report(error)
        }
    }

    /// A call that could not even be begun: scripts read of it where they read of every other end.
    private func report(_ error: UserAgentError) -> ExitCode {
        if form == .json {
            Output.line(
                EventLine.text(.ended(.failed("\(error)")), at: (ContinuousClock.now - began) / .seconds(1)) ?? "")
        }
        return Trouble.report(error)
    }

    /// Waits for calls and answers each at once, one at a time, until interrupted or, with `once`, the first is over.
    func answer(once: Bool) async throws {
        var agentOptions = agentOptions
        agentOptions.acceptsCalls = true
        let (inputs, feed) = AsyncStream<SessionInput>.makeStream()
        let console = Console(keys: form == .screen, lines: options.chatInput) { feed.yield($0) }
        defer { console.close() }
        do {
            let recorder = try recorder(feed)
            let agent = try await UserAgent.start(agentOptions)
            let addresses = await agent.addresses.joined(separator: ", ")
            var view = CallView(form, began: began)
            view.note("Waiting for calls on \(addresses)")
            let registration = Task { await register(agent, feed) }
            defer { registration.cancel() }
            let reception = Task {
                for await incoming in agent.incoming { feed.yield(.incoming(incoming)) }
            }
            defer { reception.cancel() }
            var end: CallEnd?
            waiting: for await input in inputs {
                switch input {
                case .incoming(let incoming):
                    let (how, isInterrupted) = await converse(in: incoming, recorder, inputs, feed)
                    end = how
                    if once || isInterrupted { break waiting }
                    view.note("Waiting for calls on \(addresses)")
                case .interrupt, .key("q"): break waiting
                case .event(.notice(let text)): view.note(text)
                case .event, .key, .line, .timeIsUp, .window, .seen: break
                }
            }
            await agent.stop()
            console.close()
            if once, let end, let code = Self.exitCode(end) { throw code }
        } catch let error as UserAgentError {
            console.close()
            throw report(error)
        }
    }

    /// Where there is an account, it is where others call us.
    private func register(_ agent: UserAgent, _ feed: AsyncStream<SessionInput>.Continuation) async {
        guard let account = agentOptions.account, let states = try? await agent.register() else { return }
        for await state in states {
            switch state {
            case .registered(let seconds):
                feed.yield(.event(.notice("registered as \(account.address) for \(seconds) s")))
            case .failed(let error): feed.yield(.event(.notice("not registered: \(error)")))
            }
        }
    }

    static func exitCode(_ end: CallEnd) -> ExitCode? {
        if end.isNormal { return nil }
        if case .refused = end { return Confab.Exit.refused }
        return Confab.Exit.failure
    }
}
