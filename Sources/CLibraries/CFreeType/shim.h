// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <ft2build.h>
#include FT_FREETYPE_H
