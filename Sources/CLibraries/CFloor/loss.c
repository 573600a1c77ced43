// SPDX-License-Identifier: GPL-3.0-or-later
// Stands before the C library's batched system calls in a program that links this, and loses RTP and RTCP while it is told to: a lossy
// network for whole user agents within one process, where netem needs a kernel module and root.
#define _GNU_SOURCE
#include "CFloor.h"
#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static atomic_uint thousandths;
static atomic_uint_fast64_t lost;
static atomic_uint_fast64_t state = 0x9E3779B97F4A7C15;

void confab_lose(unsigned int permille) { thousandths = permille; }

uint64_t confab_lost(void) { return lost; }

// SIP never begins so (RFC 7983).
static int is_media(const unsigned char *bytes, size_t length) { return length >= 8 && bytes[0] >> 6 == 2; }

static int is_unlucky(const void *bytes, size_t length) {
    unsigned limit = thousandths;
    if (limit == 0 || !is_media(bytes, length)) return 0;
    uint64_t value = atomic_fetch_add(&state, 0x9E3779B97F4A7C15);
    value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9;
    value = (value ^ value >> 27) * 0x94D049BB133111EB;
    value ^= value >> 31;
    if (value % 1000 >= limit) return 0;
    atomic_fetch_add(&lost, 1);
    return 1;
}

// An empty datagram is what is left of a lost one.
int recvmmsg(int fd, struct mmsghdr *messages, unsigned int count, int flags, struct timespec *timeout) {
    int received = (int)syscall(SYS_recvmmsg, fd, messages, count, flags, timeout);
    if (thousandths == 0) return received;
    for (int i = 0; i < received; i++) {
        struct msghdr *header = &messages[i].msg_hdr;
        if (header->msg_iovlen > 0 && is_unlucky(header->msg_iov[0].iov_base, messages[i].msg_len)) messages[i].msg_len = 0;
    }
    return received;
}

static unsigned segment_size(struct msghdr *header) {
    for (struct cmsghdr *part = CMSG_FIRSTHDR(header); part != NULL; part = CMSG_NXTHDR(header, part)) {
        uint16_t size;
        if (part->cmsg_level != IPPROTO_UDP || part->cmsg_type != UDP_SEGMENT) continue;
        memcpy(&size, CMSG_DATA(part), sizeof size);
        return size;
    }
    return 0;
}

// Each segment of a run has its own luck, as on a network.
static int send_one(int fd, struct msghdr *header, int flags, unsigned int *length) {
    static __thread unsigned char whole[65536];
    size_t total = 0;
    for (size_t i = 0; i < header->msg_iovlen && total + header->msg_iov[i].iov_len <= sizeof whole; i++) {
        memcpy(whole + total, header->msg_iov[i].iov_base, header->msg_iov[i].iov_len);
        total += header->msg_iov[i].iov_len;
    }
    unsigned size = segment_size(header);
    if (size == 0) size = (unsigned)(total > 0 ? total : 1);
    for (size_t at = 0; at < total; at += size) {
        size_t part = total - at < size ? total - at : size;
        if (is_unlucky(whole + at, part)) continue;
        if (syscall(SYS_sendto, fd, whole + at, part, flags, header->msg_name, header->msg_namelen) < 0) return -1;
    }
    *length = (unsigned)total;
    return 1;
}

int sendmmsg(int fd, struct mmsghdr *messages, unsigned int count, int flags) {
    if (thousandths == 0) return (int)syscall(SYS_sendmmsg, fd, messages, count, flags);
    for (unsigned i = 0; i < count; i++) {
        if (send_one(fd, &messages[i].msg_hdr, flags, &messages[i].msg_len) < 0) return i > 0 ? (int)i : -1;
    }
    return (int)count;
}
