/* SPDX-License-Identifier: GPL-3.0-or-later */
#define _GNU_SOURCE
#include "CLinux.h"

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <string.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

typedef union {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
} system_address;

static socklen_t to_system(const clinux_address *from, system_address *to) {
    if (from->version == 6) {
        uint64_t high = htobe64(from->high), low = htobe64(from->low);
        memset(&to->v6, 0, sizeof to->v6);
        to->v6.sin6_family = AF_INET6;
        to->v6.sin6_port = htons(from->port);
        memcpy(&to->v6.sin6_addr.s6_addr[0], &high, 8);
        memcpy(&to->v6.sin6_addr.s6_addr[8], &low, 8);
        to->v6.sin6_scope_id = from->scope;
        return sizeof to->v6;
    }
    memset(&to->v4, 0, sizeof to->v4);
    to->v4.sin_family = AF_INET;
    to->v4.sin_port = htons(from->port);
    to->v4.sin_addr.s_addr = htonl((uint32_t)from->low);
    return sizeof to->v4;
}

static void from_system(const system_address *from, clinux_address *to) {
    if (from->any.sa_family == AF_INET6) {
        uint64_t high, low;
        memcpy(&high, &from->v6.sin6_addr.s6_addr[0], 8);
        memcpy(&low, &from->v6.sin6_addr.s6_addr[8], 8);
        *to = (clinux_address){be64toh(high), be64toh(low), from->v6.sin6_scope_id, ntohs(from->v6.sin6_port), 6};
    } else if (from->any.sa_family == AF_INET) {
        *to = (clinux_address){0, ntohl(from->v4.sin_addr.s_addr), 0, ntohs(from->v4.sin_port), 4};
    } else {
        *to = (clinux_address){0};
    }
}

int clinux_udp_open(const clinux_address *local, int receive_buffer, int send_buffer, int dscp) {
    system_address address;
    socklen_t length = to_system(local, &address);
    int fd = socket(address.any.sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return -errno;
    int on = 1, tos = dscp << 2;
    /* Buffer sizes and marking are wishes: a system that refuses them still carries media. */
    if (receive_buffer > 0) (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    if (send_buffer > 0) (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &send_buffer, sizeof send_buffer);
    (void)setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
    int failed = 0;
    if (local->version == 6) {
        failed = setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_TCLASS, &tos, sizeof tos);
    } else {
        (void)setsockopt(fd, IPPROTO_IP, IP_TOS, &tos, sizeof tos);
    }
    if (failed || bind(fd, &address.any, length)) {
        int error = errno;
        close(fd);
        return -error;
    }
    return fd;
}

int clinux_local_address(int fd, clinux_address *local) {
    system_address address = {0};
    socklen_t length = sizeof address;
    if (getsockname(fd, &address.any, &length)) return -errno;
    from_system(&address, local);
    return 0;
}

void clinux_close(int fd) { close(fd); }

int clinux_receive(int fd, void *bytes, size_t capacity, clinux_address *peer) {
    system_address address;
    socklen_t length = sizeof address;
    address.any.sa_family = AF_UNSPEC;
    ssize_t count;
    do {
        count = recvfrom(fd, bytes, capacity, MSG_TRUNC, &address.any, &length);
    } while (count < 0 && errno == EINTR);
    if (count < 0) return -errno;
    from_system(&address, peer);
    return (size_t)count > capacity ? -EMSGSIZE : (int)count;
}

int clinux_send(int fd, const void *bytes, size_t length, const clinux_address *peer) {
    system_address address;
    socklen_t address_length = to_system(peer, &address);
    ssize_t count;
    do {
        count = sendto(fd, bytes, length, MSG_NOSIGNAL, &address.any, address_length);
    } while (count < 0 && errno == EINTR);
    return count < 0 ? -errno : (int)count;
}

static int64_t stamp_of(struct msghdr *header) {
    for (struct cmsghdr *part = CMSG_FIRSTHDR(header); part != NULL; part = CMSG_NXTHDR(header, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_TIMESTAMPNS) continue;
        struct timespec stamp;
        memcpy(&stamp, CMSG_DATA(part), sizeof stamp);
        return (int64_t)stamp.tv_sec * 1000000000 + stamp.tv_nsec;
    }
    return 0;
}

int clinux_receive_batch(int fd, clinux_datagram *batch, int count) {
    struct mmsghdr headers[CLINUX_BATCH];
    struct iovec parts[CLINUX_BATCH];
    system_address addresses[CLINUX_BATCH];
    union {
        struct cmsghdr head;
        char bytes[CMSG_SPACE(sizeof(struct timespec))];
    } stamps[CLINUX_BATCH];
    if (count > CLINUX_BATCH) count = CLINUX_BATCH;
    for (int i = 0; i < count; i++) {
        parts[i] = (struct iovec){batch[i].bytes, batch[i].capacity};
        headers[i].msg_hdr = (struct msghdr){.msg_name = &addresses[i],
                                             .msg_namelen = sizeof addresses[i],
                                             .msg_iov = &parts[i],
                                             .msg_iovlen = 1,
                                             .msg_control = &stamps[i],
                                             .msg_controllen = sizeof stamps[i]};
        addresses[i].any.sa_family = AF_UNSPEC;
    }
    int received;
    do {
        received = recvmmsg(fd, headers, (unsigned)count, 0, NULL);
    } while (received < 0 && errno == EINTR);
    if (received < 0) return -errno;
    for (int i = 0; i < received; i++) {
        batch[i].length = headers[i].msg_hdr.msg_flags & MSG_TRUNC ? -1 : (int32_t)headers[i].msg_len;
        from_system(&addresses[i], &batch[i].peer);
        batch[i].stamp = stamp_of(&headers[i].msg_hdr);
    }
    return received;
}

int clinux_knows_segments(void) {
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), size = 0;
    socklen_t length = sizeof size;
    if (fd < 0) return 0;
    int knows = getsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &size, &length) == 0;
    close(fd);
    return knows;
}

