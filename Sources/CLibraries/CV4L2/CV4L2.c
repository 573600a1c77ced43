// SPDX-License-Identifier: GPL-3.0-or-later
#include "CV4L2.h"
#include <errno.h>
#include <fcntl.h>
#include <libv4l2.h>
#include <linux/videodev2.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int request(int fd, unsigned long number, void *value) {
    int result;
    do {
        result = v4l2_ioctl(fd, number, value);
    } while (result < 0 && errno == EINTR);
    return result < 0 ? -errno : 0;
}

int cv4l2_open(const char *path, int converts) {
    int fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 || v4l2_fd_open(fd, converts ? 0 : V4L2_DISABLE_CONVERSION) >= 0) return fd < 0 ? -errno : fd;
    int error = errno;
    close(fd);
    return -error;
}

void cv4l2_close(int fd) { v4l2_close(fd); }

int cv4l2_name(int fd, char name[33]) {
    struct v4l2_capability found = {0};
    int error = request(fd, VIDIOC_QUERYCAP, &found);
    if (error) return error;
    uint32_t able = found.capabilities & V4L2_CAP_DEVICE_CAPS ? found.device_caps : found.capabilities;
    if (!(able & V4L2_CAP_VIDEO_CAPTURE) || !(able & (V4L2_CAP_STREAMING | V4L2_CAP_READWRITE))) return -ENODEV;
    memcpy(name, found.card, 32);
    name[32] = 0;
    return 0;
}

int cv4l2_enum_format(int fd, uint32_t index, uint32_t *code, int32_t *is_emulated) {
    struct v4l2_fmtdesc found = {.index = index, .type = V4L2_BUF_TYPE_VIDEO_CAPTURE};
    int error = request(fd, VIDIOC_ENUM_FMT, &found);
    *code = found.pixelformat;
    *is_emulated = (found.flags & V4L2_FMT_FLAG_EMULATED) != 0;
    return error;
}

int cv4l2_enum_size(int fd, uint32_t index, uint32_t code, cv4l2_size *size) {
    struct v4l2_frmsizeenum found = {.index = index, .pixel_format = code};
    int error = request(fd, VIDIOC_ENUM_FRAMESIZES, &found);
    if (error) return error;
    if (found.type == V4L2_FRMSIZE_TYPE_DISCRETE) {
        *size = (cv4l2_size){.width = found.discrete.width, .height = found.discrete.height};
    } else {
        *size = (cv4l2_size){1,
                             found.stepwise.min_width,
                             found.stepwise.min_height,
                             found.stepwise.max_width,
                             found.stepwise.max_height,
                             found.stepwise.step_width,
                             found.stepwise.step_height};
    }
    return 0;
}

int cv4l2_enum_interval(int fd, uint32_t index, uint32_t code, uint32_t width, uint32_t height, cv4l2_interval *interval) {
    struct v4l2_frmivalenum found = {.index = index, .pixel_format = code, .width = width, .height = height};
    int error = request(fd, VIDIOC_ENUM_FRAMEINTERVALS, &found);
    if (error) return error;
    if (found.type == V4L2_FRMIVAL_TYPE_DISCRETE) {
        *interval = (cv4l2_interval){.seconds = found.discrete.numerator, .parts = found.discrete.denominator};
    } else {
        *interval = (cv4l2_interval){1, found.stepwise.min.numerator, found.stepwise.min.denominator,
                                     found.stepwise.max.numerator, found.stepwise.max.denominator};
    }
    return 0;
}

int cv4l2_set_format(int fd, cv4l2_format *format) {
    struct v4l2_format value = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE};
    value.fmt.pix.width = format->width;
    value.fmt.pix.height = format->height;
    value.fmt.pix.pixelformat = format->code;
    value.fmt.pix.field = V4L2_FIELD_ANY;
    int error = request(fd, VIDIOC_S_FMT, &value);
    *format = (cv4l2_format){value.fmt.pix.pixelformat, value.fmt.pix.width, value.fmt.pix.height,
                             value.fmt.pix.bytesperline, value.fmt.pix.sizeimage};
    return error;
}

int cv4l2_set_rate(int fd, uint32_t rate) {
    struct v4l2_streamparm value = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE};
    value.parm.capture.timeperframe = (struct v4l2_fract){1, rate};
    return request(fd, VIDIOC_S_PARM, &value);
}

int cv4l2_request(int fd, uint32_t count) {
    struct v4l2_requestbuffers value = {
        .count = count, .type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = V4L2_MEMORY_MMAP};
    int error = request(fd, VIDIOC_REQBUFS, &value);
    return error ? error : (int)value.count;
}

int cv4l2_map(int fd, uint32_t index, cv4l2_buffer *buffer) {
    struct v4l2_buffer value = {.index = index, .type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = V4L2_MEMORY_MMAP};
    int error = request(fd, VIDIOC_QUERYBUF, &value);
    if (error) return error;
    void *start = v4l2_mmap(NULL, value.length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, value.m.offset);
    if (start == MAP_FAILED) return -errno;
    *buffer = (cv4l2_buffer){start, value.length};
    return cv4l2_queue(fd, index);
}

void cv4l2_unmap(const cv4l2_buffer *buffer) { v4l2_munmap(buffer->start, buffer->length); }

int cv4l2_stream(int fd, int on) {
    int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
    return request(fd, on ? VIDIOC_STREAMON : VIDIOC_STREAMOFF, &type);
}

int cv4l2_dequeue(int fd, cv4l2_frame *frame) {
    struct v4l2_buffer value = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = V4L2_MEMORY_MMAP};
    int error = request(fd, VIDIOC_DQBUF, &value);
    if (error) return error;
    int is_monotonic = (value.flags & V4L2_BUF_FLAG_TIMESTAMP_MASK) == V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC;
    int64_t stamp = (int64_t)value.timestamp.tv_sec * 1000000000 + (int64_t)value.timestamp.tv_usec * 1000;
    *frame = (cv4l2_frame){value.index, value.bytesused, (value.flags & V4L2_BUF_FLAG_ERROR) != 0,
                           is_monotonic ? stamp : 0};
    return 0;
}

int cv4l2_queue(int fd, uint32_t index) {
    struct v4l2_buffer value = {.index = index, .type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = V4L2_MEMORY_MMAP};
    return request(fd, VIDIOC_QBUF, &value);
}

long cv4l2_read(int fd, void *bytes, size_t count) {
    long got = v4l2_read(fd, bytes, count);
    return got < 0 ? -errno : got;
}
