// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <speex/speex_resampler.h>
#include <speex/speex_echo.h>
#include <speex/speex_preprocess.h>
