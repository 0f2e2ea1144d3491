#include <math.h>
#include <stdio.h>

#include <bsd/string.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/num.h"
#include "ui/cursor.h"
#include "ui/pane.h"
#include "ui/part.h"

#define LEFT_WIDTH	8	/* "23h59m" and "expired" */
#define CLASS_WIDTH	11
#define ROOMY_ROWS	14	/* then facts and headings have rows */
#define CLASS_COLS	76
#define NOTE_COLS	54
#define NAME_MAX_WIDTH	24	/* among other words */
#define NOTE_LEAST	9	/* columns of a time of day, or of "over 5m" */
#define FACT_GAP	2	/* between what a border says */
#define VALUE_MAX	200	/* bytes that a value's width is taken of */

struct state {
	struct fs_cursor cursor;
	struct fs_str	 id;		/* whose fields the cursor is in */
	int		 widest;	/* columns of its values, so far */
};

struct columns {
	int	class, name, name_width, value, value_width, left, note,
		note_width;
};

static const struct fs_entity *
shown(const struct fs_snap *snap)
{
	return snap->store.inspected;
}

/* Rows of the pane that are not fields. */
static int
head_rows(int rows)
{
	return rows >= ROOMY_ROWS ? 3 : 0;
}

/* Whether there are fields to show: it is there, or was when last seen. */
static size_t
count(const struct fs_entity *entity)
{
	if (entity == NULL)
		return 0;
	if (entity->exists && entity->err.code != FS_ETYPE)
		return entity->nfields;
	for (size_t i = 0; i < entity->nfields; i++) {
		if (fs_field_is_past(&entity->fields[i]))
			return entity->nfields;
	}
	return 0;
}

/*
 * Facts
 */

static enum fs_style
key_fact(const struct fs_entity *entity, int64_t mono_us, char *buf,
    size_t size)
{
	int64_t left = fs_entity_left_ms(entity, entity->key_deadline_ms,
	    mono_us);
	char	text[32];

	if (left == FS_NOT_THERE) {
		snprintf(buf, size, "gone");
		return FS_STYLE_BAD;
	}
	if (left == FS_NO_TTL) {
		snprintf(buf, size, "no key TTL");
		return FS_STYLE_WARN;
	}
	snprintf(buf, size, "key TTL %s",
	    fs_part_duration(text, sizeof(text), left));
	return FS_STYLE_PLAIN;
}

/* The key is to take fields with it that should outlive it. */
static bool
early_key(const struct fs_entity *entity, const struct fs_field **field)
{
	int i = fs_entity_key_before_field(entity);

	if (i < 0 || !entity->exists)
		return false;
	*field = &entity->fields[i];
	return true;
}

static bool
out_of_date(const struct fs_snap *snap, const struct fs_entity *entity)
{
	return snap->store.link != FS_VIEW_UP || (entity->err.code != FS_OK &&
	    entity->err.code != FS_ETYPE);
}

static void
when_read(const struct fs_snap *snap, const struct fs_entity *entity,
    char *buf, size_t size)
{
	fs_clock_hms(snap->wall_us - (snap->mono_us - entity->read_mono_us),
	    buf, size);
}

static struct fs_bytes
inspector_subject(const void *state, const struct fs_snap *snap)
{
	const struct fs_entity *entity = shown(snap);

	(void)state;
	return entity != NULL ? fs_bytes(entity->id, entity->id_len) :
	    fs_bytes("", 0);
}

/* Behind the words in the border where its key lies, as far as there is room
 * beside whose it is. */
static void
add_place(const struct fs_snap *snap, const struct fs_entity *entity,
    int width, char *buf, size_t size)
{
	const struct fs_server *server = snap->store.server;
	const char *node = entity->node;
	char	place[128];
	int	room = width - FACT_GAP - (int)strlen(buf) - FACT_GAP -
	    (int)fs_escape_width(fs_bytes(entity->id, entity->id_len), true);

	if (entity->slot < 0)
		return;
	if (server != NULL && server->nnodes > 0 && fs_part_one_host(server))
		node = fs_part_port(node);
	snprintf(place, sizeof(place), "  slot %d on %s", entity->slot, node);
	if ((int)strlen(place) - FACT_GAP > room)
		snprintf(place, sizeof(place), "  %d on %s", entity->slot,
		    node);
	if ((int)strlen(place) - FACT_GAP <= room)
		strlcat(buf, place, size);
}

