/*
 * Bytes of a file or pipe in one buffer, by blocks, with line numbers and
 * offsets. For the files of source/ alone.
 */
#ifndef FS_SOURCE_INPUT_H
#define FS_SOURCE_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

enum fs_more {
	FS_MORE,	/* there are more bytes than before; they may move */
	FS_MORE_WAIT,	/* not now */
	FS_MORE_END,	/* no more will come */
	FS_MORE_FAIL,
};

struct fs_input {
	int		 fd;
	bool		 wait;		/* never block */
	bool		 eof;
	bool		 dropping;	/* the rest of a line */
	char		*buf;		/* a NUL behind the last byte */
	size_t		 start, end, size;
	size_t		 scanned;	/* no newline in so many from start */
	uint64_t	 line, offset;	/* of buf[start]; lines from 1 */
	uint64_t	 total;		/* bytes; 0: not a regular file */
};

/* Takes the descriptor. */
void fs_input_open(struct fs_input *in, int fd, bool wait);
void fs_input_close(struct fs_input *in);

/* What is there and not consumed. */
static inline struct fs_bytes
fs_input_bytes(const struct fs_input *in)
{
	return fs_bytes(in->buf + in->start, in->end - in->start);
}

/* Read another block behind what is there. */
enum fs_more fs_input_more(struct fs_input *in, struct fs_err *err);

/* Skip a byte order mark at the very start, once it can be told. */
enum fs_more fs_input_skip_bom(struct fs_input *in, struct fs_err *err);

static inline void
fs_input_consume(struct fs_input *in, size_t len, uint64_t lines)
{
	in->start += len;
	in->offset += len;
	in->line += lines;
	in->scanned = 0;
}

/* Consume the rest of the first line, also what of it is still to come. */
void fs_input_drop_line(struct fs_input *in);
/* FS_MORE once all that was dropped is gone. */
enum fs_more fs_input_settle(struct fs_input *in, struct fs_err *err);

/*
 * The length of the first line without its newline, FS_MORE_END when the
 * last one was consumed. Longer than max: FS_MORE, and *len is above max,
 * whatever of the line is there.
 */
enum fs_more fs_input_line(struct fs_input *in, size_t max, size_t *len,
    struct fs_err *err);

#endif
