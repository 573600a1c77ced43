// SPDX-License-Identifier: GPL-3.0-or-later
import SIP
import Synchronization

/// One call of a `UserAgent`. Callable from any task.
///
/// It goes on until either side hangs up, whether or not anybody holds this object.
public final class Call: Sendable {
    /// Who called whom.
    public enum Direction: String, Hashable, Sendable {
        case outgoing
        case incoming
    }

    public let direction: Direction
    /// The other side's address: the one dialled, or the caller's.
    public let remote: String
    /// What the caller is named; nil where we call, and where it says nothing.
    public let remoteName: String?
    /// What happens, for one reader. The oldest events are lost to a reader that is thousands behind; `ended` never is.
    public let events: AsyncStream<CallEvent>

    let id: SessionID
    let agent: UserAgent
    /// Who is to be seen.
    let board: VideoBoard
    private let feed: AsyncStream<CallEvent>.Continuation
    private let state = Mutex(State())

    private struct State {
        var description: CallDescription?
        var end: CallEnd?
        var waitingForEnd: [CheckedContinuation<CallEnd, Never>] = []
        var waitingForStart: [CheckedContinuation<Result<CallDescription, UserAgentError>, Never>] = []
    }

    init(
        _ id: SessionID, of agent: UserAgent, direction: Direction, remote: String, remoteName: String? = nil,
        board: VideoBoard = VideoBoard(),
        events: (stream: AsyncStream<CallEvent>, continuation: AsyncStream<CallEvent>.Continuation)
    ) {
        self.id = id
        self.agent = agent
        self.direction = direction
        self.remote = remote
        self.remoteName = remoteName
        self.board = board
        self.events = events.stream
        feed = events.continuation
    }

    static func makeEvents() -> (stream: AsyncStream<CallEvent>, continuation: AsyncStream<CallEvent>.Continuation) {
        AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(4096))
    }

    // MARK: Waiting

    /// Waits until the call stands.
    ///
    /// - Throws: `UserAgentError.refused` and its like where it never does.
    @discardableResult
    public func waitUntilEstablished() async throws(UserAgentError) -> CallDescription {
        let result = await withCheckedContinuation { continuation in
            let known: Result<CallDescription, UserAgentError>? = state.withLock { state in
                if let description = state.description { return .success(description) }
                if let end = state.end { return .failure(UserAgentError(end)) }
                state.waitingForStart.append(continuation)
                return nil
            }
            if let known { continuation.resume(returning: known) }
        }
        return try result.get()
    }

    /// Waits until the call is over, its recordings written and its devices closed.
    @discardableResult
    public func waitUntilEnded() async -> CallEnd {
        await withCheckedContinuation { continuation in
            let known: CallEnd? = state.withLock { state in
                if state.end == nil { state.waitingForEnd.append(continuation) }
                return state.end
            }
            if let known { continuation.resume(returning: known) }
        }
    }

    // MARK: Told by the user agent

    func tell(_ event: CallEvent) {
        switch event {
        case .established(let description):
            let waiting = state.withLock { state in
                state.description = description
                defer { state.waitingForStart = [] }
                return state.waitingForStart
            }
            feed.yield(event)
            for continuation in waiting { continuation.resume(returning: .success(description)) }
        case .ended(let end):
            let (starting, ending) = state.withLock { state in
                state.end = end
                defer { (state.waitingForStart, state.waitingForEnd) = ([], []) }
                return (state.waitingForStart, state.waitingForEnd)
            }
            feed.yield(event)
            feed.finish()
            for continuation in starting { continuation.resume(returning: .failure(UserAgentError(end))) }
            for continuation in ending { continuation.resume(returning: end) }
        default:
            feed.yield(event)
        }
    }
}

extension UserAgentError {
    /// Why a call that was waited for will never stand.
    init(_ end: CallEnd) {
        switch end {
        case .refused(let refusal): self = .refused(refusal)
        default: self = .wrongState("\(end)")
        }
    }
}
