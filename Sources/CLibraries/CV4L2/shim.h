// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
// Else what these headers say of the C library (timespec) counts as this module's, and Glibc's own importers miss it.
#pragma clang module import SwiftGlibc
#include <fcntl.h>
#include <libv4l2.h>
#include <linux/videodev2.h>

// v4l2_open and v4l2_ioctl are variadic, and the requests are macros that Swift does not see.
static inline int confab_v4l2_open(const char *path) {
    return v4l2_open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
}

static inline int confab_v4l2_capability(int fd, struct v4l2_capability *value) {
    return v4l2_ioctl(fd, VIDIOC_QUERYCAP, value);
}

static inline int confab_v4l2_enum_format(int fd, struct v4l2_fmtdesc *value) {
    return v4l2_ioctl(fd, VIDIOC_ENUM_FMT, value);
}

static inline int confab_v4l2_enum_size(int fd, struct v4l2_frmsizeenum *value) {
    return v4l2_ioctl(fd, VIDIOC_ENUM_FRAMESIZES, value);
}

static inline int confab_v4l2_enum_interval(int fd, struct v4l2_frmivalenum *value) {
    return v4l2_ioctl(fd, VIDIOC_ENUM_FRAMEINTERVALS, value);
}

static inline int confab_v4l2_get_format(int fd, struct v4l2_format *value) {
    return v4l2_ioctl(fd, VIDIOC_G_FMT, value);
}

static inline int confab_v4l2_set_format(int fd, struct v4l2_format *value) {
    return v4l2_ioctl(fd, VIDIOC_S_FMT, value);
}

static inline int confab_v4l2_set_parameters(int fd, struct v4l2_streamparm *value) {
    return v4l2_ioctl(fd, VIDIOC_S_PARM, value);
}

static inline int confab_v4l2_request_buffers(int fd, struct v4l2_requestbuffers *value) {
    return v4l2_ioctl(fd, VIDIOC_REQBUFS, value);
}

static inline int confab_v4l2_query_buffer(int fd, struct v4l2_buffer *value) {
    return v4l2_ioctl(fd, VIDIOC_QUERYBUF, value);
}

static inline int confab_v4l2_queue(int fd, struct v4l2_buffer *value) {
    return v4l2_ioctl(fd, VIDIOC_QBUF, value);
}

static inline int confab_v4l2_dequeue(int fd, struct v4l2_buffer *value) {
    return v4l2_ioctl(fd, VIDIOC_DQBUF, value);
}

static inline int confab_v4l2_stream(int fd, int on) {
    int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
    return v4l2_ioctl(fd, on ? VIDIOC_STREAMON : VIDIOC_STREAMOFF, &type);
}

// Pixel formats are made by a macro with arguments.
enum {
    confab_v4l2_yuyv = V4L2_PIX_FMT_YUYV,
    confab_v4l2_nv12 = V4L2_PIX_FMT_NV12,
    confab_v4l2_i420 = V4L2_PIX_FMT_YUV420,
    confab_v4l2_mjpg = V4L2_PIX_FMT_MJPEG,
    confab_v4l2_jpeg = V4L2_PIX_FMT_JPEG,
};
