/* SPDX-License-Identifier: GPL-3.0-or-later */
#define _GNU_SOURCE
#include "CResolver.h"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>
#include <string.h>

/* Asks, and opens the answer; its length, or what the header says of failures. */
static int ask(
    const char *name, int type, const char *server, uint16_t port, unsigned char *answer, int capacity, ns_msg *message) {
    struct __res_state state;
    memset(&state, 0, sizeof state);
    if (res_ninit(&state) != 0) return CRESOLVER_FAILED;
    state.retrans = 1;
    state.retry = 3;
    int result = CRESOLVER_FAILED;
    if (server) {
        struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
        if (inet_pton(AF_INET, server, &address.sin_addr) != 1) goto done;
        state.nscount = 1;
        state.nsaddr_list[0] = address;
    }
    int length = res_nquery(&state, name, ns_c_in, type, answer, capacity);
    if (length < 0) {
        if (state.res_h_errno == HOST_NOT_FOUND || state.res_h_errno == NO_DATA) result = CRESOLVER_NONE;
    } else if (length <= capacity && ns_initparse(answer, length, message) == 0) {
        result = length;
    }
done:
    res_nclose(&state);
    return result;
}

/* Reads the data of one record, from `data` up to `end`; 0 where it cannot be read. */
typedef int reader(const ns_msg *message, const unsigned char *data, const unsigned char *end, void *record);

/* Reads the answer's records of a type, each of `size` bytes and with at least `shortest` bytes of data. */
static int find(
    const char *name, int type, const char *server, uint16_t port, int shortest, reader *read, void *records, size_t size,
    int capacity) {
    unsigned char answer[NS_MAXMSG];
    ns_msg message;
    int result = ask(name, type, server, port, answer, sizeof answer, &message);
    if (result <= 0) return result;
    int count = 0;
    for (int index = 0; index < ns_msg_count(message, ns_s_an) && count < capacity; index++) {
        ns_rr record;
        if (ns_parserr(&message, ns_s_an, index, &record) != 0) return CRESOLVER_FAILED;
        if ((int)ns_rr_type(record) != type || ns_rr_class(record) != ns_c_in || ns_rr_rdlen(record) < shortest) continue;
        const unsigned char *data = ns_rr_rdata(record);
        if (!read(&message, data, data + ns_rr_rdlen(record), (char *)records + size * count)) return CRESOLVER_FAILED;
        count++;
    }
    return count;
}

static int read_name(const ns_msg *message, const unsigned char *from, char *to) {
    return dn_expand(ns_msg_base(*message), ns_msg_end(*message), from, to, CRESOLVER_NAME) >= 0;
}

static int read_srv(const ns_msg *message, const unsigned char *data, const unsigned char *end, void *record) {
    cresolver_srv *to = record;
    (void)end;
    to->priority = ns_get16(data);
    to->weight = ns_get16(data + 2);
    to->port = ns_get16(data + 4);
    return read_name(message, data + 6, to->target);
}

/* A <character-string> (RFC 1035 §3.3); what is after it, or NULL where it does not fit. */
static const unsigned char *read_text(const unsigned char *from, const unsigned char *end, char *to) {
    if (!from || from >= end || end - from < 1 + *from) return NULL;
    memcpy(to, from + 1, *from);
    to[*from] = 0;
    return from + 1 + *from;
}

static int read_naptr(const ns_msg *message, const unsigned char *data, const unsigned char *end, void *record) {
    cresolver_naptr *to = record;
    char expression[CRESOLVER_NAME];
    to->order = ns_get16(data);
    to->preference = ns_get16(data + 2);
    const unsigned char *next = read_text(data + 4, end, to->flags);
    next = read_text(next, end, to->service);
    next = read_text(next, end, expression);
    return next && next < end && read_name(message, next, to->replacement);
}

int cresolver_find_srv(const char *name, const char *server, uint16_t port, cresolver_srv *records, int capacity) {
    return find(name, ns_t_srv, server, port, 7, read_srv, records, sizeof *records, capacity);
}

int cresolver_find_naptr(const char *name, const char *server, uint16_t port, cresolver_naptr *records, int capacity) {
    return find(name, ns_t_naptr, server, port, 8, read_naptr, records, sizeof *records, capacity);
}
