// SPDX-License-Identifier: GPL-3.0-or-later

import CV4L2
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
    private var buffers: [UnsafeMutableRawBufferPointer] = unsafe []
    /// Where pictures are read to when there are no buffers.
    private var bytes: [UInt8] = []
    private let stride: Int

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
        _ = confab_v4l2_stream(handle.descriptor, 0)
        unsafe buffers.forEach { mapped in _ = unsafe v4l2_munmap(mapped.baseAddress, mapped.count) }
    }

    private static func set(
        _ wanted: CameraMode, _ handle: CameraHandle
    ) throws(DeviceError) -> (mode: CameraMode, stride: Int, imageBytes: Int) {
        let code =
            switch wanted.encoding {
            case .raw(.yuyv): confab_v4l2_yuyv
            case .raw(.nv12): confab_v4l2_nv12
            case .raw: confab_v4l2_i420
            case .jpeg: confab_v4l2_mjpg
            }
        var format = unsafe v4l2_format()
        unsafe format.type = V4L2_BUF_TYPE_VIDEO_CAPTURE.rawValue
        unsafe format.fmt.pix.width = UInt32(wanted.size.width)
        unsafe format.fmt.pix.height = UInt32(wanted.size.height)
        unsafe format.fmt.pix.pixelformat = UInt32(code)
        unsafe format.fmt.pix.field = V4L2_FIELD_ANY.rawValue
        guard unsafe confab_v4l2_set_format(handle.descriptor, &format) == 0 else {
            throw CameraHandle.refusal(handle.path, errno)
        }
        let pix = unsafe format.fmt.pix
        guard [code, wanted.encoding == .jpeg ? confab_v4l2_jpeg : code].contains(Int(pix.pixelformat)) else {
            throw .noPictures(source: "camera \(handle.path)", reason: "does not do what it says it can")
        }
        if wanted.rate > 0 {
            // A wish: a camera with a rate of its own gives what it gives.
            var parameters = v4l2_streamparm()
            parameters.type = V4L2_BUF_TYPE_VIDEO_CAPTURE.rawValue
            unsafe parameters.parm.capture.timeperframe = v4l2_fract(numerator: 1, denominator: UInt32(wanted.rate))
            _ = unsafe confab_v4l2_set_parameters(handle.descriptor, &parameters)
        }
        var mode = wanted
        mode.size = PictureSize(Int(pix.width), Int(pix.height))
        return (mode, Int(pix.bytesperline), Int(pix.sizeimage))
    }

    private func begin(imageBytes: Int) throws(DeviceError) {
        var request = v4l2_requestbuffers()
        request.count = 4
        request.type = V4L2_BUF_TYPE_VIDEO_CAPTURE.rawValue
        request.memory = V4L2_MEMORY_MMAP.rawValue
        guard unsafe confab_v4l2_request_buffers(handle.descriptor, &request) == 0, request.count > 0 else {
            let code = errno
            guard code == EINVAL || code == ENOTTY else { throw CameraHandle.refusal(handle.path, code) }
            bytes = Array(repeating: 0, count: max(1, min(imageBytes, 1 << 27)))
            return
        }
        for index in 0..<request.count {
            var buffer = unsafe Self.buffer(index)
            guard unsafe confab_v4l2_query_buffer(handle.descriptor, &buffer) == 0 else {
                throw CameraHandle.refusal(handle.path, errno)
            }
            let length = unsafe Int(buffer.length)
            let start = unsafe v4l2_mmap(
                nil, length, PROT_READ | PROT_WRITE, MAP_SHARED, handle.descriptor, Int64(buffer.m.offset))
            guard let start = unsafe start, unsafe start != MAP_FAILED else {
                throw CameraHandle.refusal(handle.path, errno)
            }
            unsafe buffers.append(UnsafeMutableRawBufferPointer(start: start, count: length))
            guard unsafe confab_v4l2_queue(handle.descriptor, &buffer) == 0 else {
                throw CameraHandle.refusal(handle.path, errno)
            }
        }
        guard confab_v4l2_stream(handle.descriptor, 1) == 0 else { throw CameraHandle.refusal(handle.path, errno) }
    }

    private static func buffer(_ index: UInt32) -> v4l2_buffer {
        var buffer = unsafe v4l2_buffer()
        unsafe buffer.index = index
        unsafe buffer.type = V4L2_BUF_TYPE_VIDEO_CAPTURE.rawValue
        unsafe buffer.memory = V4L2_MEMORY_MMAP.rawValue
        return unsafe buffer
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
        var buffer = unsafe Self.buffer(0)
        guard unsafe confab_v4l2_dequeue(handle.descriptor, &buffer) == 0 else { return Self.outcome(errno) }
        let (index, used, flags) = unsafe (Int(buffer.index), Int(buffer.bytesused), buffer.flags)
        if unsafe index < buffers.count, used > 0, flags & UInt32(V4L2_BUF_FLAG_ERROR) == 0 {
            let mapped = unsafe buffers[index]
            let isMonotonic =
                flags & UInt32(V4L2_BUF_FLAG_TIMESTAMP_MASK) == UInt32(V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC)
            let stamp = unsafe buffer.timestamp
            let stated = Int64(stamp.tv_sec) * 1_000_000_000 + Int64(stamp.tv_usec) * 1000
            // Some drivers state the end of a picture that they hand out before, or something else altogether.
            let now = MonotonicSleep.now()
            let isLikely = isMonotonic && stated <= now && stated > now - 1_000_000_000
            unsafe take(
                UnsafeRawBufferPointer(rebasing: mapped[..<min(used, mapped.count)]),
                isLikely ? stated : now)
        }
        guard unsafe confab_v4l2_queue(handle.descriptor, &buffer) == 0 else { return Self.outcome(errno) }
        return .picture
    }

    private func read(_ take: (UnsafeRawBufferPointer, Int64) -> Void) -> Outcome {
        let got = unsafe v4l2_read(handle.descriptor, &bytes, bytes.count)
        guard got > 0 else { return got == 0 ? .nothing : Self.outcome(errno) }
        unsafe bytes.withUnsafeBytes { unsafe take(UnsafeRawBufferPointer(rebasing: $0[..<got]), MonotonicSleep.now()) }
        return .picture
    }

    /// Draws the bytes of one picture, which is of the mode's size, into `frame`.
    func load(_ bytes: UnsafeRawBufferPointer, into frame: PictureFrame) -> Bool {
        switch mode.encoding {
        case .jpeg: unsafe frame.load(jpeg: bytes)
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
