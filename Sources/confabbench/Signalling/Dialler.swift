// SPDX-License-Identifier: GPL-3.0-or-later
import Audio
import RTP
import SDP
import SIP

/// Whoever of the load has a call.
protocol Caller: AnyObject {
    /// What it offers, as SDP.
    func offer() -> String
    /// Takes the answer: where its media goes.
    func take(_ answer: SessionDescription) throws
}

/// Dials many calls over one UDP socket, a handful at a time, and answers what it is asked.
final class Dialler {
    /// An established call.
    struct Established {
        let callID: String
        let from: String
        let to: String
        /// Where requests go.
        let target: SIPURI
        /// From INVITE to 200, ms.
        let setup: Double
    }

    private struct Attempt {
        let member: Int
        let caller: any Caller
        let request: SIPRequest
        let began: MediaInstant
        var lastSent: MediaInstant
    }

    let socket: MediaSocket
    private let focus: SocketAddress
    private var attempts: [String: Attempt] = [:]
    private var waitingForBye: Set<String> = []
    private var established: [Int: Established] = [:]
    /// What went wrong, one line each.
    private(set) var failures: [String] = []
    /// Told of each call that stands, with its member's number.
    var whenEstablished: ((Int) -> Void)?
    private var count = 0
    private var buffer = [UInt8](repeating: 0, count: 65_536)

    init(focus: SocketAddress) throws {
        self.focus = focus
        socket = try MediaSocket(
            binding: .loopback(), options: MediaSocketOptions(receiveBuffer: 4_194_304, codePoint: 0))
    }

    /// Calls `room` for each of `members`, who take the answers.
    func dial(_ members: [any Caller], room: (Int) -> String) throws {
        var next = 0
        let deadline = MediaInstant.now().advanced(byMilliseconds: 10_000 + 20 * members.count)
        while established.count + failures.count < members.count {
            while attempts.count < 16, next < members.count {
                invite(members[next], next, to: room(next))
                next += 1
            }
            serve(waiting: 20)
            retransmit()
            guard MediaInstant.now() < deadline else { throw BenchError("calls were not answered in time") }
        }
        if let first = failures.first { throw BenchError("\(failures.count) calls failed; the first: \(first)") }
    }

    /// From INVITE to 200 of the calls that stand, ms.
    var setups: [Double] { established.values.map(\.setup) }

    /// Calls that stand or failed.
    var settled: Int { established.count + failures.count }

    /// Ends every call.
    func hangUp() {
        let calls = established.values.map { $0 }
        established = [:]
        var next = 0
        let deadline = MediaInstant.now().advanced(byMilliseconds: 5000)
        while next < calls.count || !waitingForBye.isEmpty {
            while waitingForBye.count < 32, next < calls.count {
                waitingForBye.insert(calls[next].callID)
                send(request(.bye, in: calls[next], sequence: 2))
                next += 1
            }
            serve(waiting: 20)
            guard MediaInstant.now() < deadline else { return }
        }
    }

    /// Takes all that waits.
    func serve() {
        while let (length, _) = unsafe buffer.withUnsafeMutableBytes({ bytes in
            (try? unsafe socket.receive(into: bytes)) ?? nil
        }) {
            guard case .message(let message) = SIPParser.parse(Array(buffer[..<length])) else { continue }
            switch message {
            case .response(let response): take(response)
            case .request(let request):
                if request.method != .ack { send(SIPResponse(to: request, status: 200).serialized()) }
            }
        }
    }

    /// Waits for something, and takes all that waits then.
    func serve(waiting milliseconds: Int) {
        guard var poll = try? EventPoll(), (try? poll.add(socket.descriptor, token: 0)) != nil else { return }
        _ = try? poll.wait(milliseconds: milliseconds)
        serve()
    }

    /// Calls `room` for one, without waiting for the answer: `serve` takes that.
    func invite(_ member: any Caller, _ index: Int, to room: String) {
        count += 1
        let callID = "bench-\(count)-\(UInt32.random(in: 0 ... .max))"
        let uri = SIPURI(user: room, host: focus.host, port: Int(focus.port))
        let local = socket.localAddress
        let request = SIPRequest(
            method: .invite, uri: uri,
            headers: [
                "Via": "SIP/2.0/UDP \(local);rport;branch=z9hG4bK\(callID)", "Max-Forwards": "70",
                "From": "\"Member \(index)\" <sip:m\(index)@\(local)>;tag=f\(count)", "To": "<\(uri)>",
                "Call-ID": callID, "CSeq": "1 INVITE", "Contact": "<sip:m\(index)@\(local)>",
                "User-Agent": "confabbench", "Content-Type": "application/sdp",
            ], body: Array(member.offer().utf8))
        let now = MediaInstant.now()
        attempts[callID] = Attempt(member: index, caller: member, request: request, began: now, lastSent: now)
        send(request.serialized())
    }

    /// Sends again what was not answered for half a second.
    func retransmit() {
        let now = MediaInstant.now()
        for (id, attempt) in attempts where now.milliseconds(since: attempt.lastSent) > 500 {
            attempts[id]?.lastSent = now
            send(attempt.request.serialized())
        }
    }

    private func take(_ response: SIPResponse) {
        guard let id = response.callID, let method = response.cSeq?.method, response.isFinal else { return }
        if method == .bye { waitingForBye.remove(id) }
        guard method == .invite, let attempt = attempts.removeValue(forKey: id) else { return }
        do {
            let call = try established(by: response, attempt)
            established[attempt.member] = call
            send(request(.ack, in: call, sequence: 1))
            whenEstablished?(attempt.member)
        } catch {
            failures.append("\(error)")
        }
    }

    private func established(by response: SIPResponse, _ attempt: Attempt) throws -> Established {
        guard response.isSuccess else {
            throw BenchError("\(response.status) \(response.reason) \(response.headers.first("Warning") ?? "")")
        }
        try attempt.caller.take(try SessionDescription(parsing: response.body))
        guard let target = response.contacts.first?.uri, let from = response.headers.first("From"),
            let to = response.headers.first("To")
        else { throw BenchError("an answer without Contact") }
        return Established(
            callID: response.callID ?? "", from: from, to: to, target: target,
            setup: Double(MediaInstant.now().nanoseconds(since: attempt.began)) / 1e6)
    }

    private func request(_ method: SIPMethod, in call: Established, sequence: Int) -> [UInt8] {
        count += 1
        return SIPRequest(
            method: method, uri: call.target,
            headers: [
                "Via": "SIP/2.0/UDP \(socket.localAddress);rport;branch=z9hG4bK\(method.rawValue)\(count)",
                "Max-Forwards": "70", "From": call.from, "To": call.to, "Call-ID": call.callID,
                "CSeq": "\(sequence) \(method.rawValue)",
            ]
        ).serialized()
    }

    private func send(_ bytes: [UInt8]) {
        try? socket.send(bytes.span, to: focus)
    }
}

extension SessionDescription {
    /// Where RTP of line `index` goes.
    /// - Throws: where it was declined, or has no address.
    func destination(_ index: Int) throws -> SocketAddress {
        guard index < media.count, media[index].port > 0, let host = connection(for: media[index])?.address,
            let address = SocketAddress(host: host, port: media[index].port)
        else { throw BenchError("line \(index + 1) of an answer has no media address") }
        return address
    }
}
