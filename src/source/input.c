#include "source/input.h"

#include <sys/stat.h>

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"

#define BLOCK		((size_t)128 << 10)
#define ROOM		((size_t)32 << 10)	/* for one read at least */

static void
make_room(struct fs_input *in)
{
	if (in->size - in->end > ROOM)
		return;
	memmove(in->buf, in->buf + in->start, in->end - in->start);
	in->end -= in->start;
	in->start = 0;
	in->buf[in->end] = '\0';
	if (in->size - in->end > ROOM)
		return;
	in->size *= 2;
	in->buf = fs_xrealloc(in->buf, in->size);
}

/*
 * Whether a read has something to say; unless in->wait it is waited for. Of a
 * FIFO that nobody has opened for writing yet, a read would say it is at its
 * end.
 */
static bool
is_readable(const struct fs_input *in)
{
	struct pollfd	fd = { .fd = in->fd, .events = POLLIN };
	int		n;

	do
		n = poll(&fd, 1, in->wait ? 0 : -1);
	while (n == -1 && errno == EINTR);
	return n > 0;
}

void
fs_input_open(struct fs_input *in, int fd, bool wait)
{
	struct stat	st;
	off_t		at;

	*in = (struct fs_input){ .fd = fd, .wait = wait, .line = 1 };
	in->size = BLOCK;
	in->buf = fs_xmalloc(in->size);
	in->buf[0] = '\0';
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode))
		return;
	at = lseek(fd, 0, SEEK_CUR);
	if (at >= 0 && st.st_size > at)
		in->total = (uint64_t)(st.st_size - at);
}

void
fs_input_close(struct fs_input *in)
{
	close(in->fd);
	free(in->buf);
	in->buf = NULL;
}

enum fs_more
fs_input_more(struct fs_input *in, struct fs_err *err)
{
	ssize_t n;

	if (in->eof)
		return FS_MORE_END;
	make_room(in);
	do {
		if (!is_readable(in))
			return FS_MORE_WAIT;
		n = read(in->fd, in->buf + in->end, in->size - in->end - 1);
		if (n == -1 && errno != EAGAIN && errno != EINTR) {
			fs_fail(err, FS_EIO, "read: %s", strerror(errno));
			return FS_MORE_FAIL;
		}
	} while (n == -1);
	in->end += (size_t)n;
	in->buf[in->end] = '\0';
	in->eof = n == 0;
	return in->eof ? FS_MORE_END : FS_MORE;
}

enum fs_more
fs_input_skip_bom(struct fs_input *in, struct fs_err *err)
{
	static const char mark[] = { '\xef', '\xbb', '\xbf' };

	while (in->offset == 0) {
		struct fs_bytes	have = fs_input_bytes(in);
		size_t		n = have.len < 3 ? have.len : 3;
		enum fs_more	more;

		if (memcmp(have.data, mark, n) != 0)
			break;
		if (n == sizeof(mark)) {
			fs_input_consume(in, n, 0);
			break;
		}
		more = fs_input_more(in, err);
		if (more == FS_MORE_END)
			break;
		if (more != FS_MORE)
			return more;
	}
	return FS_MORE;
}

void
fs_input_drop_line(struct fs_input *in)
{
	struct fs_bytes	 have = fs_input_bytes(in);
	const char	*newline = memchr(have.data, '\n', have.len);

	in->dropping = newline == NULL;
	if (in->dropping)
		fs_input_consume(in, have.len, 0);
	else
		fs_input_consume(in, (size_t)(newline - have.data) + 1, 1);
}

enum fs_more
fs_input_settle(struct fs_input *in, struct fs_err *err)
{
	while (in->dropping) {
		enum fs_more more = fs_input_more(in, err);

		if (more != FS_MORE)
			return more;
		fs_input_drop_line(in);
	}
	return FS_MORE;
}

enum fs_more
fs_input_line(struct fs_input *in, size_t max, size_t *len,
    struct fs_err *err)
{
	enum fs_more more = fs_input_settle(in, err);

	while (more == FS_MORE) {
		struct fs_bytes	 have = fs_input_bytes(in);
		const char	*newline = memchr(have.data + in->scanned,
		    '\n', have.len - in->scanned);

		*len = newline != NULL ? (size_t)(newline - have.data) :
		    have.len;
		if (newline != NULL || *len > max)
			return FS_MORE;
		in->scanned = have.len;
		more = fs_input_more(in, err);
		if (more == FS_MORE_END && have.len != 0)
			return FS_MORE;
	}
	return more;
}
