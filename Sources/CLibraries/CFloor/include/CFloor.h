// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <stdint.h>

/// What the bare loop did; CPU time is the process's own, in nanoseconds, between the first packet and the end.
typedef struct {
    uint64_t received;
    uint64_t sent;
    uint64_t ticks;
    uint64_t cpu_nanoseconds;
    uint64_t wall_nanoseconds;
} confab_floor_result;

/// The least that a bridge can do: `members` UDP sockets on 127.0.0.1 from `first_port` (two apart); each packet that comes in is
/// read and its sender remembered, and every 20 ms one RTP packet of `payload_bytes` leaves to each member heard of. Stops by itself
/// after `seconds` from the first packet, or after 30 s without one. Returns 0, or an errno value.
int confab_floor_run(int members, int first_port, int payload_bytes, int seconds, confab_floor_result *result);

/// The least that a switch of video can do: `legs` UDP sockets on 127.0.0.1 from `first_port` (two apart), `room` of them to a room.
/// Whoever sends is remembered; what one of the first `senders` of a room sends goes to all others of it that have been heard of,
/// under another SSRC and another number, in the turn in which it came: all that came with one recvmmsg, to each receiver with one
/// sendmmsg, of a message for each packet or, with `segments`, of a message for each run of equally long ones (UDP_SEGMENT).
/// Packets of 12 bytes or less go nowhere. Ends after `seconds`. Returns 0, or an errno value.
int confab_forward_run(int legs, int first_port, int room, int senders, int segments, int seconds);

/// Binds the calling thread, and all that it starts from now on, to one core. Returns 0, or an errno value.
int confab_pin(int core);

/// The cores that this process may run on, in order; at most `most` of them. Returns how many, or a negated errno value.
int confab_cores(int *cores, int most);

/// The kernel's number of the calling thread, as in `/proc`.
int confab_thread(void);

/// Puts the calling thread before all that is not of the system (SCHED_FIFO), or back among the others; children do not inherit
/// it. Such a thread must sleep now and then. Returns 0, or an errno value where that is not allowed.
int confab_hurry(int hurry);

/// Raises the limit of open files as far as it goes. Returns the limit.
int64_t confab_raise_file_limit(void);

/// Of the RTP and RTCP datagrams that this process sends and receives in batches from now on, so many in a thousand are lost, each way.
void confab_lose(unsigned int permille);

/// How many were lost so far.
uint64_t confab_lost(void);

/// Where memory was allocated: a return address and how often.
typedef struct {
    uint64_t address;
    uint64_t count;
    uint64_t bytes;
} confab_allocation_site;

/// Begins to count what every thread but the calling one allocates, in this whole process: malloc, calloc, realloc, memalign and
/// their like stand in the executable and call the C library's.
void confab_count_allocations_begin(void);

/// Ends it. Returns how many allocations there were.
uint64_t confab_count_allocations_end(void);

/// The sites of the last count, the address being that of the caller outermost of the Swift runtime's own functions; at most `most`
/// of them. `library` of each can be asked with `confab_library_of`. Returns how many.
int confab_allocation_sites(confab_allocation_site *sites, int most);

/// The file name of the library or program that holds `address`, and the name of the symbol; either may come out empty.
/// Returns how far into the file `address` is, as symbolizers want it.
uint64_t confab_library_of(uint64_t address, char *library, char *symbol, int size);
