/* What goes to stderr: messages of one line, and how far the work is. */
#ifndef FS_CLI_NOTICE_H
#define FS_CLI_NOTICE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "cli/out.h"
#include "model/request.h"

struct fs_notice {
	struct fs_out	 out;
	int64_t		 begun_us;	/* when the work began */
	int64_t		 drawn_us;	/* when progress was last drawn */
	bool		 shown;		/* a line of progress stands there */
	uint64_t	 rows, entities; /* named one by one so far */
};

void fs_notice_begin(struct fs_notice *notice, bool utf8);
void fs_notice_end(struct fs_notice *notice);

/* What was added to out by others. */
void fs_notice_flush(struct fs_notice *notice);

/* "fsconsole: what: why", every foreign byte escaped. */
void fs_notice(struct fs_notice *notice, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* The same for an error, without anything begun; its exit status. */
int fs_notice_fail(const struct fs_err *err);

/* The line of progress, if stderr is a terminal and it is time for one. */
void fs_notice_progress(struct fs_notice *notice,
    const struct fs_answer *answer);
/* Take it away, before anything else is printed on the terminal. */
void fs_notice_clear(struct fs_notice *notice);

/*
 * Rows of a file that were not taken or not written, as far as they are named
 * one by one; and at the end how many more there were of them.
 */
void fs_notice_rows(struct fs_notice *notice, const char *file,
    const struct fs_answer *answer);
void fs_notice_more_rows(struct fs_notice *notice, const char *file,
    uint64_t all);

/* Entities that could not be read, the first 20. */
void fs_notice_unread(struct fs_notice *notice,
    const struct fs_answer *answer);

#endif
