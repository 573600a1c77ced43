// SPDX-License-Identifier: GPL-3.0-or-later

import CV4L2
import Geometry
import Glibc
import Picture

/// A camera that gives pictures: mapped buffers in turn with the driver, or `read` where it has none. One thread at a
/// time.
@safe final class CameraStream {
    /// What came of waiting for a picture.
    enum Outcome {
        case picture
        case nothing
        case lost(String)
    }

    /// What a person would call it: `camera "HD Webcam"`.
    let name: String
    /// What it really gives.
    let mode: CameraMode
    private let handle: CameraHandle
    private var buffers: [cv4l2_buffer] = unsafe []
    /// Where pictures are read to when there are no buffers.
    private var bytes: [UInt8] = []
    private let stride: Int
    private let jpeg = JPEGDecoder()

    /// Opens the camera at `path` and starts it.
    /// - Throws: `DeviceError.noPictures` with advice.
    init(path: String, wish: CaptureFormat) throws(DeviceError) {
        handle = try CameraHandle(path: path)
        guard let card = handle.captureName else {
            throw .noPictures(source: path, reason: "is not a camera; `confab devices` lists those there are")
        }
        name = "camera \"\(card)\""
        guard let wanted = CameraMode.best(of: handle.modes(wish), for: wish) else {
            throw .noPictures(source: name, reason: "gives pictures in no format that can be read here")
        }
        let format = try Self.set(wanted, handle)
        mode = format.mode
        stride = format.stride
        try begin(imageBytes: format.imageBytes)
    }

    deinit {
        _ = cv4l2_stream(handle.descriptor, 0)
        unsafe buffers.forEach { mapped in
            var mapped = unsafe mapped
            unsafe cv4l2_unmap(&mapped)
        }
    }

    private static func set(
        _ wanted: CameraMode, _ handle: CameraHandle
    ) throws(DeviceError) -> (mode: CameraMode, stride: Int, imageBytes: Int) {
        let code =
            switch wanted.encoding {
            case .raw(.yuyv): CV4L2_YUYV
            case .raw(.nv12): CV4L2_NV12
            case .raw: CV4L2_I420
            case .jpeg: CV4L2_MJPG
            }
        var format = cv4l2_format()
        format.code = UInt32(code)
        format.width = UInt32(wanted.size.width)
        format.height = UInt32(wanted.size.height)
        let refused = unsafe cv4l2_set_format(handle.descriptor, &format)
        guard refused == 0 else { throw CameraHandle.refusal(handle.path, -refused) }
        guard [code, wanted.encoding == .jpeg ? CV4L2_JPEG : code].contains(Int(format.code)) else {
            throw .noPictures(source: "camera \(handle.path)", reason: "does not do what it says it can")
        }
        // A wish: a camera with a rate of its own gives what it gives.
        if wanted.rate > 0 { _ = cv4l2_set_rate(handle.descriptor, UInt32(wanted.rate)) }
        var mode = wanted
        mode.size = PictureSize(Int(format.width), Int(format.height))
        return (mode, Int(format.stride), Int(format.bytes))
    }

    private func begin(imageBytes: Int) throws(DeviceError) {
        let count = cv4l2_request(handle.descriptor, 4)
        guard count > 0 else {
            guard [0, -EINVAL, -ENOTTY].contains(count) else { throw CameraHandle.refusal(handle.path, -count) }
            bytes = Array(repeating: 0, count: max(1, min(imageBytes, 1 << 27)))
            return
        }
        for index in 0..<UInt32(count) {
            var mapped = unsafe cv4l2_buffer()
            let refused = unsafe cv4l2_map(handle.descriptor, index, &mapped)
            if unsafe mapped.start != nil { unsafe buffers.append(mapped) }
            guard refused == 0 else { throw CameraHandle.refusal(handle.path, -refused) }
        }
        let refused = cv4l2_stream(handle.descriptor, 1)
        guard refused == 0 else { throw CameraHandle.refusal(handle.path, -refused) }
    }

    /// Waits for a picture, at most `milliseconds`, and lends it to `take` with the time when it was taken.
    func next(milliseconds: Int32, take: (UnsafeRawBufferPointer, Int64) -> Void) -> Outcome {
        var poll = pollfd(fd: handle.descriptor, events: Int16(POLLIN), revents: 0)
        let ready = unsafe Glibc.poll(&poll, 1, milliseconds)
        guard ready > 0 else { return ready == 0 || errno == EINTR ? .nothing : .lost(Self.words(errno)) }
        // An error is told by the call that follows, with its reason.
        return unsafe buffers.isEmpty ? read(take) : dequeue(take)
    }

    private func dequeue(_ take: (UnsafeRawBufferPointer, Int64) -> Void) -> Outcome {
        var frame = cv4l2_frame()
        let refused = unsafe cv4l2_dequeue(handle.descriptor, &frame)
        guard refused == 0 else { return Self.outcome(-refused) }
        if unsafe Int(frame.index) < buffers.count, frame.used > 0, frame.is_damaged == 0 {
            let mapped = unsafe buffers[Int(frame.index)]
            let picture = unsafe UnsafeRawBufferPointer(start: mapped.start, count: min(Int(frame.used), mapped.length))
            // Some drivers state the end of a picture that they hand out before, or something else altogether.
            let now = MonotonicSleep.now()
            unsafe take(picture, (now - 1_000_000_000...now).contains(frame.stamp) ? frame.stamp : now)
        }
        let lost = cv4l2_queue(handle.descriptor, frame.index)
        return lost == 0 ? .picture : Self.outcome(-lost)
    }

    private func read(_ take: (UnsafeRawBufferPointer, Int64) -> Void) -> Outcome {
        let got = unsafe cv4l2_read(handle.descriptor, &bytes, bytes.count)
        guard got > 0 else { return got == 0 ? .nothing : Self.outcome(Int32(truncatingIfNeeded: -got)) }
        unsafe bytes.withUnsafeBytes { unsafe take(UnsafeRawBufferPointer(rebasing: $0[..<got]), MonotonicSleep.now()) }
        return .picture
    }

    /// Draws the bytes of one picture, which is of the mode's size, into `frame`.
    func load(_ bytes: UnsafeRawBufferPointer, into frame: PictureFrame) -> Bool {
        switch mode.encoding {
        case .jpeg: unsafe jpeg.draw(bytes, on: frame)
        case .raw(let layout): unsafe frame.load(bytes, layout, stride: stride > 0 ? stride : nil)
        }
    }

    private static func outcome(_ code: Int32) -> Outcome {
        code == EAGAIN || code == EINTR ? .nothing : .lost(words(code))
    }

    private static func words(_ code: Int32) -> String {
        code == ENODEV ? "was unplugged" : FileBytes.systemMessage(code)
    }
}
