/*
 * Lines from any thread: the newest FS_LOG_LINES stay in a ring for the Log
 * pane, and go to a file if one is set. The text is stored escaped, so that
 * whoever prints it need not think of it again. The ring's lock is held for a
 * copy only, never while a file is written: a slow disk stops no screen.
 */
#ifndef FS_BASE_LOG_H
#define FS_BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define FS_LOG_LINES	500
#define FS_LOG_TEXT	240

enum fs_log_level {
	FS_LOG_INFO,
	FS_LOG_WARN,
	FS_LOG_ERROR,
};

struct fs_log_line {
	uint64_t		seq;		/* from 1, no gaps */
	int64_t			wall_us;
	enum fs_log_level	level;
	unsigned		times;		/* the same line again: n */
	char			text[FS_LOG_TEXT];
};

/* Any thread. A line equal to the last one only raises its count and time. */
void fs_log(enum fs_log_level level, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Copies up to max of the newest lines, oldest first; returns how many. */
size_t fs_log_copy(struct fs_log_line *lines, size_t max);

/* Changes whenever the ring does, by a new line or by one seen again. */
uint64_t fs_log_seq(void);

/* Also write each line to this file (--verbose); NULL ends it. */
void fs_log_to(FILE *file);

/* Whether beyond ASCII is escaped too: the locale is not UTF-8. At first no. */
void fs_log_ascii(bool ascii);

#endif
