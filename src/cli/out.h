/*
 * Where results go. What is added is gathered and written in pieces, so that
 * a result of any length needs little memory. Foreign bytes reach it through
 * base/escape (fs_out_bytes) or encoded by JSON or CSV.
 */
#ifndef FS_CLI_OUT_H
#define FS_CLI_OUT_H

#include <stdbool.h>
#include <stddef.h>

#include "app/options.h"
#include "base/str.h"

enum fs_look {
	FS_LOOK_PLAIN,
	FS_LOOK_DIM,		/* labels, what is as it should be */
	FS_LOOK_BOLD,
	FS_LOOK_GOOD,
	FS_LOOK_WARN,
	FS_LOOK_BAD,
};

struct fs_out {
	struct fs_str	 text;		/* not yet written */
	int		 fd;		/* -1: it all stays in text */
	size_t		 width;		/* columns; 0: no end */
	bool		 terminal;
	bool		 color;
	bool		 utf8;		/* else ASCII alone */
	int		 error;		/* errno of the first failed write */
};

/*
 * For a descriptor: what it is, how wide, whether to colour. utf8 is what the
 * locale says.
 */
void fs_out_begin(struct fs_out *out, int fd, enum fs_color color,
    bool utf8);
void fs_out_free(struct fs_out *out);	/* writes nothing */

/* Our own text as it is, with a look; foreign bytes made visible. */
void fs_out_text(struct fs_out *out, const char *text);
void fs_out_look(struct fs_out *out, enum fs_look look, const char *text);
void fs_out_printf(struct fs_out *out, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void fs_out_bytes(struct fs_out *out, struct fs_bytes bytes);

/* Begin and end a look by hand. */
void fs_out_on(struct fs_out *out, enum fs_look look);
void fs_out_off(struct fs_out *out, enum fs_look look);

/* Bytes that have been encoded already. */
void fs_out_raw(struct fs_out *out, const char *data, size_t len);

/*
 * Write what was gathered, waiting where the reader is slow; after a signal
 * that ends the command only for a second. False once a write has failed.
 */
bool fs_out_flush(struct fs_out *out);

#endif
