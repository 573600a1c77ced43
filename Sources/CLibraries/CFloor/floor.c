// SPDX-License-Identifier: GPL-3.0-or-later
#define _GNU_SOURCE
#include "CFloor.h"
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

static uint64_t now_of(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return (uint64_t)t.tv_sec * 1000000000ull + (uint64_t)t.tv_nsec;
}

int confab_floor_run(int members, int first_port, int payload_bytes, int seconds, confab_floor_result *result) {
    memset(result, 0, sizeof *result);
    int *sockets = calloc((size_t)members, sizeof *sockets);
    struct sockaddr_in *peers = calloc((size_t)members, sizeof *peers);
    unsigned char in[2048], out[2048] = {0x80, 0x6f};
    uint16_t sequence = 0;
    struct epoll_event events[256];
    int poll = epoll_create1(EPOLL_CLOEXEC), timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC), error = 0;
    int opened = 0;
    for (; opened < members; opened++) {
        int s = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)(first_port + 2 * opened))};
        a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        struct epoll_event e = {.events = EPOLLIN, .data.u32 = (uint32_t)opened};
        if (s < 0 || bind(s, (struct sockaddr *)&a, sizeof a) != 0 || epoll_ctl(poll, EPOLL_CTL_ADD, s, &e) != 0) {
            error = errno;
            if (s >= 0) close(s);
            goto done;
        }
        sockets[opened] = s;
    }
    struct itimerspec every = {.it_interval = {0, 20000000}, .it_value = {0, 20000000}};
    timerfd_settime(timer, 0, &every, NULL);
    struct epoll_event te = {.events = EPOLLIN, .data.u32 = UINT32_MAX};
    epoll_ctl(poll, EPOLL_CTL_ADD, timer, &te);
    uint64_t began = now_of(CLOCK_MONOTONIC), started = 0, cpu = 0;
    for (;;) {
        int n = epoll_wait(poll, events, 256, 1000);
        uint64_t now = now_of(CLOCK_MONOTONIC);
        if (started == 0 ? now - began > 30000000000ull : now - started > (uint64_t)seconds * 1000000000ull) break;
        for (int i = 0; i < n; i++) {
            uint32_t member = events[i].data.u32;
            if (member == UINT32_MAX) {
                uint64_t expirations = 0;
                if (read(timer, &expirations, sizeof expirations) < 0) continue;
                result->ticks += expirations;
                sequence++;
                out[2] = (unsigned char)(sequence >> 8);
                out[3] = (unsigned char)sequence;
                for (int m = 0; m < members; m++) {
                    if (peers[m].sin_port == 0) continue;
                    if (sendto(sockets[m], out, (size_t)(12 + payload_bytes), 0, (struct sockaddr *)&peers[m], sizeof peers[m]) > 0)
                        result->sent++;
                }
                continue;
            }
            struct sockaddr_in from;
            socklen_t length = sizeof from;
            if (recvfrom(sockets[member], in, sizeof in, 0, (struct sockaddr *)&from, &length) <= 0) continue;
            if (started == 0) {
                started = now;
                cpu = now_of(CLOCK_PROCESS_CPUTIME_ID);
            }
            peers[member] = from;
            result->received++;
        }
    }
    if (started != 0) {
        result->cpu_nanoseconds = now_of(CLOCK_PROCESS_CPUTIME_ID) - cpu;
        result->wall_nanoseconds = now_of(CLOCK_MONOTONIC) - started;
    }
done:
    for (int i = 0; i < opened; i++) close(sockets[i]);
    close(timer);
    close(poll);
    free(sockets);
    free(peers);
    return error;
}
