/* Pieces that several panes are drawn of. (pure) */
#ifndef FS_UI_PART_H
#define FS_UI_PART_H

#include <stdbool.h>
#include <stdint.h>

#include "base/hist.h"
#include "model/entity.h"
#include "model/request.h"
#include "model/series.h"
#include "model/server.h"
#include "model/snap.h"
#include "ui/canvas.h"
#include "ui/cursor.h"

#define FS_PART_PAD	1	/* columns left free at a pane's edges */

/*
 * A word and what stands beside it: the label dim in so many columns, the
 * value behind. Return the column behind the value.
 */
int fs_part_pair(struct fs_canvas *cv, int row, int col, int label_width,
    const char *label, enum fs_style style, const char *fmt, ...)
    __attribute__((format(printf, 7, 8)));

/*
 * A TTL cell: "4m59s", "no TTL", "expired", "gone", "missing", and its style,
 * at the local time.
 */
enum fs_style fs_part_left(const struct fs_entity *entity,
    const struct fs_field *field, int64_t mono_us, char *buf, size_t size);

/* What is left, in whole seconds up as HTTL says it: "0s" only when past. */
char *fs_part_duration(char *buf, size_t size, int64_t left_ms);

/* How much of the configured TTL is left, 0 to 1; NAN: nothing to compare. */
double fs_part_share(const struct fs_entity *entity,
    const struct fs_field *field, int64_t mono_us);

/* A value in width columns, with its size when not all of it is shown. */
void fs_part_value(struct fs_canvas *cv, int row, int col, int width,
    enum fs_style style, const struct fs_field *field);

/* "p50 0.30  p95 0.55  p99 0.61  of 41"; without p95 and count if narrow. */
int fs_part_percentiles(struct fs_canvas *cv, int row, int col,
    const struct fs_hist *hist, uint64_t count, bool narrow);

/* The newest samples against their greatest, rounded up to a calm number. */
void fs_part_trend(struct fs_canvas *cv, int row, int col, int width,
    const struct fs_series *series);
/* The same for what changes little: from the least to the greatest. */
void fs_part_drift(struct fs_canvas *cv, int row, int col, int width,
    const struct fs_series *series);

/*
 * How many of a list's lines are shown in rows: one fewer when it is longer,
 * for the last one says which they are.
 */
int fs_part_rows(size_t count, int rows);
void fs_part_position(struct fs_canvas *cv, int row,
    const struct fs_cursor *cursor, size_t count, int rows);

/* One line of an error, at most width columns. */
void fs_part_error(struct fs_canvas *cv, int row, int col, int width,
    const struct fs_err *err);
/*
 * All of it, from row and col to the end of the part, broken between words.
 * Where that is too little, without the key or the like that it begins with:
 * the reason counts.
 */
void fs_part_error_wrapped(struct fs_canvas *cv, int row, int col,
    const struct fs_err *err);

/*
 * A share: "0 %" and "100 %" are that exactly, near them there is a decimal. It
 * is rounded down, "<0.1 %" is the least.
 */
char *fs_part_percent(char *buf, size_t size, double percent);

/* Where a server is without what goes without saying: redis://, unix:// and
 * database 0. A part of where. */
struct fs_bytes fs_part_bare_where(const char *where);
/*
 * Where a server is, in width columns, appended to out: bare when it is too
 * long, then without its middle, for the end tells the socket or the port.
 */
void fs_part_where(struct fs_str *out, const char *where, int width,
    bool utf8);

/* How many have how much time left, from none to all of it, against max (0:
 * their greatest): one column a bucket, or several. */
void fs_part_strip(struct fs_canvas *cv, int row, int col, int width,
    const uint64_t *bucket, uint64_t max);

/* How much of a long job is done, 0 to 1; -1: not known. */
double fs_part_done(const struct fs_answer *job);

/* "1 of 6 nodes down", "silent", or "in trouble" where both are; false, and
 * nothing is said, when all is well. */
bool fs_part_trouble(const struct fs_server *server, int64_t mono_us,
    char *buf, size_t size);
/* Whether all nodes have one host; then the port, with its colon, names one. */
bool fs_part_one_host(const struct fs_server *server);
const char *fs_part_port(const char *node);

/* Foreign text over the rows from this one on; the last one is cut. */
void fs_part_text(struct fs_canvas *cv, int row, enum fs_style style,
    struct fs_bytes text);

/* Whether this is the entity that the Inspector follows. */
bool fs_part_is_inspected(const struct fs_snap *snap, struct fs_bytes id);

/* Words in the middle of nothing: what to do here. */
void fs_part_hint(struct fs_canvas *cv, const char *text);

#endif
