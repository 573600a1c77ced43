// SPDX-License-Identifier: GPL-3.0-or-later

import TestSupport
import Testing

/// The real focus with real phones. One test after the other: three phones and a focus are what two cores play without
/// a gap.
@Suite(.serialized, .timeLimit(.minutes(Condition.minutes(5)))) enum LiveFocus {}
