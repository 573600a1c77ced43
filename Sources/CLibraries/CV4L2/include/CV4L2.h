// SPDX-License-Identifier: GPL-3.0-or-later
// libv4l2 in plain types. Its own headers bring the C library's along, whose types then count as theirs wherever this is
// linked. Each function returns 0, or what it says, or the negative errno.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// Pixel formats, four letters each.
enum {
    CV4L2_YUYV = 'Y' | 'U' << 8 | 'Y' << 16 | 'V' << 24,
    CV4L2_NV12 = 'N' | 'V' << 8 | '1' << 16 | '2' << 24,
    CV4L2_I420 = 'Y' | 'U' << 8 | '1' << 16 | '2' << 24,
    CV4L2_MJPG = 'M' | 'J' << 8 | 'P' << 16 | 'G' << 24,
    CV4L2_JPEG = 'J' | 'P' << 8 | 'E' << 16 | 'G' << 24,
};

/// A size, or a range of them in steps.
typedef struct {
    int32_t is_range;
    uint32_t width, height, most_width, most_height, step_width, step_height;
} cv4l2_size;

/// Seconds from one picture to the next as a fraction, or the shortest and longest of a range.
typedef struct {
    int32_t is_range;
    uint32_t seconds, parts, most_seconds, most_parts;
} cv4l2_interval;

/// What pictures are like: asked for, and as it came to be.
typedef struct {
    uint32_t code, width, height, stride, bytes;
} cv4l2_format;

typedef struct {
    void *start;
    size_t length;
} cv4l2_buffer;

typedef struct {
    uint32_t index, used;
    /// Whether the driver says that it is damaged.
    int32_t is_damaged;
    /// Nanoseconds of CLOCK_MONOTONIC, or 0.
    int64_t stamp;
} cv4l2_frame;

/// Opens a device without blocking. Returns its descriptor. One that `converts` lists what libv4l makes of the camera's
/// formats, too, and hides those that libv4l would never hand on as they are.
int cv4l2_open(const char *path, int converts);
void cv4l2_close(int fd);
/// Writes the name of a device that captures video; others are -ENODEV.
int cv4l2_name(int fd, char name[33]);
/// `is_emulated`: libv4l would make it from another.
int cv4l2_enum_format(int fd, uint32_t index, uint32_t *code, int32_t *is_emulated);
int cv4l2_enum_size(int fd, uint32_t index, uint32_t code, cv4l2_size *size);
int cv4l2_enum_interval(int fd, uint32_t index, uint32_t code, uint32_t width, uint32_t height, cv4l2_interval *interval);
int cv4l2_set_format(int fd, cv4l2_format *format);
int cv4l2_set_rate(int fd, uint32_t rate);
/// Asks for `count` buffers. Returns how many there are.
int cv4l2_request(int fd, uint32_t count);
/// Maps a buffer and gives it to the driver.
int cv4l2_map(int fd, uint32_t index, cv4l2_buffer *buffer);
void cv4l2_unmap(const cv4l2_buffer *buffer);
int cv4l2_stream(int fd, int on);
int cv4l2_dequeue(int fd, cv4l2_frame *frame);
int cv4l2_queue(int fd, uint32_t index);
/// Returns the bytes read.
long cv4l2_read(int fd, void *bytes, size_t count);
