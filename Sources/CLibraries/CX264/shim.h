// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <stdint.h>
#include <x264.h>

// x264_encoder_open is a macro that adds the build number to the function's name.
static inline x264_t *confab_x264_open(x264_param_t *parameters) {
    return x264_encoder_open(parameters);
}
