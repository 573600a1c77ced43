// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/channel_layout.h>
#include <libavutil/dict.h>
#include <libavutil/log.h>
#include <libswresample/swresample.h>
#include <libswscale/swscale.h>

// Macros with arguments or casts.
static inline int confab_av_error(int number) {
    return AVERROR(number);
}

static inline int confab_av_end(void) {
    return AVERROR_EOF;
}

// What av_find_best_stream says of a stream that is there and cannot be decoded.
static inline int confab_av_no_decoder(void) {
    return AVERROR_DECODER_NOT_FOUND;
}

static inline int64_t confab_av_no_time(void) {
    return AV_NOPTS_VALUE;
}

// Arrays of pointers to planes, which Swift would see as tuples.
static inline int confab_sws_scale(struct SwsContext *context, const AVFrame *frame, uint8_t *luma, int luma_stride,
                                   uint8_t *cb, uint8_t *cr, int chroma_stride) {
    uint8_t *const planes[4] = {luma, cb, cr, NULL};
    const int strides[4] = {luma_stride, chroma_stride, chroma_stride, 0};
    return sws_scale(context, (const uint8_t *const *)frame->data, frame->linesize, 0, frame->height, planes, strides);
}

static inline int confab_swr_convert(struct SwrContext *context, int16_t *samples, int capacity, const AVFrame *frame) {
    uint8_t *planes[1] = {(uint8_t *)samples};
    return swr_convert(context, planes, capacity, (const uint8_t **)frame->extended_data, frame->nb_samples);
}
