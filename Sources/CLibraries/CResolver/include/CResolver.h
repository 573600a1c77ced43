/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SRV and NAPTR records by the system's resolver, whose parsers are macros. */
#ifndef CRESOLVER_H
#define CRESOLVER_H

#include <stdint.h>

#define CRESOLVER_NAME 256

/* RFC 2782. */
typedef struct {
    uint16_t priority, weight, port;
    char target[CRESOLVER_NAME];
} cresolver_srv;

/* RFC 3403 §4; the regular expression is left out. */
typedef struct {
    uint16_t order, preference;
    char flags[CRESOLVER_NAME], service[CRESOLVER_NAME], replacement[CRESOLVER_NAME];
} cresolver_naptr;

enum {
    /* The name server has no such record. */
    CRESOLVER_NONE = 0,
    /* No name server answered, or what it said cannot be read. */
    CRESOLVER_FAILED = -1,
};

/* Both block for 3 seconds a name server at most. `server` is a numeric IPv4 address, or NULL for those of resolv.conf.
   They write at most `capacity` records and return how many, or CRESOLVER_FAILED. */
int cresolver_find_srv(const char *name, const char *server, uint16_t port, cresolver_srv *records, int capacity);
int cresolver_find_naptr(const char *name, const char *server, uint16_t port, cresolver_naptr *records, int capacity);

#endif
