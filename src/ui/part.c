#include "ui/part.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/num.h"

#define FEW_ROWS	6
#define BIG	1024		/* bytes of a value whose size is told */
#define WHERE_PARTS 2		/* of an error, before what is wrong */

int
fs_part_pair(struct fs_canvas *cv, int row, int col, int label_width,
    const char *label, enum fs_style style, const char *fmt, ...)
{
	char	value[160];
	va_list	ap;

	va_start(ap, fmt);
	vsnprintf(value, sizeof(value), fmt, ap);
	va_end(ap);
	fs_canvas_text(cv, row, col, FS_STYLE_DIM, "%s", label);
	col += label_width;
	return col + fs_canvas_bytes(cv, row, col, 0, style,
	    fs_bytes_of(value));
}

char *
fs_part_duration(char *buf, size_t size, int64_t left_ms)
{
	if (left_ms > 0 && left_ms <= INT64_MAX - 999)
		left_ms += 999;
	return fs_num_show_duration(buf, size, left_ms, false);
}

double
fs_part_share(const struct fs_entity *entity, const struct fs_field *field,
    int64_t mono_us)
{
	int64_t left = fs_entity_left_ms(entity, field->deadline_ms, mono_us);

	if (field->state != FS_FIELD_LIVE || field->ttl_ms <= 0 || left < 0)
		return NAN;
	return (double)left / (double)field->ttl_ms;
}

static enum fs_style
live(const struct fs_entity *entity, const struct fs_field *field,
    int64_t mono_us, char *buf, size_t size)
{
	int64_t left = fs_entity_left_ms(entity, field->deadline_ms, mono_us);

	fs_part_duration(buf, size, left);
	if (left == 0 || fs_part_share(entity, field, mono_us) <= 0.1)
		return FS_STYLE_WARN;
	return FS_STYLE_PLAIN;
}

enum fs_style
fs_part_left(const struct fs_entity *entity, const struct fs_field *field,
    int64_t mono_us, char *buf, size_t size)
{
	switch (field->state) {
	case FS_FIELD_LIVE:
		return live(entity, field, mono_us, buf, size);
	case FS_FIELD_NO_TTL:
		snprintf(buf, size, "no TTL");
		return FS_STYLE_DIM;
	case FS_FIELD_LEAK:
		snprintf(buf, size, "no TTL");
		return FS_STYLE_BAD;
	case FS_FIELD_EXPIRED:
		snprintf(buf, size, "expired");
		return FS_STYLE_BAD;
	case FS_FIELD_GONE:
		snprintf(buf, size, "gone");
		return FS_STYLE_BAD;
	default:
		snprintf(buf, size, "missing");
		return FS_STYLE_DIM;
	}
}

/* Whether the size says something that the text does not. */
static bool
tell_size(const struct fs_field *field, int width, bool utf8)
{
	if (field->value_size == SIZE_MAX)
		return false;
	if (field->value_len < field->value_size)
		return true;
	return field->value_size >= BIG && !fs_escape_fits(fs_bytes(
	    field->value, field->value_len), (size_t)width, utf8);
}

void
fs_part_value(struct fs_canvas *cv, int row, int col, int width,
    enum fs_style style, const struct fs_field *field)
{
	char size[32];

	if (field->value == NULL || width <= 0)
		return;
	if (tell_size(field, width, fs_canvas_utf8(cv))) {
		fs_num_show_size(size, sizeof(size),
		    (int64_t)field->value_size);
		fs_canvas_right(cv, row, col, width, FS_STYLE_DIM, "%s", size);
		width -= (int)strlen(size) + 1;
	}
	if (width <= 0)
		return;
	if (field->value_len == 0)
		fs_canvas_bytes(cv, row, col, width, FS_STYLE_DIM,
		    fs_bytes_of("(empty)"));
	else
		fs_canvas_bytes(cv, row, col, width, style,
		    fs_bytes(field->value, field->value_len));
}