static enum fs_style
inspector_fact(const void *state, const struct fs_snap *snap, int width,
    char *buf, size_t size)
{
	const struct fs_entity *entity = shown(snap);
	const struct fs_field *field;
	char	key[64];
	enum fs_style style;

	(void)state;
	if (entity == NULL)
		return FS_STYLE_DIM;
	style = key_fact(entity, snap->mono_us, key, sizeof(key));
	if (out_of_date(snap, entity)) {
		when_read(snap, entity, key, sizeof(key));
		snprintf(buf, size, "as of %s", key);
		return FS_STYLE_WARN;
	}
	if (entity->err.code == FS_ETYPE) {
		snprintf(buf, size, "not a hash");
		return FS_STYLE_WARN;
	}
	if (early_key(entity, &field)) {
		snprintf(buf, size, "%s: before a field", key);
		return FS_STYLE_WARN;
	}
	if (width < CLASS_COLS) {
		snprintf(buf, size, "%s", key);
		add_place(snap, entity, width, buf, size);
	}
	return style == FS_STYLE_PLAIN ? FS_STYLE_STRONG : style;
}

/* The bytes of the key's place, memory and fields in a row. */
static void
draw_facts(struct fs_canvas *cv, const struct fs_snap *snap,
    const struct fs_entity *entity)
{
	const struct fs_field *field;
	char	buf[64], n[32];
	int	col = FS_PART_PAD;
	enum fs_style style = key_fact(entity, snap->mono_us, buf,
	    sizeof(buf));

	col += fs_canvas_text(cv, 0, col, style, "%s", buf);
	if (early_key(entity, &field)) {
		col += fs_canvas_text(cv, 0, col, FS_STYLE_WARN, ": before ");
		col += fs_canvas_bytes(cv, 0, col, NAME_MAX_WIDTH,
		    FS_STYLE_WARN, fs_bytes(field->name, field->name_len));
		col += fs_canvas_text(cv, 0, col, FS_STYLE_WARN, " goes");
	}
	col += 3;
	col += fs_canvas_text(cv, 0, col, FS_STYLE_PLAIN, "%s of %s fields",
	    fs_num_show_count(buf, sizeof(buf), (int64_t)entity->nfound),
	    fs_num_show_count(n, sizeof(n), entity->hlen > entity->nfields ?
	    (int64_t)entity->hlen : (int64_t)entity->nfields)) + 3;
	if (entity->memory_bytes >= 0)
		col += fs_canvas_text(cv, 0, col, FS_STYLE_DIM, "%s",
		    fs_num_show_size(buf, sizeof(buf),
		    entity->memory_bytes)) + 3;
	if (entity->encoding[0] != '\0')
		col += fs_canvas_text(cv, 0, col, FS_STYLE_DIM, "%s",
		    entity->encoding) + 3;
	if (entity->missed[0] != '\0')
		col += fs_canvas_text(cv, 0, col, FS_STYLE_WARN,
		    "no right: %s", entity->missed) + 3;
	if (entity->slot >= 0)
		fs_canvas_text(cv, 0, col, FS_STYLE_DIM,
		    "slot %d on %s", entity->slot, entity->node);
}

/*
 * Fields
 */

static int
longest_name(const struct fs_entity *entity)
{
	size_t longest = 12;

	for (size_t i = 0; i < entity->nfields; i++) {
		if (entity->fields[i].name_len > longest)
			longest = entity->fields[i].name_len;
	}
	return longest < 1000 ? (int)longest : 1000;
}

/* Of the bar: nothing, or enough for a time of day, or what there is. */
static int
note_width(int cols)
{
	if (cols < NOTE_COLS)
		return 0;
	if (cols < CLASS_COLS)
		return NOTE_LEAST;
	return cols < 90 ? 16 : cols < 110 ? 24 : 32;
}

/* The bars give way to values that do not fit. */
static void
widen_value(struct columns *c, int widest)
{
	int more = widest - c->value_width;

	if (more > c->note_width - NOTE_LEAST)
		more = c->note_width - NOTE_LEAST;
	if (more <= 0)
		return;
	c->value_width += more;
	c->left += more;
	c->note += more;
	c->note_width -= more;
}

