/*
 * Where rows come from: made up, CSV, NDJSON. One interface, pulled by the
 * writer; a source never holds more than the row it gives and its read buffer.
 * For one thread.
 */
#ifndef FS_SOURCE_SOURCE_H
#define FS_SOURCE_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "model/request.h"
#include "model/row.h"
#include "model/schema.h"

struct fs_source;

enum fs_got {
	FS_GOT_ROW,	/* *row is filled, good until the next call */
	FS_GOT_BAD,	/* a row that is not taken: bad says line and why */
	FS_GOT_WAIT,	/* nothing complete yet; poll fs_source_fd() */
	FS_GOT_END,
	FS_GOT_FAIL,	/* reading failed: err; no more rows come */
};

struct fs_bad {
	uint64_t	line, offset;	/* where the row starts */
	char		why[200];	/* foreign bytes not yet escaped */
};

/* What kind of rows an NDJSON or CSV source yields. */
struct fs_source_options {
	const struct fs_schema	*schema;	/* cells are checked against */
	const char		*id_column;	/* NULL: the first (CSV), "entity" */
	bool			 events;	/* ttl allowed; streaming */
	bool			 ids;		/* nothing else is looked at */
	bool			 wait;		/* non-blocking: FS_GOT_WAIT */
	size_t			 line_max;	/* bytes a row; 0: 1 MiB */
};

/*
 * Made-up entities u0001, u0002, ... with the batch features of the schema.
 * The same seed gives the same rows on every machine, and row n does not
 * depend on how many are asked for.
 */
struct fs_source *fs_source_synth(const struct fs_schema *schema,
    uint64_t count, uint64_t seed);

/*
 * Rows from an open file descriptor, which the source closes. CSV by RFC 4180
 * with a header row (a BOM and CRLF are understood); NDJSON one object a line,
 * {"entity":..,"features":{..},"ttl":"30s"} or flat with an id column.
 * CSV fails when the header can't be used (duplicate or unknown id column);
 * NDJSON never does, but is opened alike.
 */
struct fs_source *fs_source_csv(int fd, const struct fs_source_options *opt,
    struct fs_err *err);
struct fs_source *fs_source_ndjson(int fd,
    const struct fs_source_options *opt, struct fs_err *err);

/* Entity ids, one a line, without values. */
struct fs_source *fs_source_lines(int fd, const struct fs_source_options *opt);

/*
 * Opens path ("-" is stdin). AUTO picks the format by the path's end: .csv,
 * .ndjson, .jsonl or .json; stdin is NDJSON. With options.ids anything else,
 * and stdin, is of one id a line.
 */
struct fs_source *fs_source_open(const char *path, enum fs_format format,
    const struct fs_source_options *opt, struct fs_err *err);

/* The next row. With options.wait never blocks. */
enum fs_got fs_source_next(struct fs_source *src, struct fs_row *row,
    struct fs_bad *bad, struct fs_err *err);

/* Descriptor to poll after FS_GOT_WAIT; -1 for made-up rows. */
int fs_source_fd(const struct fs_source *src);

/* Bytes read so far and in all (0: not a regular file); made-up: rows. */
void fs_source_progress(const struct fs_source *src, uint64_t *done,
    uint64_t *total);

void fs_source_close(struct fs_source *src);	/* NULL is a no-op */

#endif
