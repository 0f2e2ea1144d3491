/*
 * JSON as it is written, not held: a document of any size in constant memory,
 * and keys in the order given. Numbers are numbers, and what is not finite is
 * null.
 *
 * Bytes that are UTF-8 are a string, in which what a terminal would take for
 * a command is escaped (\u009b); other bytes are {"base64": "..."} where a
 * value stands, and as a key their visible form (\xHH, a backslash doubled).
 */
#ifndef FS_CLI_EMIT_H
#define FS_CLI_EMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "cli/out.h"

#define FS_EMIT_DEPTH	16

/* Zero-initialise but for out. */
struct fs_emit {
	struct fs_out	*out;
	unsigned	 depth;
	char		 closer[FS_EMIT_DEPTH];
	bool		 comma;		/* something stands before */
	bool		 keyed;		/* a key waits for its value */
};

/* key NULL: in an array, at the top, or after fs_emit_key(). */
void fs_emit_object(struct fs_emit *js, const char *key);
void fs_emit_array(struct fs_emit *js, const char *key);
void fs_emit_close(struct fs_emit *js);		/* the innermost */
void fs_emit_end(struct fs_emit *js);		/* all, and a newline */

void fs_emit_key(struct fs_emit *js, struct fs_bytes key);
void fs_emit_text(struct fs_emit *js, const char *key, const char *text);
void fs_emit_bytes(struct fs_emit *js, const char *key, struct fs_bytes bytes);
void fs_emit_u64(struct fs_emit *js, const char *key, uint64_t n);
void fs_emit_i64(struct fs_emit *js, const char *key, int64_t n);
/* At most so many decimals. */
void fs_emit_f64(struct fs_emit *js, const char *key, double d, int decimals);
void fs_emit_bool(struct fs_emit *js, const char *key, bool yes);
void fs_emit_null(struct fs_emit *js, const char *key);
/* Text that is JSON already. */
void fs_emit_raw(struct fs_emit *js, const char *key, struct fs_bytes json);

/* Microseconds as milliseconds, milliseconds as seconds. */
void fs_emit_ms(struct fs_emit *js, const char *key, int64_t us);
void fs_emit_seconds(struct fs_emit *js, const char *key, int64_t ms);

#endif
