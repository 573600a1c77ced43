// SPDX-License-Identifier: GPL-3.0-or-later

@testable import RTP

/// A feedback packet, written here independently of the code under test.
func feedback(_ type: UInt8, _ format: UInt8, sender: UInt32 = 0x0A0B_0C0D, media: UInt32, _ control: [UInt8] = [])
    -> [UInt8]
{
    [0x80 | format, type] + bigEndian(UInt16(2 + control.count / 4)) + bigEndian(sender) + bigEndian(media) + control
}

/// The packets of a compound; those before the first broken one where there is one.
func packets(_ bytes: [UInt8]) -> [RTCPPacket] {
    var reader = RTCPCompoundReader()
    var found: [RTCPPacket] = []
    while let packet = try? reader.next(in: bytes.span) { found.append(packet) }
    return found
}

/// The one feedback message of a datagram.
func message(_ bytes: [UInt8]) -> RTCPFeedbackMessage? {
    let found = packets(bytes)
    return found.count == 1 ? RTCPFeedbackMessage(found[0], in: bytes.span) : nil
}

/// What `write` puts into a buffer of `capacity` bytes.
func written(capacity: Int = 1500, _ write: (inout RTCPWriter, inout MutableSpan<UInt8>) -> Void) -> [UInt8] {
    var bytes = [UInt8](repeating: 0xEE, count: capacity)
    var writer = RTCPWriter()
    var span = bytes.mutableSpan
    write(&writer, &span)
    return Array(bytes.prefix(writer.length))
}
