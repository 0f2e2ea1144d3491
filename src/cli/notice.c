#include "cli/notice.h"

#include <langinfo.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/num.h"

#define NAMED		20		/* entities reported one by one */
#define SILENT		FS_SEC		/* work shorter than this shows none */
#define REDRAW		(200 * FS_MS)
#define MS_SHOWN	1e15		/* a longer estimate says nothing */

void
fs_notice_begin(struct fs_notice *notice, bool utf8)
{
	*notice = (struct fs_notice){ .begun_us = fs_clock_mono() };
	fs_out_begin(&notice->out, STDERR_FILENO, FS_COLOR_NEVER, utf8);
}

void
fs_notice_end(struct fs_notice *notice)
{
	fs_notice_clear(notice);
	fs_out_free(&notice->out);
}

/* A message that could not be written is no reason to do otherwise. */
void
fs_notice_flush(struct fs_notice *notice)
{
	fs_out_flush(&notice->out);
	notice->out.error = 0;
}

void
fs_notice(struct fs_notice *notice, const char *fmt, ...)
{
	struct fs_str	line = { 0 };
	va_list		ap;

	va_start(ap, fmt);
	fs_str_vaddf(&line, fmt, ap);
	va_end(ap);
	fs_notice_clear(notice);
	fs_out_text(&notice->out, "fsconsole: ");
	fs_out_bytes(&notice->out, fs_str_bytes(&line));
	fs_out_text(&notice->out, "\n");
	fs_str_free(&line);
	fs_notice_flush(notice);
}

int
fs_notice_fail(const struct fs_err *err)
{
	struct fs_notice notice;

	fs_notice_begin(&notice, strcmp(nl_langinfo(CODESET), "UTF-8") == 0);
	fs_notice(&notice, "%s", err->msg);
	fs_notice_end(&notice);
	return fs_err_status(err->code);
}

/* ", 41.2k/s, 21s left" from what is done since the beginning. */
static void
add_rate(struct fs_str *line, const struct fs_answer *answer, int64_t us)
{
	double	rate = (double)answer->done / ((double)us / FS_SEC), left;
	char	text[32];

	if (answer->done == 0)
		return;
	fs_str_addf(line, ", %s/s", fs_num_show_short(text, sizeof(text),
	    rate));
	if (answer->total <= answer->done)
		return;
	left = (double)(answer->total - answer->done) / rate * 1000;
	if (left <= MS_SHOWN)
		fs_str_addf(line, ", %s left", fs_num_show_duration(text,
		    sizeof(text), (int64_t)left, false));
}

static void
make_line(struct fs_str *line, const struct fs_answer *answer, int64_t us)
{
	char text[32];

	if (answer->err.code != FS_OK) {
		fs_str_addf(line, "%s: waiting: %s", fs_op_name(answer->op),
		    answer->err.msg);
		return;
	}
	if (answer->walked > 0) {
		fs_str_addf(line, "%s: drawing the sample, %d%%",
		    fs_op_name(answer->op), (int)(100 * answer->walked));
		return;
	}
	fs_str_addf(line, "%s: %s", fs_op_name(answer->op),
	    fs_num_show_count(text, sizeof(text), (int64_t)answer->done));
	if (answer->total != 0) {
		fs_str_addf(line, " of %s", fs_num_show_count(text,
		    sizeof(text), (int64_t)answer->total));
		fs_str_addf(line, ", %d%%", (int)(answer->done < answer->total ?
		    100.0 * (double)answer->done / (double)answer->total :
		    100));
	}
	add_rate(line, answer, us);
	if (answer->rejected != 0)
		fs_str_addf(line, ", %s rejected", fs_num_show_count(text,
		    sizeof(text), (int64_t)answer->rejected));
}

void
fs_notice_progress(struct fs_notice *notice, const struct fs_answer *answer)
{
	struct fs_str	line = { 0 };
	int64_t		now = fs_clock_mono();

	if (!notice->out.terminal || now - notice->begun_us < SILENT ||
	    now - notice->drawn_us < REDRAW)
		return;
	make_line(&line, answer, now - notice->begun_us);
	fs_out_text(&notice->out, "\r");
	fs_escape_fit(&notice->out.text, fs_str_bytes(&line),
	    notice->out.width - 1, notice->out.utf8);
	fs_out_text(&notice->out, "\033[K");
	fs_notice_flush(notice);
	fs_str_free(&line);
	notice->drawn_us = now;
	notice->shown = true;
}

void
fs_notice_clear(struct fs_notice *notice)
{
	if (!notice->shown)
		return;
	notice->shown = false;
	fs_out_text(&notice->out, "\r\033[K");
	fs_notice_flush(notice);
}

void
fs_notice_rows(struct fs_notice *notice, const char *file,
    const struct fs_answer *answer)
{
	for (size_t i = 0; i < answer->nbad; i++) {
		const struct fs_bad_row *row = &answer->bad[i];

		notice->rows++;
		if (row->line == 0)
			fs_notice(notice, "%s: %s", file, row->why);
		else if (row->offset == FS_NO_OFFSET)
			fs_notice(notice, "%s:%llu: %s", file,
			    (unsigned long long)row->line, row->why);
		else
			fs_notice(notice, "%s:%llu: %s (byte %llu)", file,
			    (unsigned long long)row->line, row->why,
			    (unsigned long long)row->offset);
	}
}

void
fs_notice_more_rows(struct fs_notice *notice, const char *file, uint64_t all)
{
	char text[32];

	if (all <= notice->rows)
		return;
	fs_notice(notice, "%s: %s more rows like these", file,
	    fs_num_show_count(text, sizeof(text),
	    (int64_t)(all - notice->rows)));
}

void
fs_notice_unread(struct fs_notice *notice, const struct fs_answer *answer)
{
	for (size_t i = 0; i < answer->nentities; i++) {
		const struct fs_entity *entity = answer->entities[i];

		/* That all was cancelled is said once, if at all. */
		if (entity->err.code == FS_OK ||
		    entity->err.code == FS_ECANCEL ||
		    notice->entities >= NAMED)
			continue;
		notice->entities++;
		fs_notice(notice, "%.*s: %s", (int)entity->id_len, entity->id,
		    entity->err.msg);
	}
}
