// SPDX-License-Identifier: GPL-3.0-or-later
import Glibc

/// One HTTP request to a program on this machine, answered before it returns.
enum LocalHTTP {
    enum Place {
        case unix(String)
        case tcp(Int)
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// - Parameter seconds: how long the answer may take.
    /// - Returns: the body of a 2xx answer.
    static func send(
        _ method: String, _ path: String, to place: Place, body: String = "", seconds: Int = 5
    ) throws(Failure) -> String {
        let descriptor = try connect(place, seconds: seconds)
        defer { close(descriptor) }
        let head = "\(method) \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        let type = body.isEmpty ? "" : "Content-Type: application/json\r\n"
        let request = Array((head + type + "Content-Length: \(body.utf8.count)\r\n\r\n" + body).utf8)
        guard unsafe write(descriptor, request, request.count) == request.count else {
            throw Failure(description: "\(path): request not taken")
        }
        var answer: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let got = unsafe read(descriptor, &chunk, chunk.count)
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw Failure(description: "\(path): no answer in \(seconds) s") }
            if got == 0 { break }
            answer.append(contentsOf: chunk[..<got])
        }
        return try bodyOf(answer, path)
    }

    private static func bodyOf(_ answer: [UInt8], _ path: String) throws(Failure) -> String {
        let text = String(decoding: answer, as: UTF8.self)
        guard let end = text.firstRange(of: "\r\n\r\n") else { throw Failure(description: "\(path): no HTTP answer") }
        let head = text[..<end.lowerBound].lowercased()
        let body = text[end.upperBound...]
        guard head.split(separator: " ").dropFirst().first?.hasPrefix("2") == true else {
            throw Failure(description: "\(path): \(head.prefix(40)) \(body.prefix(200))")
        }
        guard head.contains("transfer-encoding: chunked") else { return String(body) }
        var rest = body[...]
        var whole = ""
        while let line = rest.firstRange(of: "\r\n"), let size = Int(rest[..<line.lowerBound], radix: 16), size > 0 {
            let bytes = rest[line.upperBound...].utf8
            whole += String(decoding: bytes.prefix(size), as: UTF8.self)
            rest = rest[line.upperBound...]
            rest =
                rest[
                    (rest.utf8.index(rest.startIndex, offsetBy: size + 2, limitedBy: rest.endIndex) ?? rest.endIndex)...
                ]
        }
        return whole
    }

    private static func connect(_ place: Place, seconds: Int) throws(Failure) -> Int32 {
        let family: Int32
        var storage = sockaddr_storage()
        let length: Int
        switch place {
        case .unix(let path):
            family = AF_UNIX
            length = MemoryLayout<sockaddr_un>.size
            guard path.utf8.count < 108 else { throw Failure(description: "\(path): too long for a socket") }
            unsafe withUnsafeMutableBytes(of: &storage) { bytes in
                unsafe bytes.storeBytes(of: sa_family_t(AF_UNIX), as: sa_family_t.self)
                for (index, byte) in path.utf8.enumerated() { unsafe bytes[2 + index] = byte }
            }
        case .tcp(let port):
            family = AF_INET
            length = MemoryLayout<sockaddr_in>.size
            unsafe withUnsafeMutableBytes(of: &storage) { bytes in
                unsafe bytes.storeBytes(of: sa_family_t(AF_INET), as: sa_family_t.self)
                unsafe bytes.storeBytes(of: UInt16(port).bigEndian, toByteOffset: 2, as: UInt16.self)
                unsafe bytes.storeBytes(of: UInt32(0x7F00_0001).bigEndian, toByteOffset: 4, as: UInt32.self)
            }
        }
        let descriptor = socket(family, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw Failure(description: "no socket") }
        var patience = timeval(tv_sec: seconds, tv_usec: 0)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        let connected = unsafe withUnsafePointer(to: &storage) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe Glibc.connect(descriptor, address, socklen_t(length))
            }
        }
        guard connected == 0 else {
            close(descriptor)
            throw Failure(description: "nobody listens at \(place)")
        }
        return descriptor
    }
}
