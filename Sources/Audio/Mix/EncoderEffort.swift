// SPDX-License-Identifier: GPL-3.0-or-later

/// How much work the encoders of one thread may make of their packets: shared by all of them, so that a thread short of time lowers it
/// for every room at once, between two packets. Confined to its thread.
package final class EncoderEffort {
    /// The highest Opus complexity, 0...10; what members' parameters ask for below that stays.
    package var limit = 10

    package init() {}
}
