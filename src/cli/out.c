#include "cli/out.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/escape.h"
#include "cli/stop.h"

#define GATHER	(32 * 1024)
#define COLUMNS	80		/* of a terminal that does not say */

static const char *const sgr[] = {
	[FS_LOOK_PLAIN] = "",
	[FS_LOOK_DIM] = "\033[2m",
	[FS_LOOK_BOLD] = "\033[1m",
	[FS_LOOK_GOOD] = "\033[32m",
	[FS_LOOK_WARN] = "\033[33m",
	[FS_LOOK_BAD] = "\033[31m",
};

static bool
want_color(enum fs_color color, bool terminal)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	if (color != FS_COLOR_AUTO)
		return color == FS_COLOR_ALWAYS;
	return terminal && (no == NULL || no[0] == '\0') &&
	    term != NULL && strcmp(term, "dumb") != 0;
}

static size_t
columns(int fd)
{
	struct winsize size;

	if (ioctl(fd, TIOCGWINSZ, &size) == -1 || size.ws_col == 0)
		return COLUMNS;
	return size.ws_col;
}

void
fs_out_begin(struct fs_out *out, int fd, enum fs_color color, bool utf8)
{
	*out = (struct fs_out){ .fd = fd, .utf8 = utf8 };
	out->terminal = fd >= 0 && isatty(fd);
	out->width = out->terminal ? columns(fd) : 0;
	out->color = want_color(color, out->terminal);
}

void
fs_out_free(struct fs_out *out)
{
	fs_str_free(&out->text);
}

/* Wait until at least PIPE_BUF bytes can be written without blocking. */
static bool
wait_writable(struct fs_out *out)
{
	struct pollfd pfd = { .fd = out->fd, .events = POLLOUT };
	int64_t deadline = FS_NEVER;
	int ready;

	do {
		if (fs_stop_signal() != 0 && deadline == FS_NEVER)
			deadline = fs_clock_mono() + FS_SEC;
		ready = fs_stop_poll(&pfd, 1, fs_clock_poll_ms(deadline));
	} while (ready == -1 && errno == EINTR);
	if (ready != 1)
		out->error = ready == 0 ? EINTR : errno;
	return ready == 1;
}

bool
fs_out_flush(struct fs_out *out)
{
	struct fs_bytes	left = fs_str_bytes(&out->text);
	struct stat	st;
	bool		file;
	ssize_t		n;

	if (out->fd < 0)
		return true;
	file = fstat(out->fd, &st) == 0 && S_ISREG(st.st_mode);
	while (out->error == 0 && left.len > 0) {
		if (!file && !wait_writable(out))
			break;
		n = write(out->fd, left.data,
		    file || left.len < PIPE_BUF ? left.len : PIPE_BUF);
		if (n == -1 && errno != EAGAIN && errno != EINTR)
			out->error = errno;
		if (n > 0)
			left = fs_bytes(left.data + n, left.len - (size_t)n);
	}
	fs_str_clear(&out->text);
	return out->error == 0;
}

void
fs_out_raw(struct fs_out *out, const char *data, size_t len)
{
	fs_str_add(&out->text, data, len);
	if (out->fd >= 0 && out->text.len >= GATHER)
		fs_out_flush(out);
}

void
fs_out_text(struct fs_out *out, const char *text)
{
	fs_out_raw(out, text, strlen(text));
}

void
fs_out_on(struct fs_out *out, enum fs_look look)
{
	if (out->color)
		fs_out_text(out, sgr[look]);
}

void
fs_out_off(struct fs_out *out, enum fs_look look)
{
	if (out->color && look != FS_LOOK_PLAIN)
		fs_out_text(out, "\033[0m");
}

void
fs_out_look(struct fs_out *out, enum fs_look look, const char *text)
{
	fs_out_on(out, look);
	fs_out_text(out, text);
	fs_out_off(out, look);
}

void
fs_out_printf(struct fs_out *out, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fs_str_vaddf(&out->text, fmt, ap);
	va_end(ap);
	fs_out_raw(out, NULL, 0);
}

void
fs_out_bytes(struct fs_out *out, struct fs_bytes bytes)
{
	fs_escape(&out->text, bytes, out->utf8);
	fs_out_raw(out, NULL, 0);
}
