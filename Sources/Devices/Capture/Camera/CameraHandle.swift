// SPDX-License-Identifier: GPL-3.0-or-later

import CV4L2
import Glibc
import Picture

/// An open V4L2 device, and what it says of itself. Closed with the last reference; one thread at a time.
final class CameraHandle {
    let path: String
    let descriptor: Int32

    /// - Throws: `DeviceError.noPictures` with advice.
    init(path: String) throws(DeviceError) {
        self.path = path
        descriptor = unsafe confab_v4l2_open(path)
        guard descriptor >= 0 else { throw Self.refusal(path, errno) }
    }

    deinit {
        if descriptor >= 0 { v4l2_close(descriptor) }
    }

    /// Why `path` cannot be used, and what to do.
    static func refusal(_ path: String, _ code: Int32) -> DeviceError {
        let reason =
            switch code {
            case ENOENT, ENODEV, ENXIO: "there is no such camera; `confab devices` lists those there are"
            case EBUSY: "is in use by another program; close it there, or choose another camera"
            case EACCES, EPERM: "permission denied; is the user in the group video?"
            default: FileBytes.systemMessage(code)
            }
        return .noPictures(source: "camera \(path)", reason: reason)
    }

    /// Its name, where it is a camera: not an encoder, a radio, or what else has such a file.
    var captureName: String? {
        var capability = v4l2_capability()
        guard unsafe confab_v4l2_capability(descriptor, &capability) == 0 else { return nil }
        let all = capability.capabilities
        let abilities = all & UInt32(V4L2_CAP_DEVICE_CAPS) != 0 ? capability.device_caps : all
        guard abilities & UInt32(V4L2_CAP_VIDEO_CAPTURE) != 0,
            abilities & UInt32(V4L2_CAP_STREAMING | V4L2_CAP_READWRITE) != 0
        else { return nil }
        return unsafe withUnsafeBytes(of: capability.card) {
            unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
        }
    }

    private struct Format {
        var code: UInt32
        var isEmulated: Bool

        /// `MJPG`.
        var name: String {
            let letters = (0..<4).map { UInt8(truncatingIfNeeded: code >> (8 * $0)) & 0x7F }
            return String(decoding: letters, as: UTF8.self).filter { $0 != " " && $0 != "\0" }
        }

        var encoding: CameraMode.Encoding? {
            switch Int(code) {
            case confab_v4l2_yuyv: .raw(.yuyv)
            case confab_v4l2_nv12: .raw(.nv12)
            case confab_v4l2_i420: .raw(.i420)
            case confab_v4l2_mjpg, confab_v4l2_jpeg: .jpeg
            default: nil
            }
        }
    }

    /// Every way that we can read, those that libv4l converts included.
    /// - Parameter wish: settles what the camera leaves open.
    func modes(_ wish: CaptureFormat) -> [CameraMode] {
        formats { format in
            guard let encoding = format.encoding else { return [] }
            return sizes(format.code, wish).flatMap { size in
                rates(format.code, size, wish).map {
                    CameraMode(encoding: encoding, size: size, rate: $0, isEmulated: format.isEmulated)
                }
            }
        }
    }

    /// `640x480 MJPG 30`, each size at its highest rate.
    func formats() -> [String] {
        let wish = CaptureFormat(size: PictureSize(1280, 720), rate: 30)
        return formats { format in
            guard !format.isEmulated else { return [] }
            return sizes(format.code, wish).map { size in
                let rate = rates(format.code, size, wish).max() ?? 0
                return "\(size) \(format.name)" + (rate > 0 ? " \(rate)" : "")
            }
        }
    }

    private func formats<Result>(_ transform: (Format) -> [Result]) -> [Result] {
        var all: [Result] = []
        for index in 0..<Self.most {
            var found = v4l2_fmtdesc()
            found.index = index
            found.type = V4L2_BUF_TYPE_VIDEO_CAPTURE.rawValue
            guard unsafe confab_v4l2_enum_format(descriptor, &found) == 0 else { break }
            let isEmulated = found.flags & UInt32(V4L2_FMT_FLAG_EMULATED) != 0
            all += transform(Format(code: found.pixelformat, isEmulated: isEmulated))
        }
        return all
    }

    /// Entries asked for of any list: a driver that never says it is at the end would hold us for ever.
    private static let most: UInt32 = 64

    private func sizes(_ format: UInt32, _ wish: CaptureFormat) -> [PictureSize] {
        var sizes: [PictureSize] = []
        for index in 0..<Self.most {
            var found = v4l2_frmsizeenum()
            found.index = index
            found.pixel_format = format
            guard unsafe confab_v4l2_enum_size(descriptor, &found) == 0 else { break }
            guard found.type == V4L2_FRMSIZE_TYPE_DISCRETE.rawValue else {
                let range = found.stepwise
                return [
                    PictureSize(
                        Self.step(wish.size.width, range.min_width, range.max_width, range.step_width),
                        Self.step(wish.size.height, range.min_height, range.max_height, range.step_height))
                ]
            }
            sizes.append(PictureSize(Int(found.discrete.width), Int(found.discrete.height)))
        }
        // A camera that lists none is asked for what is wished and gives what it can.
        return sizes.isEmpty ? [wish.size] : sizes.filter(\.isAllowed)
    }

    private static func step(_ wish: Int, _ least: UInt32, _ most: UInt32, _ step: UInt32) -> Int {
        let (least, most, step) = (Int(least), Int(most), max(1, Int(step)))
        return least + max(0, min(wish, most) - least) / step * step
    }

    private func rates(_ format: UInt32, _ size: PictureSize, _ wish: CaptureFormat) -> [Int] {
        var rates: [Int] = []
        for index in 0..<Self.most {
            var found = v4l2_frmivalenum()
            found.index = index
            found.pixel_format = format
            found.width = UInt32(size.width)
            found.height = UInt32(size.height)
            guard unsafe confab_v4l2_enum_interval(descriptor, &found) == 0 else { break }
            guard found.type == V4L2_FRMIVAL_TYPE_DISCRETE.rawValue else {
                let fastest = found.stepwise.min
                let slowest = found.stepwise.max
                return [min(max(wish.rate, Self.rate(slowest)), max(1, Self.rate(fastest)))]
            }
            rates.append(Self.rate(found.discrete))
        }
        return rates.isEmpty ? [0] : rates
    }

    private static func rate(_ interval: v4l2_fract) -> Int {
        let (seconds, parts) = (Int(interval.numerator), Int(interval.denominator))
        return seconds > 0 ? (parts + seconds / 2) / seconds : 0
    }
}
