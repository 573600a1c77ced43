// SPDX-License-Identifier: GPL-3.0-or-later

/// Whether a source gives pictures at present, told once for each change. One thread at a time.
final class CaptureStatus {
    private let report: (CaptureEvent) -> Void
    private var isLost = false

    init(report: @escaping (CaptureEvent) -> Void) {
        self.report = report
    }

    func lost(_ reason: String) {
        guard !isLost else { return }
        isLost = true
        report(.lost(reason))
    }

    func came() {
        guard isLost else { return }
        isLost = false
        report(.returned)
    }
}

/// Runs `use` on an open device, and opens it anew each second after it was lost, until `thread` is stopped.
///
/// `use` returns why the device was lost, or nil when its thread was asked to stop. The device is closed before it is
/// opened again: one that is plugged back in gets its old name only then. So nobody else may hold on to `first`.
func keepCapturing<Device>(
    _ first: HandOff<Device>, until thread: DeviceThread, status: CaptureStatus, open: () throws(DeviceError) -> Device,
    use: (Device) -> String?
) {
    var next = first.take()
    while !thread.isStopping {
        if let device = next.take() {
            guard let reason = use(device) else { return }
            status.lost(reason)
        }
        thread.sleep(for: .seconds(1))
        guard !thread.isStopping else { return }
        next = try? open()
    }
}
