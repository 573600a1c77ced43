// SPDX-License-Identifier: GPL-3.0-or-later

import Glibc
package import RTP

extension AudioLevel {
    /// The level of `samples` as RFC 6464 §3 defines it: RMS against the overload point, here full scale.
    package init(measuring samples: UnsafeBufferPointer<Int16>) {
        guard let start = samples.baseAddress, !samples.isEmpty else {
            self = .silence
            return
        }
        // By address: tests are not optimised, and a buffer's own subscript is checked there.
        var energy: Int64 = 0
        for index in 0..<samples.count {
            let sample = unsafe Int32(start[index])
            energy &+= Int64(sample &* sample)
        }
        guard energy > 0 else {
            self = .silence
            return
        }
        let mean = Double(energy) / Double(samples.count) / (32768.0 * 32768.0)
        self.init(decibelsBelowOverload: UInt8(min(127, max(0, (-10 * log10(mean)).rounded()))))
    }

    /// Louder than, or as loud as, `decibels` below overload.
    func reaches(_ decibels: UInt8) -> Bool { decibelsBelowOverload <= decibels }
}
