// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <X11/Xlib.h>
#include <X11/Xutil.h>
#include <X11/extensions/XShm.h>
#include <X11/extensions/Xcomposite.h>
#include <X11/extensions/Xfixes.h>
#include <sys/ipc.h>
#include <sys/shm.h>

// A macro that calls through the image itself.
static inline void confab_x_destroy_image(XImage *image) {
    XDestroyImage(image);
}

// A cast that Swift does not see, for any property type.
static inline Atom confab_x_any_type(void) {
    return AnyPropertyType;
}
