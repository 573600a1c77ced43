// SPDX-License-Identifier: GPL-3.0-or-later
// Stands before the C library's allocator in a program that links this, and counts while it is told to. The caller is found
// by walking the stack past the allocator of the Swift runtime, so that a site is a place in somebody's code.
#define _GNU_SOURCE
#include "CFloor.h"
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

enum { SITES = 512, DEPTH = 12 };

static atomic_bool counting;
static atomic_uint_fast64_t total;
static atomic_flag guard = ATOMIC_FLAG_INIT;
static confab_allocation_site sites[SITES];
static int site_count;
// Neither the thread that counts nor what counting itself allocates is counted.
static __thread int excluded;

static int is_runtime(uint64_t address) {
    Dl_info info;
    if (!dladdr((void *)address, &info) || info.dli_fname == NULL) return 0;
    return strstr(info.dli_fname, "libswiftCore") != NULL;
}

static void count(size_t bytes) {
    if (!atomic_load_explicit(&counting, memory_order_relaxed) || excluded) return;
    excluded = 1;
    void *stack[DEPTH];
    // The first two are this function and the allocator that called it.
    int depth = backtrace(stack, DEPTH);
    uint64_t address = depth > 2 ? (uint64_t)stack[2] : 0;
    for (int level = 2; level < depth; level++) {
        address = (uint64_t)stack[level];
        if (!is_runtime(address)) break;
    }
    atomic_fetch_add(&total, 1);
    while (atomic_flag_test_and_set(&guard)) {}
    int index = 0;
    while (index < site_count && sites[index].address != address) index++;
    if (index < SITES) {
        if (index == site_count) {
            sites[index] = (confab_allocation_site){.address = address};
            site_count++;
        }
        sites[index].count++;
        sites[index].bytes += bytes;
    }
    atomic_flag_clear(&guard);
    excluded = 0;
}

void *malloc(size_t size) {
    count(size);
    return __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
    count(number * size);
    return __libc_calloc(number, size);
}

void *realloc(void *old, size_t size) {
    count(size);
    return __libc_realloc(old, size);
}

void *memalign(size_t alignment, size_t size) {
    count(size);
    return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    count(size);
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **result, size_t alignment, size_t size) {
    count(size);
    void *block = __libc_memalign(alignment, size);
    if (block == NULL) return ENOMEM;
    *result = block;
    return 0;
}

void confab_count_allocations_begin(void) {
    // The first call loads a library, which allocates.
    void *stack[2];
    excluded = 1;
    backtrace(stack, 2);
    site_count = 0;
    atomic_store(&total, 0);
    atomic_store(&counting, 1);
}

uint64_t confab_count_allocations_end(void) {
    atomic_store(&counting, 0);
    excluded = 0;
    return atomic_load(&total);
}

int confab_allocation_sites(confab_allocation_site *result, int most) {
    int copied = site_count < most ? site_count : most;
    memcpy(result, sites, (size_t)copied * sizeof *sites);
    return copied;
}

uint64_t confab_library_of(uint64_t address, char *library, char *symbol, int size) {
    Dl_info info;
    library[0] = symbol[0] = 0;
    if (!dladdr((void *)address, &info)) return address;
    if (info.dli_fname != NULL) {
        const char *slash = strrchr(info.dli_fname, '/');
        strncat(library, slash != NULL ? slash + 1 : info.dli_fname, (size_t)size - 1);
    }
    if (info.dli_sname != NULL) strncat(symbol, info.dli_sname, (size_t)size - 1);
    return address - (uint64_t)info.dli_fbase;
}
