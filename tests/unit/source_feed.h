/* Text in, a transcript of what a source makes of it out. */
#ifndef FS_TESTS_SOURCE_FEED_H
#define FS_TESTS_SOURCE_FEED_H

#include <sys/mman.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/str.h"
#include "source/source.h"

typedef struct fs_source *(*feed_open)(int fd,
    const struct fs_source_options *opt, struct fs_err *err);

/* A file that holds text and is to be read from its start. */
static inline int
feed_file(struct fs_bytes text)
{
	int fd = memfd_create("feed", MFD_CLOEXEC);

	assert_true(fd != -1);
	while (text.len > 0) {
		ssize_t n = write(fd, text.data, text.len);

		assert_true(n > 0);
		text.data += n;
		text.len -= (size_t)n;
	}
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

static inline void
feed_show_row(struct fs_str *out, const struct fs_row *row)
{
	fs_str_addf(out, "%llu: ", (unsigned long long)row->line);
	fs_str_add_bytes(out, row->entity);
	for (size_t i = 0; i < row->ncells; i++) {
		const struct fs_cell *cell = &row->cells[i];

		fs_str_add_char(out, ' ');
		fs_str_add_bytes(out, cell->name);
		fs_str_add_char(out, cell->feature == -1 ? '~' : '=');
		fs_str_add_bytes(out, cell->value);
	}
	if (row->ttl_ms != 0)
		fs_str_addf(out, " ttl %lld", (long long)row->ttl_ms);
	fs_str_add_char(out, '\n');
}

/* Where a row is said to start there is a line, and it is that line. */
static inline void
feed_check_place(struct fs_bytes text, uint64_t line, uint64_t offset)
{
	uint64_t lines = 1;

	assert_true(offset < text.len);
	for (uint64_t i = 0; i < offset; i++)
		lines += text.data[i] == '\n';
	assert_int_equal(line, lines);
	if (offset != 0 && memcmp(text.data, "\xef\xbb\xbf", 3) == 0)
		assert_true(offset == 3 || text.data[offset - 1] == '\n');
	else if (offset != 0)
		assert_int_equal(text.data[offset - 1], '\n');
}

/*
 * All up to the end, or until nothing more is there: a line for each row
 * ("1: u0001 country_iso=US extra~1 ttl 500") and each that is not taken
 * ("1! why"). Where each starts is held against text.
 */
static inline enum fs_got
feed_drain(struct fs_source *src, struct fs_bytes text, struct fs_str *out)
{
	struct fs_row	row = { 0 };
	struct fs_bad	bad = { 0 };
	struct fs_err	err = { 0 };
	enum fs_got	got;

	while ((got = fs_source_next(src, &row, &bad, &err)) == FS_GOT_ROW ||
	    got == FS_GOT_BAD) {
		feed_check_place(text, got == FS_GOT_ROW ? row.line :
		    bad.line, got == FS_GOT_ROW ? row.offset : bad.offset);
		if (got == FS_GOT_ROW)
			feed_show_row(out, &row);
		else
			fs_str_addf(out, "%llu! %s\n",
			    (unsigned long long)bad.line, bad.why);
	}
	if (got == FS_GOT_FAIL)
		fs_str_addf(out, "failed: %s\n", err.msg);
	fs_row_free(&row);
	return got;
}

static inline void
feed_run(feed_open open_it, const struct fs_source_options *opt,
    struct fs_bytes text, struct fs_str *out)
{
	struct fs_err	  err = { 0 };
	struct fs_source *src = open_it(feed_file(text), opt, &err);

	fs_str_clear(out);
	if (src == NULL) {
		fs_str_addf(out, "not opened: %s\n", err.msg);
		return;
	}
	assert_int_not_equal(feed_drain(src, text, out), FS_GOT_WAIT);
	fs_source_close(src);
}

/*
 * The same from a pipe that gives the first split bytes, then nothing for a
 * while, then the rest.
 */
static inline void
feed_run_split(feed_open open_it, const struct fs_source_options *opt,
    struct fs_bytes text, size_t split, struct fs_str *out)
{
	struct fs_err	  err = { 0 };
	struct fs_source *src;
	int		  fds[2];

	fs_str_clear(out);
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], text.data, split), split);
	src = open_it(fds[0], opt, &err);
	if (src == NULL) {
		fs_str_addf(out, "not opened: %s\n", err.msg);
		close(fds[1]);
		return;
	}
	assert_int_equal(feed_drain(src, text, out), FS_GOT_WAIT);
	assert_int_equal(write(fds[1], text.data + split, text.len - split),
	    text.len - split);
	close(fds[1]);
	feed_drain(src, text, out);
	fs_source_close(src);
}

#endif
