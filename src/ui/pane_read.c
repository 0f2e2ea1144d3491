#include <stdio.h>

#include "base/clock.h"
#include "base/num.h"
#include "ui/cursor.h"
#include "ui/pane.h"
#include "ui/part.h"

#define LEFT_WIDTH	8
#define NARROW		44	/* columns */

struct state {
	struct fs_cursor cursor;
	uint64_t	 id;		/* of the answer that it is in */
};

static const struct fs_entity *
shown(const struct fs_snap *snap)
{
	const struct fs_answer *read = snap->read;

	return read != NULL && read->err.code == FS_OK &&
	    read->nentities > 0 ? read->entities[0] : NULL;
}

static size_t
count(const struct fs_snap *snap)
{
	const struct fs_entity *entity = shown(snap);

	return entity != NULL && entity->exists ? entity->nfields : 0;
}

static struct fs_bytes
read_subject(const void *state, const struct fs_snap *snap)
{
	const struct fs_entity *entity = shown(snap);

	(void)state;
	return entity != NULL ? fs_bytes(entity->id, entity->id_len) :
	    fs_bytes("", 0);
}

static enum fs_style
read_fact(const void *state, const struct fs_snap *snap, int width,
    char *buf, size_t size)
{
	const struct fs_entity *entity = shown(snap);
	char when[16];

	(void)state;
	if (entity == NULL)
		return FS_STYLE_DIM;
	if (width >= 30) {
		fs_clock_hms(snap->wall_us - (snap->mono_us -
		    entity->read_mono_us), when, sizeof(when));
		snprintf(buf, size, "at %s", when);
	}
	return FS_STYLE_STRONG;
}

static void
draw_times(struct fs_canvas *cv, const struct fs_snap *snap,
    const struct fs_entity *entity)
{
	bool	narrow = fs_canvas_area(cv).cols < NARROW;
	char	buf[32];
	int	col = FS_PART_PAD;

	col += fs_canvas_text(cv, 0, col, FS_STYLE_STRONG, "%s",
	    fs_num_show_ms(buf, sizeof(buf), entity->took_us));
	fs_part_percentiles(cv, 0, col + (narrow ? 2 : 3),
	    &snap->read_latency, snap->read_count, narrow);
}

static void
draw_field(struct fs_canvas *cv, int row, const struct fs_entity *entity,
    const struct fs_field *field)
{
	int	cols = fs_canvas_area(cv).cols - 2 * FS_PART_PAD;
	int	name = cols * 45 / 100, value;
	bool	told;
	char	left[32];
	enum fs_style style;

	if (name > 24)
		name = 24;
	value = cols - name - LEFT_WIDTH - 2;
	told = value >= 6;	/* else only the value is */
	if (!told)
		value = cols - name - 1;
	/* As it was read: it may have been written again since. */
	style = fs_part_left(entity, field, entity->read_mono_us, left,
	    sizeof(left));
	fs_canvas_bytes(cv, row, FS_PART_PAD, name,
	    field->value != NULL ? FS_STYLE_PLAIN : FS_STYLE_DIM,
	    fs_bytes(field->name, field->name_len));
	fs_part_value(cv, row, FS_PART_PAD + name + 1, value,
	    FS_STYLE_PLAIN, field);
	if (told)
		fs_canvas_right(cv, row, FS_PART_PAD + name + value + 2,
		    LEFT_WIDTH, style, "%s", left);
}

static void
draw_fields(const struct state *st, const struct fs_snap *snap,
    struct fs_canvas *cv, bool focus)
{
	const struct fs_entity *entity = shown(snap);
	struct fs_rect	area = fs_canvas_area(cv);
	size_t	n = count(snap);
	int	rows = fs_part_rows(n, area.rows - 1);
	size_t	top = fs_cursor_top(&st->cursor, n, rows);

	for (int row = 0; row < rows && top + (size_t)row < n; row++) {
		size_t i = top + (size_t)row;

		draw_field(cv, 1 + row, entity, &entity->fields[i]);
		if (focus && i == st->cursor.at)
			fs_canvas_reverse(cv, 1 + row, 0, area.cols);
	}
	fs_part_position(cv, 1, &st->cursor, n, area.rows - 1);
}

static void
read_draw(const void *state, const struct fs_snap *snap,
    struct fs_canvas *cv, bool focus)
{
	const struct fs_entity *entity = shown(snap);
	int width = fs_canvas_area(cv).cols - 2 * FS_PART_PAD;

	if (snap->read == NULL) {
		fs_part_hint(cv, "r reads one entity");
		return;
	}
	if (entity == NULL || entity->err.code != FS_OK) {
		fs_part_error(cv, 0, FS_PART_PAD, width, entity != NULL ?
		    &entity->err : &snap->read->err);
		return;
	}
	draw_times(cv, snap, entity);
	if (!entity->exists)
		fs_canvas_text(cv, 1, FS_PART_PAD, FS_STYLE_WARN,
		    "no such entity in the store");
	draw_fields(state, snap, cv, focus);
}

static void
read_update(void *state, const struct fs_snap *snap)
{
	struct state *st = state;

	if (snap->read == NULL || snap->read->id == st->id)
		return;
	st->id = snap->read->id;
	if (st->cursor.at >= count(snap))
		st->cursor = (struct fs_cursor){ 0 };
}

static bool
read_command(void *state, const struct fs_snap *snap, enum fs_cmd_id id,
    int rows)
{
	struct state *st = state;
	size_t n = count(snap);

	return fs_cursor_command(&st->cursor, id, n,
	    fs_part_rows(n, rows - 1));
}

static void
read_copy(const void *state, const struct fs_snap *snap, struct fs_str *out)
{
	const struct state *st = state;
	const struct fs_field *field;

	if (st->cursor.at >= count(snap))
		return;
	field = &shown(snap)->fields[st->cursor.at];
	if (field->value != NULL)
		fs_str_add(out, field->value, field->value_len);
}

const struct fs_pane_ops fs_pane_read = {
	.title = "Read",
	.state_size = sizeof(struct state),
	.subject = read_subject,
	.fact = read_fact,
	.draw = read_draw,
	.update = read_update,
	.command = read_command,
	.copy = read_copy,
};
