#include "base/log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <string.h>

#include "base/clock.h"
#include "base/escape.h"

static const char *const names[] = {
	[FS_LOG_INFO] = "info",
	[FS_LOG_WARN] = "warning",
	[FS_LOG_ERROR] = "error",
};

/* Line n, from 1, is at n % FS_LOG_LINES. */
static pthread_mutex_t		ring_lock = PTHREAD_MUTEX_INITIALIZER;
static struct fs_log_line	ring[FS_LOG_LINES];
static uint64_t			newest;
static uint64_t			changes;

static pthread_mutex_t		file_lock = PTHREAD_MUTEX_INITIALIZER;
static FILE			*file;

static atomic_bool		ascii_only;

/* Make the text visible, as much of it as fits. */
static void
set_text(struct fs_log_line *line, struct fs_bytes raw)
{
	bool		 utf8 = !atomic_load(&ascii_only);
	const char	*more = utf8 ? "\xe2\x80\xa6" : "~";
	const size_t	 room = sizeof(line->text) - 1;
	char		 unit[64];
	size_t		 pos = 0, len = 0, cut = 0, n, width;

	while ((n = fs_escape_next(raw, &pos, utf8, unit, &width)) != 0) {
		if (n > room - len)
			break;
		memcpy(line->text + len, unit, n);
		len += n;
		if (len + strlen(more) <= room)
			cut = len;
	}
	if (n != 0) {
		memcpy(line->text + cut, more, strlen(more));
		len = cut + strlen(more);
	}
	line->text[len] = '\0';
}

static void
ring_add(const struct fs_log_line *line)
{
	struct fs_log_line *last;

	pthread_mutex_lock(&ring_lock);
	last = &ring[newest % FS_LOG_LINES];
	if (newest != 0 && last->level == line->level &&
	    strcmp(last->text, line->text) == 0) {
		last->times++;
		last->wall_us = line->wall_us;
	} else {
		last = &ring[++newest % FS_LOG_LINES];
		*last = *line;
		last->seq = newest;
	}
	changes++;
	pthread_mutex_unlock(&ring_lock);
}

static void
file_add(const struct fs_log_line *line)
{
	char when[32];

	fs_clock_iso(line->wall_us, when, sizeof(when));
	pthread_mutex_lock(&file_lock);
	if (file != NULL) {
		fprintf(file, "%s %s: %s\n", when, names[line->level],
		    line->text);
		fflush(file);
	}
	pthread_mutex_unlock(&file_lock);
}

void
fs_log(enum fs_log_level level, const char *fmt, ...)
{
	struct fs_log_line line = { .level = level, .times = 1 };
	char	raw[2 * FS_LOG_TEXT];	/* the visible form is not shorter */
	va_list	ap;

	va_start(ap, fmt);
	if (vsnprintf(raw, sizeof(raw), fmt, ap) < 0)
		raw[0] = '\0';
	va_end(ap);
	line.wall_us = fs_clock_wall();
	set_text(&line, fs_bytes_of(raw));
	ring_add(&line);
	file_add(&line);
}

size_t
fs_log_copy(struct fs_log_line *lines, size_t max)
{
	size_t n;

	pthread_mutex_lock(&ring_lock);
	n = newest < FS_LOG_LINES ? newest : FS_LOG_LINES;
	if (n > max)
		n = max;
	for (size_t i = 0; i < n; i++)
		lines[i] = ring[(newest - n + 1 + i) % FS_LOG_LINES];
	pthread_mutex_unlock(&ring_lock);
	return n;
}

uint64_t
fs_log_seq(void)
{
	uint64_t n;

	pthread_mutex_lock(&ring_lock);
	n = changes;
	pthread_mutex_unlock(&ring_lock);
	return n;
}

void
fs_log_to(FILE *to)
{
	pthread_mutex_lock(&file_lock);
	file = to;
	pthread_mutex_unlock(&file_lock);
}

void
fs_log_ascii(bool ascii)
{
	atomic_store(&ascii_only, ascii);
}