/* Milliseconds without their unit, as fs_num_show_ms() rounds them. */
static const char *
bare_ms(char *buf, size_t size, uint64_t us)
{
	char *blank;

	fs_num_show_ms(buf, size, (int64_t)us);
	blank = strchr(buf, ' ');
	if (blank != NULL && strcmp(blank, " ms") == 0)
		*blank = '\0';
	return buf;
}

int
fs_part_percentiles(struct fs_canvas *cv, int row, int col,
    const struct fs_hist *hist, uint64_t count, bool narrow)
{
	static const struct {
		const char	*name;
		double		 q;
		bool		 always;
	} all[] = {
		{ "p50 ", 0.5, true }, { "p95 ", 0.95, false },
		{ "p99 ", 0.99, true },
	};
	char buf[32];

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if ((narrow && !all[i].always) ||
		    col + 9 > fs_canvas_area(cv).cols)
			continue;
		col = fs_part_pair(cv, row, col, 4, all[i].name,
		    FS_STYLE_PLAIN, "%s", bare_ms(buf, sizeof(buf),
		    fs_hist_at(hist, all[i].q))) + 2;
	}
	if (narrow)
		return col;
	return col + fs_canvas_text(cv, row, col, FS_STYLE_DIM, "of %s",
	    fs_num_show_count(buf, sizeof(buf), (int64_t)count));
}

/* 1, 2 or 5 times a power of ten, so that the scale seldom moves. */
static double
calm_max(double max)
{
	double power = pow(10, floor(log10(max)));

	if (max <= power)
		return power;
	return max <= 2 * power ? 2 * power : max <= 5 * power ? 5 * power :
	    10 * power;
}

/* The newest samples of a series, as many as there are columns. */
static size_t
newest(const struct fs_series *series, int width,
    double samples[FS_SERIES_MAX])
{
	size_t n = width < 0 ? 0 : (size_t)width;

	if (n > series->count)
		n = series->count;
	for (size_t i = 0; i < n; i++)
		samples[n - 1 - i] = fs_series_back(series, i);
	return n;
}

void
fs_part_trend(struct fs_canvas *cv, int row, int col, int width,
    const struct fs_series *series)
{
	double	samples[FS_SERIES_MAX], max;
	size_t	n = newest(series, width, samples);

	max = fs_series_max(series, n);
	fs_canvas_graph(cv, row, col, width, FS_STYLE_BAR, samples, n,
	    max > 0 ? calm_max(max) : 1);
}

void
fs_part_drift(struct fs_canvas *cv, int row, int col, int width,
    const struct fs_series *series)
{
	double	samples[FS_SERIES_MAX], least = INFINITY, most;
	size_t	n = newest(series, width, samples);

	most = fs_series_max(series, n);
	for (size_t i = 0; i < n; i++) {
		if (samples[i] < least)
			least = samples[i];
	}
	for (size_t i = 0; i < n; i++)
		samples[i] -= least;
	fs_canvas_graph(cv, row, col, width, FS_STYLE_BAR, samples, n,
	    fmax(most - least, most / 20));
}

/* Where rows are few none of them is given to say which they are. */
int
fs_part_rows(size_t count, int rows)
{
	return rows >= FEW_ROWS && count > (size_t)rows ? rows - 1 : rows;
}

void
fs_part_position(struct fs_canvas *cv, int row,
    const struct fs_cursor *cursor, size_t count, int rows)
{
	size_t	top, end;
	int	shown = fs_part_rows(count, rows);

	if (shown <= 0 || count <= (size_t)shown)
		return;
	top = fs_cursor_top(cursor, count, shown);
	end = top + (size_t)shown;
	if (shown == rows && end < count)
		fs_canvas_text(cv, row + rows - 1,
		    fs_canvas_area(cv).cols - 1, FS_STYLE_DIM, "%s",
		    fs_canvas_glyph(cv, FS_GLYPH_DOWN));
	if (shown == rows)
		return;
	fs_canvas_text(cv, row + shown, FS_PART_PAD, FS_STYLE_DIM,
	    "%zu to %zu of %zu", top + 1, end < count ? end : count, count);
}

