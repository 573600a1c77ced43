// SPDX-License-Identifier: GPL-3.0-or-later

import TestSupport
import Testing

/// Real devices of a real kernel, in a virtual machine. `make rig` runs these; `make test` says that it leaves them out.
@Suite(
    .serialized, .timeLimit(.minutes(Condition.minutes(5))),
    .enabled(if: VirtualMachine.folder != nil, "they need a virtual machine: make rig"))
enum DeviceRig {}
