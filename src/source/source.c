#include "source/source.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "source/bad.h"
#include "source/kind.h"

#define LEN(a)		(sizeof(a) / sizeof((a)[0]))

static const struct {
	const char	*suffix;
	enum fs_format	 format;
} suffixes[] = {
	{ ".csv",	FS_FORMAT_CSV },
	{ ".ndjson",	FS_FORMAT_NDJSON },
	{ ".jsonl",	FS_FORMAT_NDJSON },
	{ ".json",	FS_FORMAT_NDJSON },
};

static bool
is_stdin(const char *path)
{
	return strcmp(path, "-") == 0;
}

static enum fs_format
format_of(const char *path)
{
	size_t len = strlen(path);

	if (is_stdin(path))
		return FS_FORMAT_NDJSON;
	for (size_t i = 0; i < LEN(suffixes); i++) {
		size_t n = strlen(suffixes[i].suffix);

		if (len > n && strcasecmp(path + len - n,
		    suffixes[i].suffix) == 0)
			return suffixes[i].format;
	}
	return FS_FORMAT_AUTO;
}

static struct fs_source *
open_fd(int fd, enum fs_format format, const struct fs_source_options *opt,
    struct fs_err *err)
{
	if (format == FS_FORMAT_CSV)
		return fs_source_csv(fd, opt, err);
	if (format == FS_FORMAT_NDJSON)
		return fs_source_ndjson(fd, opt, err);
	return fs_source_lines(fd, opt);
}

/*
 * A descriptor of our own; stdin stays open for others. To open a FIFO waits
 * for nobody to write to it: that is for the reading, which can be ended.
 */
static int
open_path(const char *path, struct fs_err *err)
{
	int fd;

	if (is_stdin(path))
		fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	else
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY |
		    O_NONBLOCK);
	if (fd == -1)
		fs_fail(err, FS_EIO, "%s: %s", is_stdin(path) ? "stdin" : path,
		    strerror(errno));
	return fd;
}

struct fs_source *
fs_source_open(const char *path, enum fs_format format,
    const struct fs_source_options *opt, struct fs_err *err)
{
	struct fs_source	*src;
	int			 fd;

	if (format == FS_FORMAT_AUTO && !(opt->ids && is_stdin(path)))
		format = format_of(path);
	if (format == FS_FORMAT_AUTO && !opt->ids) {
		fs_fail(err, FS_EUSAGE, "%s: neither .csv nor .ndjson: "
		    "the format must be named", path);
		return NULL;
	}
	fd = open_path(path, err);
	if (fd == -1)
		return NULL;
	src = open_fd(fd, format, opt, err);
	if (src == NULL)
		fs_fail_in(err, "%s", is_stdin(path) ? "stdin" : path);
	return src;
}

enum fs_got
fs_source_next(struct fs_source *src, struct fs_row *row, struct fs_bad *bad,
    struct fs_err *err)
{
	switch (src->kind->find(src, err)) {
	case FS_MORE_WAIT:
		return FS_GOT_WAIT;
	case FS_MORE_END:
		return FS_GOT_END;
	case FS_MORE_FAIL:
		return FS_GOT_FAIL;
	case FS_MORE:
		break;
	}
	fs_row_clear(row);
	if (src->in != NULL) {
		row->line = src->in->line;
		row->offset = src->in->offset;
	}
	return fs_bad_at(bad, row, src->kind->take(src, row, bad));
}

int
fs_source_fd(const struct fs_source *src)
{
	return src->in != NULL ? src->in->fd : -1;
}

void
fs_source_progress(const struct fs_source *src, uint64_t *done,
    uint64_t *total)
{
	if (src->in == NULL) {
		src->kind->progress(src, done, total);
		return;
	}
	*done = src->in->offset;
	*total = src->in->total;
}

void
fs_source_close(struct fs_source *src)
{
	if (src != NULL)
		src->kind->close(src);
}
