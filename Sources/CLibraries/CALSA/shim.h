#pragma once
#include <alsa/asoundlib.h>

// Swift cannot write a variadic function, which is what ALSA's error handler is. Without one ALSA prints its own
// half-understandable lines to standard error, beside the one clear message of ours.
static void confab_alsa_say_nothing(const char *file, int line, const char *function, int err, const char *fmt, ...) {
    (void)file, (void)line, (void)function, (void)err, (void)fmt;
}

static inline void confab_alsa_quiet(void) {
    snd_lib_error_set_handler(confab_alsa_say_nothing);
}
