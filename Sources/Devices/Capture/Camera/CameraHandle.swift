// SPDX-License-Identifier: GPL-3.0-or-later

import CV4L2
import Geometry
import Glibc
import Picture

/// An open V4L2 device, and what it says of itself. Closed with the last reference; one thread at a time.
final class CameraHandle {
    let path: String
    let descriptor: Int32

    /// - Parameter converts: whether libv4l makes pictures that we can read out of others. A camera is listed without:
    ///   libv4l hides what it always converts, such as all that an NV12 camera has.
    /// - Throws: `DeviceError.noPictures` with advice.
    init(path: String, converts: Bool = true) throws(DeviceError) {
        self.path = path
        descriptor = unsafe cv4l2_open(path, converts ? 1 : 0)
        guard descriptor >= 0 else { throw Self.refusal(path, -descriptor) }
    }

    deinit {
        if descriptor >= 0 { cv4l2_close(descriptor) }
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
        var name = [CChar](repeating: 0, count: 33)
        guard unsafe cv4l2_name(descriptor, &name) == 0 else { return nil }
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
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
            case CV4L2_YUYV: .raw(.yuyv)
            case CV4L2_NV12: .raw(.nv12)
            case CV4L2_I420: .raw(.i420)
            case CV4L2_MJPG, CV4L2_JPEG: .jpeg
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
            sizes(format.code, wish).map { size in
                let rate = rates(format.code, size, wish).max() ?? 0
                return "\(size) \(format.name)" + (rate > 0 ? " \(rate)" : "")
            }
        }
    }

    private func formats<Result>(_ transform: (Format) -> [Result]) -> [Result] {
        var all: [Result] = []
        for index in 0..<Self.most {
            var code: UInt32 = 0
            var isEmulated: Int32 = 0
            guard unsafe cv4l2_enum_format(descriptor, index, &code, &isEmulated) == 0 else { break }
            all += transform(Format(code: code, isEmulated: isEmulated != 0))
        }
        return all
    }

    /// Entries asked for of any list: a driver that never says it is at the end would hold us for ever.
    private static let most: UInt32 = 64

    private func sizes(_ format: UInt32, _ wish: CaptureFormat) -> [PictureSize] {
        var sizes: [PictureSize] = []
        for index in 0..<Self.most {
            var found = cv4l2_size()
            guard unsafe cv4l2_enum_size(descriptor, index, format, &found) == 0 else { break }
            guard found.is_range == 0 else {
                return [
                    PictureSize(
                        Self.step(wish.size.width, found.width, found.most_width, found.step_width),
                        Self.step(wish.size.height, found.height, found.most_height, found.step_height))
                ]
            }
            sizes.append(PictureSize(Int(found.width), Int(found.height)))
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
            var found = cv4l2_interval()
            let (width, height) = (UInt32(size.width), UInt32(size.height))
            guard unsafe cv4l2_enum_interval(descriptor, index, format, width, height, &found) == 0 else { break }
            let rate = Self.rate(found.seconds, found.parts)
            guard found.is_range == 0 else {
                return [min(max(wish.rate, Self.rate(found.most_seconds, found.most_parts)), max(1, rate))]
            }
            rates.append(rate)
        }
        return rates.isEmpty ? [0] : rates
    }

    private static func rate(_ seconds: UInt32, _ parts: UInt32) -> Int {
        seconds > 0 ? (Int(parts) + Int(seconds) / 2) / Int(seconds) : 0
    }
}
