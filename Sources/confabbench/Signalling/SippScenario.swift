// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import TestSupport

/// What sipp is given and what it says in the end.
enum SippScenario {
    /// One call: in, a short stay, and out.
    static func call(hold: Int) -> String {
        """
        <?xml version="1.0" encoding="ISO-8859-1" ?>
        <!DOCTYPE scenario SYSTEM "sipp.dtd">
        <scenario name="call">
          <send retrans="500" start_rtd="1"><![CDATA[
        INVITE sip:[service]@[remote_ip]:[remote_port] SIP/2.0
        Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]
        From: "bench" <sip:bench@[local_ip]:[local_port]>;tag=[call_number]
        To: <sip:[service]@[remote_ip]:[remote_port]>
        Call-ID: [call_id]
        CSeq: 1 INVITE
        Contact: <sip:bench@[local_ip]:[local_port]>
        Max-Forwards: 70
        Content-Type: application/sdp
        Content-Length: [len]

        v=0
        o=bench 1 1 IN IP4 [local_ip]
        s=-
        c=IN IP4 [local_ip]
        t=0 0
        m=audio [media_port] RTP/AVP 0
        a=rtpmap:0 PCMU/8000

          ]]></send>
          <recv response="100" optional="true"/>
          <recv response="180" optional="true"/>
          <recv response="183" optional="true"/>
          <recv response="200" rtd="1" rrs="true"/>
          <send><![CDATA[
        ACK [next_url] SIP/2.0
        Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]
        From: "bench" <sip:bench@[local_ip]:[local_port]>;tag=[call_number]
        [last_To:]
        Call-ID: [call_id]
        CSeq: 1 ACK
        Max-Forwards: 70
        Content-Length: 0

          ]]></send>
          <pause milliseconds="\(hold)"/>
          <send retrans="500"><![CDATA[
        BYE [next_url] SIP/2.0
        Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]
        From: "bench" <sip:bench@[local_ip]:[local_port]>;tag=[call_number]
        [last_To:]
        Call-ID: [call_id]
        CSeq: 2 BYE
        Max-Forwards: 70
        Content-Length: 0

          ]]></send>
          <recv response="200"/>
        </scenario>
        """
    }

    /// The last line of sipp's statistics.
    static func totals(in folder: String) throws -> (successful: Int, failed: Int, retransmissions: Int) {
        // Other files of sipp's end alike: this one has the process id before its end and nothing else.
        let files = try FileManager.default.contentsOfDirectory(atPath: folder).filter {
            $0.hasPrefix("call_") && $0.hasSuffix("_.csv")
        }
        guard let file = files.first else { throw BenchError("sipp wrote no statistics") }
        let lines = ChildProcess.text(of: folder + "/" + file).split(whereSeparator: \.isNewline)
        guard let head = lines.first, let last = lines.last, lines.count > 1 else {
            throw BenchError("sipp's statistics are empty")
        }
        let names = head.split(separator: ";", omittingEmptySubsequences: false)
        let values = last.split(separator: ";", omittingEmptySubsequences: false)
        func value(_ name: String) -> Int {
            guard let index = names.firstIndex(where: { $0 == name }), index < values.count else { return -1 }
            return Int(values[index]) ?? -1
        }
        return (value("SuccessfulCall(C)"), value("FailedCall(C)"), value("Retransmissions(C)"))
    }
}