void
fs_part_error(struct fs_canvas *cv, int row, int col, int width,
    const struct fs_err *err)
{
	fs_canvas_bytes(cv, row, col, width, FS_STYLE_BAD,
	    fs_bytes_of(err->msg));
}

/* How much of the text goes into so many columns, if possible whole words. */
static size_t
line_end(struct fs_bytes text, size_t width, bool utf8)
{
	char	unit[64];
	size_t	pos = 0, used = 0, end = 0, word = 0, w;

	while (fs_escape_next(text, &pos, utf8, unit, &w) > 0) {
		if (unit[0] == ' ')
			word = end;
		used += w;
		if (used > width)
			return word > 0 ? word : end;
		end = pos;
	}
	return end;
}

/*
 * Draw it in the rows there are, the first from col on; dry: only try. Returns
 * whether all of it fits.
 */
static bool
wrap(struct fs_canvas *cv, int row, int col, enum fs_style style, bool dry,
    struct fs_bytes text)
{
	struct fs_rect area = fs_canvas_area(cv);
	bool	utf8 = fs_canvas_utf8(cv);

	for (; row < area.rows; row++, col = FS_PART_PAD) {
		int	width = area.cols - FS_PART_PAD - col;
		size_t	end;

		if (width <= 0)
			continue;
		end = line_end(text, (size_t)width, utf8);
		if (row == area.rows - 1) {
			if (!dry)
				fs_canvas_bytes(cv, row, col, width, style,
				    text);
			return end == text.len;
		}
		if (!dry)
			fs_canvas_bytes(cv, row, col, width, style,
			    fs_bytes(text.data, end));
		text = fs_bytes(text.data + end, text.len - end);
		if (text.len > 0 && text.data[0] == ' ')
			text = fs_bytes(text.data + 1, text.len - 1);
	}
	return text.len == 0;
}

void
fs_part_error_wrapped(struct fs_canvas *cv, int row, int col,
    const struct fs_err *err)
{
	struct fs_bytes text = fs_bytes_of(err->msg);
	const char *next;

	for (int i = 0; i < WHERE_PARTS &&
	    !wrap(cv, row, col, FS_STYLE_BAD, true, text); i++) {
		next = strstr(text.data, ": ");
		if (next == NULL)
			break;
		text = fs_bytes_of(next + 2);
	}
	wrap(cv, row, col, FS_STYLE_BAD, false, text);
}

char *
fs_part_percent(char *buf, size_t size, double percent)
{
	double tenths = floor(percent * 10 + 1e-9) / 10;

	if (percent > 0 && tenths < 0.1)
		snprintf(buf, size, "<0.1 %%");
	else if ((tenths > 0 && tenths < 10) || (tenths > 90 && tenths < 100))
		snprintf(buf, size, "%.1f %%", tenths);
	else
		snprintf(buf, size, "%.0f %%", floor(tenths));
	return buf;
}

struct fs_bytes
fs_part_bare_where(const char *text)
{
	static const char *const plain[] = { "redis://", "unix://" };
	struct fs_bytes where = fs_bytes_of(text);

	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
		struct fs_bytes start = fs_bytes_of(plain[i]);

		if (fs_bytes_starts(where, start))
			where = fs_bytes(where.data + start.len,
			    where.len - start.len);
	}
	if (where.len > 2 && memcmp(where.data + where.len - 2, "/0", 2) == 0)
		where.len -= 2;
	return where;
}

