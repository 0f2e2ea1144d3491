#include "cli/ask.h"

#include <unistd.h>

#include "base/str.h"
#include "cli/stop.h"

#define LINE_MAX_BYTES	4096

bool
fs_ask_can(void)
{
	return isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
}

/* Byte by byte: what is behind the line belongs to whoever comes after. */
static bool
read_line(struct fs_str *line)
{
	struct pollfd	pfd = { .fd = STDIN_FILENO, .events = POLLIN };
	char		c;

	while (line->len < LINE_MAX_BYTES) {
		if (fs_stop_signal() != 0)
			return false;
		if (fs_stop_poll(&pfd, 1, -1) != 1)
			continue;
		if (read(STDIN_FILENO, &c, 1) != 1)
			return false;
		if (c == '\n')
			return true;
		fs_str_add_char(line, c);
	}
	return false;
}

bool
fs_ask_prefix(struct fs_notice *notice, const char *prefix)
{
	struct fs_str	line = { 0 };
	bool		whole, same;

	fs_notice_clear(notice);
	fs_out_text(&notice->out, "Type the prefix ");
	fs_out_bytes(&notice->out, fs_bytes_of(prefix));
	fs_out_text(&notice->out, " to go on: ");
	fs_out_flush(&notice->out);
	whole = read_line(&line);
	if (!whole)
		fs_out_text(&notice->out, "\n");
	same = whole && fs_bytes_eq(fs_str_bytes(&line),
	    fs_bytes_of(prefix));
	fs_str_free(&line);
	return same;
}
