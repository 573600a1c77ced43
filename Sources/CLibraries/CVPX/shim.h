// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <vpx/vp8cx.h>
#include <vpx/vp8dx.h>
#include <vpx/vpx_decoder.h>
#include <vpx/vpx_encoder.h>

// The init functions are macros that add the version of the interface, and vpx_codec_control is variadic.

static inline vpx_codec_err_t confab_vp8_encoder_open(
    vpx_codec_ctx_t *context, const vpx_codec_enc_cfg_t *configuration) {
    return vpx_codec_enc_init(context, vpx_codec_vp8_cx(), configuration, 0);
}

static inline vpx_codec_err_t confab_vp8_decoder_open(
    vpx_codec_ctx_t *context, const vpx_codec_dec_cfg_t *configuration) {
    return vpx_codec_dec_init(context, vpx_codec_vp8_dx(), configuration, 0);
}

static inline vpx_codec_err_t confab_vp8_encoder_set(vpx_codec_ctx_t *context, int control, int value) {
    return vpx_codec_control_(context, control, value);
}

static inline vpx_codec_err_t confab_vp8_frame_corrupted(vpx_codec_ctx_t *context, int *corrupted) {
    return vpx_codec_control_(context, VP8D_GET_FRAME_CORRUPTED, corrupted);
}
