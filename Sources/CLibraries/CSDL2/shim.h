// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <SDL2/SDL.h>

// Macros that Swift does not see.

static inline SDL_Window *confab_sdl_window(const char *title, int width, int height) {
    return SDL_CreateWindow(
        title, SDL_WINDOWPOS_CENTERED, SDL_WINDOWPOS_CENTERED, width, height,
        SDL_WINDOW_RESIZABLE | SDL_WINDOW_ALLOW_HIGHDPI);
}

static inline void confab_sdl_set_hints(const char *video_drivers) {
    // Ctrl-C and its like are the program's.
    SDL_SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1");
    SDL_SetHint(SDL_HINT_APP_NAME, "confab");
    SDL_SetHint(SDL_HINT_RENDER_SCALE_QUALITY, "linear");
    // Where the environment names drivers itself, that goes before.
    SDL_SetHint(SDL_HINT_VIDEODRIVER, video_drivers);
}
