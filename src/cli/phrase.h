/* Numbers and what they count, as people read them. (pure) */
#ifndef FS_CLI_PHRASE_H
#define FS_CLI_PHRASE_H

#include <stdint.h>

#include "cli/out.h"

/* "12,400"; "12,400 entities", with the other word for one. */
void fs_phrase_number(struct fs_out *out, uint64_t n);
void fs_phrase_count(struct fs_out *out, uint64_t n, const char *one,
    const char *many);
/* "0.31 ms" of microseconds; "24h" of milliseconds, exact. */
void fs_phrase_took(struct fs_out *out, int64_t us);
void fs_phrase_exact(struct fs_out *out, int64_t ms);

#endif
