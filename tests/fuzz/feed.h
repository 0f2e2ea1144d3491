/* Bytes to rows: the same whether they come at once or in two parts. */
#ifndef FS_TESTS_FUZZ_FEED_H
#define FS_TESTS_FUZZ_FEED_H

#include <sys/mman.h>

#include <unistd.h>

#include "fuzz.h"
#include "source/source.h"

#define FEED_PIPE	(32 * 1024)	/* bytes that a pipe surely takes */

typedef struct fs_source *(*feed_open)(int fd,
    const struct fs_source_options *opt, struct fs_err *err);

static inline void
feed_write(int fd, struct fs_bytes text)
{
	if (text.len != 0)
		FUZZ_CHECK(write(fd, text.data, text.len) ==
		    (ssize_t)text.len);
}

static inline void
feed_show(struct fs_str *out, const struct fs_source_options *opt,
    const struct fs_row *row)
{
	FUZZ_CHECK(row->entity.len != 0);
	FUZZ_CHECK(row->ncells != 0 || opt->ids);
	FUZZ_CHECK(row->ttl_ms >= 0 && (opt->events || row->ttl_ms == 0));
	fs_str_addf(out, "%llu %llu %lld ", (unsigned long long)row->line,
	    (unsigned long long)row->offset, (long long)row->ttl_ms);
	fs_str_add_bytes(out, row->entity);
	for (size_t i = 0; i < row->ncells; i++) {
		const struct fs_cell	*cell = &row->cells[i];
		int			 f = cell->feature;

		FUZZ_CHECK(f >= -1 && f < (int)opt->schema->nfeatures);
		FUZZ_CHECK(cell->name.len != 0);
		FUZZ_CHECK(f == -1 || fs_type_accepts(
		    opt->schema->features[f].type, cell->value));
		fs_str_addf(out, " %d ", f);
		fs_str_add_bytes(out, cell->name);
		fs_str_add_char(out, '=');
		fs_str_add_bytes(out, cell->value);
	}
	fs_str_add_char(out, '\n');
}

/* Where a row is said to start, a line starts. */
static inline void
feed_check_place(struct fs_bytes text, uint64_t line, uint64_t offset)
{
	uint64_t lines = 1;

	FUZZ_CHECK(offset < text.len);
	for (uint64_t i = 0; i < offset; i++)
		lines += text.data[i] == '\n';
	FUZZ_CHECK(line == lines);
	FUZZ_CHECK(offset == 0 || text.data[offset - 1] == '\n' ||
	    (offset == 3 && memcmp(text.data, "\xef\xbb\xbf", 3) == 0));
}

/* What JSON's y_ and n_ files say of their lines. */
static inline void
feed_judge(const struct fs_bad *bad)
{
	bool syntax = bad != NULL && (strncmp(bad->why, "column ", 7) == 0 ||
	    strcmp(bad->why, "a NUL byte") == 0);

	FUZZ_CHECK(!fuzz_is("y_") || !syntax);
	FUZZ_CHECK(!fuzz_is("n_") || syntax);
}

static inline enum fs_got
feed_drain(struct fs_source *src, const struct fs_source_options *opt,
    struct fs_bytes text, struct fs_str *out)
{
	struct fs_row	row = { 0 };
	struct fs_bad	bad = { 0 };
	struct fs_err	err = { 0 };
	enum fs_got	got;

	for (;;) {
		got = fs_source_next(src, &row, &bad, &err);
		if (got == FS_GOT_ROW) {
			feed_check_place(text, row.line, row.offset);
			feed_show(out, opt, &row);
			feed_judge(NULL);
		} else if (got == FS_GOT_BAD) {
			feed_check_place(text, bad.line, bad.offset);
			feed_judge(&bad);
			fs_str_addf(out, "%llu! %s\n",
			    (unsigned long long)bad.line, bad.why);
		} else {
			break;
		}
	}
	if (got == FS_GOT_FAIL)
		fs_str_addf(out, "failed: %s\n", err.msg);
	fs_row_free(&row);
	return got;
}

/* A file: read by blocks, never waited for. False: not opened. */
static inline bool
feed_whole(feed_open open_it, const struct fs_source_options *opt,
    struct fs_bytes text, struct fs_str *out)
{
	int		  fd = memfd_create("feed", MFD_CLOEXEC);
	struct fs_err	  err = { 0 };
	struct fs_source *src;
	uint64_t	  done, total;
	enum fs_got	  got;

	FUZZ_CHECK(fd != -1);
	feed_write(fd, text);
	FUZZ_CHECK(lseek(fd, 0, SEEK_SET) == 0);
	src = open_it(fd, opt, &err);
	if (src == NULL) {
		FUZZ_CHECK(err.code != FS_OK);
		return false;
	}
	got = feed_drain(src, opt, text, out);
	FUZZ_CHECK(got == FS_GOT_END || got == FS_GOT_FAIL);
	fs_source_progress(src, &done, &total);
	FUZZ_CHECK(done <= text.len && total == text.len);
	fs_source_close(src);
	return true;
}

/* A pipe that falls silent after split bytes, or whose writer is gone. */
static inline bool
feed_split(feed_open open_it, const struct fs_source_options *opt,
    struct fs_bytes text, size_t split, struct fs_str *out)
{
	struct fs_err	  err = { 0 };
	struct fs_source *src;
	int		  fds[2];

	FUZZ_CHECK(pipe(fds) == 0);
	feed_write(fds[1], fs_bytes(text.data, split));
	src = open_it(fds[0], opt, &err);
	if (src != NULL && feed_drain(src, opt, text, out) == FS_GOT_WAIT) {
		feed_write(fds[1], fs_bytes(text.data + split,
		    text.len - split));
		close(fds[1]);
		feed_drain(src, opt, text, out);
	} else {
		close(fds[1]);
	}
	fs_source_close(src);
	return src != NULL;
}

static inline void
feed(feed_open open_it, struct fs_source_options opt, struct fs_bytes text)
{
	struct fs_str	whole = { 0 }, torn = { 0 };
	bool		opened;

	opt.wait = false;
	opened = feed_whole(open_it, &opt, text, &whole);
	if (text.len <= FEED_PIPE) {
		opt.wait = true;
		feed_split(open_it, &opt, text, fuzz_pick(text, text.len + 1),
		    &torn);
		FUZZ_CHECK(!opened || fs_bytes_eq(fs_str_bytes(&whole),
		    fs_str_bytes(&torn)));
	}
	fs_str_free(&whole);
	fs_str_free(&torn);
}

#endif
