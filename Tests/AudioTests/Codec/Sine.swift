// SPDX-License-Identifier: GPL-3.0-or-later

import Glibc

/// The sine of so many turns.
func sine(_ turns: Double) -> Double { sin(2 * .pi * turns) }