int clinux_send_runs(int fd, const clinux_outgoing *slots, const uint16_t *order, const clinux_run *runs, int count) {
    struct mmsghdr headers[CLINUX_BATCH];
    system_address addresses[CLINUX_BATCH];
    struct iovec parts[8 * CLINUX_SEGMENTS];
    union {
        struct cmsghdr head;
        char bytes[CMSG_SPACE(sizeof(uint16_t))];
    } segments[CLINUX_BATCH];
    int used = 0, messages = 0;
    for (; messages < count && messages < CLINUX_BATCH; messages++) {
        const clinux_run *run = &runs[messages];
        if (used + 2 * run->count > 8 * CLINUX_SEGMENTS) break;
        const clinux_outgoing *first = &slots[order[run->first]];
        struct msghdr *header = &headers[messages].msg_hdr;
        *header = (struct msghdr){.msg_name = &addresses[messages],
                                  .msg_namelen = to_system(&first->peer, &addresses[messages]),
                                  .msg_iov = &parts[used]};
        int begin = used;
        for (int i = 0; i < run->count; i++) {
            const clinux_outgoing *slot = &slots[order[run->first + i]];
            parts[used++] = (struct iovec){(void *)slot->bytes, slot->length};
            if (slot->rest_length > 0) parts[used++] = (struct iovec){(void *)slot->rest, slot->rest_length};
        }
        header->msg_iovlen = (size_t)(used - begin);
        if (run->count == 1) continue;
        uint16_t size = (uint16_t)(first->length + first->rest_length);
        header->msg_control = &segments[messages];
        header->msg_controllen = sizeof segments[messages];
        struct cmsghdr *part = CMSG_FIRSTHDR(header);
        part->cmsg_level = IPPROTO_UDP;
        part->cmsg_type = UDP_SEGMENT;
        part->cmsg_len = CMSG_LEN(sizeof size);
        memcpy(CMSG_DATA(part), &size, sizeof size);
    }
    int sent;
    do {
        sent = sendmmsg(fd, headers, (unsigned)messages, MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : sent;
}

int clinux_poll_open(void) {
    int fd = epoll_create1(EPOLL_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

static int poll_control(int poll, int operation, int fd, uint32_t events, uint64_t token) {
    struct epoll_event event = {0};
    event.events = (events & CLINUX_READABLE ? EPOLLIN : 0u) | (events & CLINUX_WRITABLE ? EPOLLOUT : 0u);
    event.data.u64 = token;
    return epoll_ctl(poll, operation, fd, &event) ? -errno : 0;
}

int clinux_poll_add(int poll, int fd, uint32_t events, uint64_t token) {
    return poll_control(poll, EPOLL_CTL_ADD, fd, events, token);
}

int clinux_poll_change(int poll, int fd, uint32_t events, uint64_t token) {
    return poll_control(poll, EPOLL_CTL_MOD, fd, events, token);
}

int clinux_poll_remove(int poll, int fd) { return poll_control(poll, EPOLL_CTL_DEL, fd, 0, 0); }

int clinux_poll_wait(int poll, clinux_event *events, int count, int timeout_ms) {
    struct epoll_event ready[CLINUX_BATCH];
    if (count > CLINUX_BATCH) count = CLINUX_BATCH;
    int found = epoll_wait(poll, ready, count, timeout_ms);
    if (found < 0) return errno == EINTR ? 0 : -errno;
    for (int i = 0; i < found; i++) {
        uint32_t seen = ready[i].events;
        events[i].token = ready[i].data.u64;
        events[i].events = (seen & EPOLLIN ? CLINUX_READABLE : 0u) | (seen & EPOLLOUT ? CLINUX_WRITABLE : 0u) |
                           (seen & (EPOLLERR | EPOLLHUP) ? CLINUX_FAILED : 0u);
    }
    return found;
}

int clinux_timer_open(int64_t first, int64_t period) {
    int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (fd < 0) return -errno;
    struct itimerspec when = {.it_value = {first / 1000000000, first % 1000000000},
                              .it_interval = {period / 1000000000, period % 1000000000}};
    if (timerfd_settime(fd, TFD_TIMER_ABSTIME, &when, NULL)) {
        int error = errno;
        close(fd);
        return -error;
    }
    return fd;
}

int64_t clinux_timer_read(int fd) {
    uint64_t count = 0;
    if (read(fd, &count, sizeof count) == sizeof count) return (int64_t)count;
    return errno == EAGAIN || errno == EINTR ? 0 : -errno;
}

int clinux_signal_open(void) {
    int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

void clinux_signal_raise(int fd) {
    uint64_t one = 1;
    /* EAGAIN: the counter is full, so the signal stands already. */
    ssize_t ignored = write(fd, &one, sizeof one);
    (void)ignored;
}

void clinux_signal_clear(int fd) {
    uint64_t count;
    ssize_t ignored = read(fd, &count, sizeof count);
    (void)ignored;
}

static int64_t time_of(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t clinux_monotonic(void) { return time_of(CLOCK_MONOTONIC); }

int64_t clinux_realtime_offset(void) {
    int64_t before, real, after;
    int tries = 0;
    /* Somebody else may get the processor between two readings. */
    do {
        before = time_of(CLOCK_MONOTONIC);
        real = time_of(CLOCK_REALTIME);
        after = time_of(CLOCK_MONOTONIC);
    } while (after - before > 20000 && ++tries < 4);
    return real - (before + after) / 2;
}

int clinux_parse_host(const char *host, clinux_address *address) {
    uint16_t port = address->port;
    system_address parsed = {0};
    if (inet_pton(AF_INET, host, &parsed.v4.sin_addr) == 1) {
        parsed.v4.sin_family = AF_INET;
    } else {
        char numeric[INET6_ADDRSTRLEN];
        const char *zone = strchr(host, '%');
        size_t length = zone ? (size_t)(zone - host) : strlen(host);
        if (length >= sizeof numeric) return -EINVAL;
        memcpy(numeric, host, length);
        numeric[length] = 0;
        if (inet_pton(AF_INET6, numeric, &parsed.v6.sin6_addr) != 1) return -EINVAL;
        parsed.v6.sin6_family = AF_INET6;
        if (zone) {
            unsigned scope = if_nametoindex(zone + 1);
            if (scope == 0) return -EINVAL;
            parsed.v6.sin6_scope_id = scope;
        }
    }
    from_system(&parsed, address);
    address->port = port;
    return 0;
}

void clinux_format_host(const clinux_address *address, char *text) {
    system_address parsed;
    (void)to_system(address, &parsed);
    const void *bytes = address->version == 6 ? (const void *)&parsed.v6.sin6_addr : (const void *)&parsed.v4.sin_addr;
    if (inet_ntop(parsed.any.sa_family, bytes, text, INET6_ADDRSTRLEN) == NULL) text[0] = 0;
    char zone[IF_NAMESIZE];
    if (address->version == 6 && address->scope && if_indextoname(address->scope, zone)) {
        size_t length = strlen(text);
        snprintf(text + length, 64 - length, "%%%s", zone);
    }
}
