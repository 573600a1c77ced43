// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavutil/frame.h>
#include <libavutil/log.h>

// AVERROR is a macro with an argument.
static inline int confab_av_again(void) {
    return AVERROR(EAGAIN);
}

// What libavcodec noticed in a picture it gives out all the same.
static inline int confab_av_damage(const AVFrame *frame) {
    return frame->decode_error_flags | (frame->flags & AV_FRAME_FLAG_CORRUPT);
}
