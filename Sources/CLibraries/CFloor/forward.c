// SPDX-License-Identifier: GPL-3.0-or-later
#define _GNU_SOURCE
#include "CFloor.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/udp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 64, HEAD = 12, SLOT = 2048, SEGMENTS = 64, MOST_BYTES = 65507 };

static uint64_t monotonic(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000ull + (uint64_t)t.tv_nsec;
}

// What came from one sender in one call, and a head for each packet to each receiver.
static unsigned char datagrams[BATCH][SLOT], heads[BATCH][HEAD];
static int lengths[BATCH];

static void write_heads(int count, int receiver) {
    for (int i = 0; i < count; i++) {
        memcpy(heads[i], datagrams[i], HEAD);
        // Another SSRC and other numbers, the same way each time.
        heads[i][8] ^= (unsigned char)(receiver >> 8);
        heads[i][9] ^= (unsigned char)receiver;
        uint16_t sequence = (uint16_t)((heads[i][2] << 8 | heads[i][3]) + receiver);
        heads[i][2] = (unsigned char)(sequence >> 8);
        heads[i][3] = (unsigned char)sequence;
    }
}

// The packets in a message for each, or for each run of equal ones a message with segments; one system call either way.
static int forward(int fd, struct sockaddr_in *to, int count, int segments) {
    struct mmsghdr messages[BATCH];
    struct iovec parts[2 * BATCH];
    union {
        struct cmsghdr head;
        char bytes[CMSG_SPACE(sizeof(uint16_t))];
    } sizes[BATCH];
    int made = 0;
    for (int i = 0; i < count; made++) {
        int first = i, bytes = 0;
        struct msghdr *header = &messages[made].msg_hdr;
        do {
            parts[2 * i] = (struct iovec){heads[i], HEAD};
            parts[2 * i + 1] = (struct iovec){datagrams[i] + HEAD, (size_t)(lengths[i] - HEAD)};
            bytes += lengths[i];
            i++;
        } while (segments && i < count && i - first < SEGMENTS && lengths[i - 1] == lengths[first] && lengths[i] <= lengths[first] &&
                 bytes + lengths[i] <= MOST_BYTES);
        *header = (struct msghdr){
            .msg_name = to, .msg_namelen = sizeof *to, .msg_iov = &parts[2 * first], .msg_iovlen = (size_t)(2 * (i - first))};
        if (i - first == 1) continue;
        header->msg_control = &sizes[made];
        header->msg_controllen = sizeof sizes[made];
        struct cmsghdr *size = CMSG_FIRSTHDR(header);
        size->cmsg_level = IPPROTO_UDP;
        size->cmsg_type = UDP_SEGMENT;
        size->cmsg_len = CMSG_LEN(sizeof(uint16_t));
        memcpy(CMSG_DATA(size), &(uint16_t){(uint16_t)lengths[first]}, sizeof(uint16_t));
    }
    return sendmmsg(fd, messages, (unsigned)made, 0) < 0 && errno != EAGAIN ? errno : 0;
}

static int receive(int fd, struct sockaddr_in *from) {
    struct mmsghdr messages[BATCH];
    struct iovec parts[BATCH];
    for (int i = 0; i < BATCH; i++) {
        parts[i] = (struct iovec){datagrams[i], SLOT};
        messages[i].msg_hdr = (struct msghdr){.msg_iov = &parts[i], .msg_iovlen = 1};
    }
    messages[0].msg_hdr.msg_name = from;
    messages[0].msg_hdr.msg_namelen = sizeof *from;
    int count = recvmmsg(fd, messages, BATCH, MSG_DONTWAIT, NULL);
    for (int i = 0; i < count; i++) lengths[i] = (int)messages[i].msg_len;
    return count;
}

int confab_forward_run(int legs, int first_port, int room, int senders, int segments, int seconds) {
    int *sockets = calloc((size_t)legs, sizeof *sockets);
    struct sockaddr_in *peers = calloc((size_t)legs, sizeof *peers);
    struct epoll_event events[256];
    int poll = epoll_create1(EPOLL_CLOEXEC), error = 0, opened = 0;
    for (; opened < legs; opened++) {
        int s = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), size = 524288;
        struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)(first_port + 2 * opened))};
        a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        struct epoll_event e = {.events = EPOLLIN, .data.u32 = (uint32_t)opened};
        if (s >= 0) setsockopt(s, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
        if (s < 0 || bind(s, (struct sockaddr *)&a, sizeof a) != 0 || epoll_ctl(poll, EPOLL_CTL_ADD, s, &e) != 0) {
            error = errno;
            if (s >= 0) close(s);
            goto done;
        }
        sockets[opened] = s;
    }
    uint64_t end = monotonic() + (uint64_t)seconds * 1000000000ull;
    while (error == 0 && monotonic() < end) {
        int ready = epoll_wait(poll, events, 256, 1000);
        for (int i = 0; i < ready; i++) {
            int leg = (int)events[i].data.u32;
            int count = receive(sockets[leg], &peers[leg]);
            // Who says less than a header only says where it is.
            while (count > 0 && lengths[0] <= HEAD) {
                count--;
                memmove(lengths, lengths + 1, (size_t)count * sizeof *lengths);
                memmove(datagrams, datagrams + 1, (size_t)count * SLOT);
            }
            if (count <= 0 || leg % room >= senders) continue;
            int first = leg - leg % room;
            for (int receiver = first; receiver < first + room; receiver++) {
                if (receiver == leg || peers[receiver].sin_port == 0) continue;
                write_heads(count, receiver);
                error = forward(sockets[receiver], &peers[receiver], count, segments);
                if (error != 0) break;
            }
        }
    }
done:
    for (int i = 0; i < opened; i++) close(sockets[i]);
    close(poll);
    free(sockets);
    free(peers);
    return error;
}