/* The first byte behind so many columns; over: at least as many. */
static size_t
byte_at(struct fs_bytes text, size_t width, bool utf8, bool over)
{
	char	unit[64];
	size_t	pos = 0, end = 0, used = 0, w;

	while (used < width && fs_escape_next(text, &pos, utf8, unit, &w) > 0) {
		used += w;
		if (used <= width || over)
			end = pos;
	}
	return end;
}

void
fs_part_where(struct fs_str *out, const char *where, int width, bool utf8)
{
	struct fs_bytes	text = fs_bytes_of(where);
	size_t	room = width > 0 ? (size_t)width : 0, all, from, first, dots;

	if (!fs_escape_fits(text, room, utf8))
		text = fs_part_bare_where(where);
	dots = utf8 ? 1 : 2;
	if (fs_escape_fits(text, room, utf8) || room < 3 + dots) {
		fs_str_add_bytes(out, text);
		return;
	}
	all = fs_escape_width(text, utf8);
	first = byte_at(text, (room - dots) / 3, utf8, false);
	from = byte_at(text, all - (room - dots) + (room - dots) / 3, utf8,
	    true);
	fs_str_add(out, text.data, first);
	fs_str_add_text(out, utf8 ? "\xe2\x80\xa6" : "..");
	fs_str_add(out, text.data + from, text.len - from);
}

void
fs_part_strip(struct fs_canvas *cv, int row, int col, int width,
    const uint64_t *bucket, uint64_t max)
{
	int	each = width / FS_AUDIT_BUCKETS;
	double	samples[FS_AUDIT_BUCKETS * 4];
	size_t	n = 0;

	if (each < 1)
		return;
	if (each > 4)
		each = 4;
	for (int i = 0; i < FS_AUDIT_BUCKETS; i++) {
		if (bucket[i] > max)
			max = bucket[i];
		for (int k = 0; k < each; k++)
			samples[n++] = bucket[i] > 0 ? (double)bucket[i] :
			    NAN;
	}
	if (max > 0)
		fs_canvas_graph(cv, row, col, (int)n, FS_STYLE_BAR, samples,
		    n, (double)max);
}

double
fs_part_done(const struct fs_answer *job)
{
	if (job->walked > 0)
		return job->walked;
	if (job->total == 0)
		return -1;
	return (double)job->done / (double)job->total;
}

bool
fs_part_trouble(const struct fs_server *server, int64_t mono_us, char *buf,
    size_t size)
{
	size_t down, silent;

	fs_server_trouble(server, mono_us, &down, &silent);
	if (down + silent == 0)
		return false;
	snprintf(buf, size, "%zu of %zu nodes %s", down + silent,
	    server->nnodes, silent == 0 ? "down" : down == 0 ? "silent" :
	    "in trouble");
	return true;
}

const char *
fs_part_port(const char *node)
{
	const char *colon = strrchr(node, ':');

	return colon != NULL ? colon : node;
}

bool
fs_part_one_host(const struct fs_server *server)
{
	const char *first = server->nodes[0].name;
	size_t len = (size_t)(fs_part_port(first) - first);

	for (size_t i = 0; i < server->nnodes; i++) {
		const char *name = server->nodes[i].name;

		if ((size_t)(fs_part_port(name) - name) != len ||
		    strncmp(name, first, len) != 0)
			return false;
	}
	return len > 0;
}

void
fs_part_text(struct fs_canvas *cv, int row, enum fs_style style,
    struct fs_bytes text)
{
	wrap(cv, row, FS_PART_PAD, style, false, text);
}

void
fs_part_hint(struct fs_canvas *cv, const char *text)
{
	wrap(cv, fs_canvas_area(cv).rows > 2 ? 1 : 0, FS_PART_PAD,
	    FS_STYLE_DIM, false, fs_bytes_of(text));
}

bool
fs_part_is_inspected(const struct fs_snap *snap, struct fs_bytes id)
{
	const struct fs_entity *entity = snap->store.inspected;

	return entity != NULL &&
	    fs_bytes_eq(fs_bytes(entity->id, entity->id_len), id);
}