static struct columns
columns(const struct fs_entity *entity, int cols, int widest)
{
	struct columns c = { 0 };
	int	col = FS_PART_PAD;
	int	max = cols * 3 / 8;

	c.class = cols >= CLASS_COLS ? col : -1;
	if (c.class != -1)
		col += CLASS_WIDTH;
	c.name = col;
	c.name_width = longest_name(entity);
	if (c.name_width > max)
		c.name_width = max;
	c.note_width = note_width(cols);
	c.value = c.name + c.name_width + 2;
	c.note = cols - FS_PART_PAD - c.note_width;
	c.left = c.note - (c.note_width > 0 ? 2 : 0) - LEFT_WIDTH;
	c.value_width = c.left - 2 - c.value;
	widen_value(&c, widest);
	return c;
}

static void
draw_headings(struct fs_canvas *cv, int row, const struct columns *c)
{
	if (c->class != -1)
		fs_canvas_text(cv, row, c->class, FS_STYLE_DIM, "class");
	fs_canvas_text(cv, row, c->name, FS_STYLE_DIM, "field");
	fs_canvas_text(cv, row, c->value, FS_STYLE_DIM, "value");
	fs_canvas_right(cv, row, c->left, LEFT_WIDTH, FS_STYLE_DIM, "left");
}

/* What stands beside the time left: a bar, or what is wrong, in words. */
static void
draw_note(struct fs_canvas *cv, int row, const struct columns *c,
    const struct fs_entity *entity, const struct fs_field *field,
    int64_t mono_us)
{
	double	share = fs_part_share(entity, field, mono_us);
	char	buf[32];

	if (field->state == FS_FIELD_LEAK) {
		fs_canvas_text(cv, row, c->note, FS_STYLE_BAD, "LEAK");
	} else if (fs_field_is_past(field)) {
		fs_clock_hms(field->gone_wall_us, buf, sizeof(buf));
		fs_canvas_text(cv, row, c->note, FS_STYLE_DIM, "%s", buf);
	} else if (share > 1.01) {
		fs_canvas_text(cv, row, c->note, FS_STYLE_WARN, "over %s",
		    fs_num_show_exact(buf, sizeof(buf), field->ttl_ms));
	} else if (!isnan(share)) {
		fs_canvas_bar(cv, row, c->note, c->note_width,
		    share <= 0.1 ? FS_STYLE_WARN : FS_STYLE_BAR, share);
	}
}

static void
draw_field(struct fs_canvas *cv, int row, const struct columns *c,
    const struct fs_entity *entity, const struct fs_field *field,
    int64_t mono_us)
{
	char	left[32];
	enum fs_style style = fs_part_left(entity, field, mono_us, left,
	    sizeof(left));
	bool	there = field->state != FS_FIELD_MISSING &&
	    !fs_field_is_past(field);

	if (c->class != -1)
		fs_canvas_text(cv, row, c->class, FS_STYLE_DIM, "%s",
		    fs_class_name(field->class));
	fs_canvas_bytes(cv, row, c->name, c->name_width,
	    field->state == FS_FIELD_MISSING ? FS_STYLE_DIM : FS_STYLE_PLAIN,
	    fs_bytes(field->name, field->name_len));
	fs_part_value(cv, row, c->value, c->value_width,
	    there ? FS_STYLE_PLAIN : FS_STYLE_DIM, field);
	if (c->note_width > 0)
		draw_note(cv, row, c, entity, field, mono_us);
	else if (field->state == FS_FIELD_LEAK)
		snprintf(left, sizeof(left), "LEAK");
	fs_canvas_right(cv, row, c->left, LEFT_WIDTH, style, "%s", left);
}

/* All of a value that its column is too narrow for, if rows are left. */
static void
draw_rest(struct fs_canvas *cv, int row, const struct columns *c,
    const struct fs_field *field)
{
	struct fs_bytes value = fs_bytes(field->value, field->value_len);

	if (field->value == NULL || fs_escape_fits(value,
	    (size_t)c->value_width, fs_canvas_utf8(cv)))
		return;
	if (fs_canvas_area(cv).rows - row > 2)
		row++;
	fs_part_text(cv, row, FS_STYLE_PLAIN, value);
}

