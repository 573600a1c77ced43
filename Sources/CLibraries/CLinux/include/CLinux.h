/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Linux calls that Swift cannot make: recvmmsg and sendmmsg need _GNU_SOURCE, which must not reach a header that
   Swift imports beside the Glibc module; epoll, timerfd and eventfd are not in that module. Plain wrappers: they
   answer a negated errno instead of -1, so that no call can come between a failure and its cause. */
#pragma once
#include <stddef.h>
#include <stdint.h>

/* An IPv4 or IPv6 address and port. IPv4: the address in `low`, host order, `high` 0. IPv6: 16 bytes big-endian. */
typedef struct {
    uint64_t high;
    uint64_t low;
    uint32_t scope;
    uint16_t port;
    uint16_t version; /* 4, 6, or 0 for none */
} clinux_address;

/* One datagram of a batch: a buffer and, received: its length (-1: longer than the buffer), its peer, and when the
   kernel took it in (CLOCK_REALTIME, nanoseconds; 0 where it does not say). */
typedef struct {
    void *bytes;
    uint32_t capacity;
    int32_t length;
    clinux_address peer;
    int64_t stamp;
} clinux_datagram;

typedef struct {
    uint64_t token;
    uint32_t events;
    uint32_t reserved;
} clinux_event;

#define CLINUX_BATCH 64
#define CLINUX_READABLE 1u
#define CLINUX_WRITABLE 2u
#define CLINUX_FAILED 4u

/* A bound, non-blocking, close-on-exec UDP socket; IPv6 sockets take IPv6 only. Buffers in bytes, 0: the system's.
   `dscp` 0-63 goes into IP_TOS or IPV6_TCLASS. Answers the descriptor or -errno. */
int clinux_udp_open(const clinux_address *local, int receive_buffer, int send_buffer, int dscp);
int clinux_local_address(int fd, clinux_address *local);
void clinux_close(int fd);

/* Bytes received or sent, or -errno. A datagram longer than `capacity` answers -EMSGSIZE. */
int clinux_receive(int fd, void *bytes, size_t capacity, clinux_address *peer);
int clinux_send(int fd, const void *bytes, size_t length, const clinux_address *peer);

/* At most CLINUX_BATCH datagrams with one system call: how many, or -errno. */
int clinux_receive_batch(int fd, clinux_datagram *batch, int count);

/* One datagram to be sent, in two parts, the second of which may be empty. */
typedef struct {
    const void *bytes;
    const void *rest;
    uint32_t length;
    uint32_t rest_length;
    clinux_address peer;
} clinux_outgoing;

/* Datagrams to one peer that leave as one message of the system, the slots `order[first]` to `order[first + count - 1]`: more
   than one as segments (UDP_SEGMENT, udp(7)), all as long as the first, but the last, which may be shorter. */
typedef struct {
    uint16_t first;
    uint16_t count;
} clinux_run;

/* The most segments of one message; later kernels take 128. */
#define CLINUX_SEGMENTS 64
/* Whether the kernel knows segments: 1 or 0. */
int clinux_knows_segments(void);
/* Sends runs of `slots` with one system call: how many runs left, or -errno, then of the first. */
int clinux_send_runs(int fd, const clinux_outgoing *slots, const uint16_t *order, const clinux_run *runs, int count);

int clinux_poll_open(void);
/* `events` of CLINUX_READABLE and CLINUX_WRITABLE, level-triggered. 0 or -errno. */
int clinux_poll_add(int poll, int fd, uint32_t events, uint64_t token);
int clinux_poll_change(int poll, int fd, uint32_t events, uint64_t token);
int clinux_poll_remove(int poll, int fd);
/* At most CLINUX_BATCH events. `timeout_ms` -1 waits for ever. How many, or -errno (-EINTR is answered as 0). */
int clinux_poll_wait(int poll, clinux_event *events, int count, int timeout_ms);

/* A non-blocking timer on CLOCK_MONOTONIC: first at an absolute time, then at a fixed period, both in nanoseconds. */
int clinux_timer_open(int64_t first, int64_t period);
/* Expirations since the last read (0: none), or -errno. */
int64_t clinux_timer_read(int fd);
int clinux_signal_open(void);
void clinux_signal_raise(int fd);
void clinux_signal_clear(int fd);

/* CLOCK_MONOTONIC, nanoseconds. */
int64_t clinux_monotonic(void);
/* CLOCK_REALTIME less CLOCK_MONOTONIC, nanoseconds: takes a stamp to the monotonic clock. */
int64_t clinux_realtime_offset(void);

/* A numeric host ("192.0.2.1", "2001:db8::1", "fe80::1%eth0"); the port is left as it is. 0 or -EINVAL. */
int clinux_parse_host(const char *host, clinux_address *address);
/* The numeric host, without brackets or port. `text` holds at least 64 bytes. */
void clinux_format_host(const clinux_address *address, char *text);
