// SPDX-License-Identifier: GPL-3.0-or-later
#define _GNU_SOURCE
#include "CFloor.h"
#include <errno.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

int confab_pin(int core) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(core, &set);
    return sched_setaffinity(0, sizeof set, &set) == 0 ? 0 : errno;
}

int confab_cores(int *cores, int most) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0) return -errno;
    int count = 0;
    for (int core = 0; core < CPU_SETSIZE && count < most; core++) {
        if (CPU_ISSET(core, &set)) cores[count++] = core;
    }
    return count;
}

int confab_thread(void) { return (int)syscall(SYS_gettid); }

int confab_hurry(int hurry) {
    struct sched_param parameters = {.sched_priority = hurry ? 1 : 0};
    return sched_setscheduler(0, (hurry ? SCHED_FIFO : SCHED_OTHER) | SCHED_RESET_ON_FORK, &parameters) == 0 ? 0 : errno;
}

int64_t confab_raise_file_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return -errno;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    return (int64_t)limit.rlim_cur;
}