static void
draw_fields(const struct state *st, const struct fs_snap *snap,
    struct fs_canvas *cv, int head, bool focus)
{
	const struct fs_entity *entity = shown(snap);
	struct fs_rect	area = fs_canvas_area(cv);
	struct columns	c = columns(entity, area.cols, st->widest);
	size_t	n = count(entity);
	int	rows = fs_part_rows(n, area.rows - head);
	size_t	top = fs_cursor_top(&st->cursor, n, rows);

	if (head > 0)
		draw_headings(cv, head - 1, &c);
	for (int row = 0; row < rows && top + (size_t)row < n; row++) {
		size_t i = top + (size_t)row;

		draw_field(cv, head + row, &c, entity, &entity->fields[i],
		    snap->mono_us);
		if (focus && i == st->cursor.at)
			fs_canvas_reverse(cv, head + row, 0, area.cols);
	}
	fs_part_position(cv, head, &st->cursor, n, area.rows - head);
	if (focus && st->cursor.at < n && n < (size_t)(area.rows - head))
		draw_rest(cv, head + (int)n, &c,
		    &entity->fields[st->cursor.at]);
}

/* Why there are no fields. */
static void
draw_nothing(struct fs_canvas *cv, const struct fs_entity *entity)
{
	int width = fs_canvas_area(cv).cols - 2 * FS_PART_PAD;

	if (entity == NULL) {
		fs_part_hint(cv, "Enter inspects the entity under the cursor");
		return;
	}
	if (entity->err.code != FS_OK) {
		fs_part_error(cv, 1, FS_PART_PAD, width, &entity->err);
		return;
	}
	fs_canvas_text(cv, 1, FS_PART_PAD, FS_STYLE_WARN,
	    "no such entity in the store");
}

static void
inspector_draw(const void *state, const struct fs_snap *snap,
    struct fs_canvas *cv, bool focus)
{
	const struct fs_entity *entity = shown(snap);
	int head = head_rows(fs_canvas_area(cv).rows);

	if (count(entity) == 0) {
		draw_nothing(cv, entity);
		return;
	}
	if (head > 0)
		draw_facts(cv, snap, entity);
	draw_fields(state, snap, cv, head, focus);
}

/* It only grows, so that columns do not move to and fro. */
static void
measure(struct state *st, const struct fs_field *field)
{
	size_t	len = field->value_len < VALUE_MAX ? field->value_len :
		    VALUE_MAX;
	int	width = (int)fs_escape_width(fs_bytes(field->value, len),
		    true);

	if (field->value != NULL && width > st->widest)
		st->widest = width;
}

static void
inspector_update(void *state, const struct fs_snap *snap)
{
	struct state *st = state;
	const struct fs_entity *entity = shown(snap);
	struct fs_bytes id = entity != NULL ?
	    fs_bytes(entity->id, entity->id_len) : fs_bytes("", 0);

	if (!fs_bytes_eq(id, fs_str_bytes(&st->id))) {
		fs_str_clear(&st->id);
		fs_str_add_bytes(&st->id, id);
		st->cursor = (struct fs_cursor){ 0 };
		st->widest = 0;
	}
	for (size_t i = 0; entity != NULL && i < entity->nfields; i++)
		measure(st, &entity->fields[i]);
}

static bool
inspector_command(void *state, const struct fs_snap *snap, enum fs_cmd_id id,
    int rows)
{
	struct state *st = state;
	size_t n = count(shown(snap));

	return fs_cursor_command(&st->cursor, id, n,
	    fs_part_rows(n, rows - head_rows(rows)));
}

const struct fs_field *
fs_inspector_field(const void *state, const struct fs_snap *snap)
{
	const struct state *st = state;
	const struct fs_entity *entity = shown(snap);

	return st->cursor.at < count(entity) ?
	    &entity->fields[st->cursor.at] : NULL;
}

static void
inspector_copy(const void *state, const struct fs_snap *snap,
    struct fs_str *out)
{
	const struct fs_field *field = fs_inspector_field(state, snap);

	if (field != NULL && field->value != NULL)
		fs_str_add(out, field->value, field->value_len);
}

static void
inspector_free(void *state)
{
	struct state *st = state;

	fs_str_free(&st->id);
}

const struct fs_pane_ops fs_pane_inspector = {
	.title = "Inspector",
	.state_size = sizeof(struct state),
	.subject = inspector_subject,
	.fact = inspector_fact,
	.draw = inspector_draw,
	.update = inspector_update,
	.command = inspector_command,
	.copy = inspector_copy,
	.free = inspector_free,
};
