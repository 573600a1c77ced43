// SPDX-License-Identifier: GPL-3.0-or-later

import CV4L2
import Glibc

/// A camera as `confab devices` shows it.
package struct VideoDeviceDescription: Hashable, Sendable {
    /// `/dev/video0`: what `camera:` takes.
    package var path: String
    /// What the camera calls itself.
    package var name: String
    /// `640x480 MJPG 30`: size, pixel format, pictures a second. What libv4l would convert is not among them.
    package var formats: [String]
}

/// Turns what a person named into a camera.
package enum VideoDevices {
    /// Every camera of the system. Blocks while they are asked; those that may not be opened are left out.
    package static func list() -> [VideoDeviceDescription] {
        paths().compactMap { path in
            guard let device = try? CameraHandle(path: path, converts: false), let name = device.captureName else {
                return nil
            }
            return VideoDeviceDescription(path: path, name: name, formats: device.formats())
        }
    }

    /// The device file of the camera that `wanted` names, by its path or a part of its name; of the first when nil.
    static func path(of wanted: String?) throws(DeviceError) -> String {
        if let wanted, wanted.hasPrefix("/") { return wanted }
        let paths = paths()
        var refused: DeviceError?
        for path in paths {
            do throws(DeviceError) {
                guard let name = try CameraHandle(path: path).captureName else { continue }
                guard let wanted else { return path }
                if name.lowercased().contains(wanted.lowercased()) { return path }
            } catch {
                refused = refused ?? error
            }
        }
        if let wanted {
            throw .noPictures(source: "camera \"\(wanted)\"", reason: "is not among those that `confab devices` lists")
        }
        throw refused
            ?? .noPictures(
                source: "default camera",
                reason: "this machine has no camera; plug one in, or say pattern, image:PATH.png, file:PATH.mp4 or none"
            )
    }

    /// `/dev/video0` and so on, by number.
    private static func paths() -> [String] {
        (0..<64).map { "/dev/video\($0)" }.filter { unsafe access($0, F_OK) == 0 }
    }
}
