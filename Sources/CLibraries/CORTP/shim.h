#pragma once
#include <ortp/ortp.h>
#include <ortp/rtpsession.h>
#include <ortp/rtcp.h>
#include <ortp/payloadtype.h>

/* oRTP's log goes to stdout unless a handler stands; its arguments are a va_list, which Swift cannot receive. */
static inline void cortp_discard(const char *domain, OrtpLogLevel level, const char *format, va_list arguments) {
    (void)domain;
    (void)level;
    (void)format;
    (void)arguments;
}

static inline void cortp_silence(void) { ortp_set_log_handler(cortp_discard); }
