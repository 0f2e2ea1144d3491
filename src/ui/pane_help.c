#include <stdio.h>

#include "ui/cursor.h"
#include "ui/pane.h"
#include "ui/part.h"

#define KEY_WIDTH	9
#define NAME_WIDTH	17
#define TEXT_COL	(KEY_WIDTH + 2 + NAME_WIDTH)
#define TWO_COLUMNS	160

/* A line of the help: a group's name, a command, its text's rest, or nothing. */
struct line {
	enum { BLANK, GROUP, COMMAND, REST } kind;
	enum fs_cmd_group	 group;
	const struct fs_command	*cmd;
	struct fs_bytes		 text;
};

/* At 60 columns a text takes three lines, and all arguments of one ten. */
#define LINES_MAX	(3 * FS_CMD_COUNT + 2 * FS_GROUP_COUNT + 10)

struct state {
	struct fs_cursor cursor;
	enum fs_cmd_id	 about;		/* FS_CMD_COUNT: all of them */
	int		 cols;		/* as last told */
};

/* All lines at a width, and where the second column begins. */
struct form {
	struct line	line[LINES_MAX];
	size_t		count, second;
	int		width;
};

static bool
in_console(const struct fs_command *cmd, enum fs_cmd_id about)
{
	return cmd->where != FS_WHERE_SHELL || cmd->id == about;
}

static void
add(struct form *form, struct line line)
{
	if (form->count < LINES_MAX)
		form->line[form->count++] = line;
}

/* Broken between words, the first line as this kind. */
static void
add_text(struct form *form, const struct fs_command *cmd, const char *words,
    int kind)
{
	struct fs_bytes	text = fs_bytes_of(words);
	size_t		width = form->width > TEXT_COL + 10 ?
			    (size_t)(form->width - TEXT_COL) : 10, at;

	while (text.len > width) {
		at = width;
		while (at > 0 && text.data[at] != ' ')
			at--;
		at = at > 0 ? at : width;
		add(form, (struct line){ kind, cmd->group, cmd,
		    fs_bytes(text.data, at) });
		at += text.data[at] == ' ';
		text = fs_bytes(text.data + at, text.len - at);
		kind = REST;
	}
	add(form, (struct line){ kind, cmd->group, cmd, text });
}

static void
add_group(struct form *form, enum fs_cmd_group group, enum fs_cmd_id about)
{
	add(form, (struct line){ .kind = GROUP, .group = group });
	for (int id = 0; id < FS_CMD_COUNT; id++) {
		const struct fs_command *cmd =
		    fs_command_get((enum fs_cmd_id)id);

		if (cmd->group != group || !in_console(cmd, about))
			continue;
		add_text(form, cmd, cmd->help, COMMAND);
		if (cmd->id == about && cmd->args[0] != '\0')
			add_text(form, cmd, cmd->args, REST);
	}
	add(form, (struct line){ .kind = BLANK, .group = group });
}

/* Where the second column begins: at a group, and not before the middle. */
static size_t
half(const struct form *form)
{
	size_t i = (form->count + 1) / 2;

	while (i < form->count && form->line[i].kind != GROUP)
		i++;
	return i;
}

static void
lay_out(struct form *form, enum fs_cmd_id about, int cols)
{
	bool two = cols >= TWO_COLUMNS;

	form->count = 0;
	form->width = cols - 2 * FS_PART_PAD;
	if (two)
		form->width = form->width / 2 - 1;
	for (int group = 0; group < FS_GROUP_COUNT; group++)
		add_group(form, (enum fs_cmd_group)group, about);
	form->count--;			/* the last blank */
	form->second = two ? half(form) : form->count;
}

static void
draw_line(struct fs_canvas *cv, int row, int col, int width,
    const struct line *line, enum fs_cmd_id about)
{
	char key[16];

	if (line->kind == BLANK)
		return;
	if (line->kind == GROUP) {
		fs_canvas_bytes(cv, row, col, width, FS_STYLE_TITLE,
		    fs_bytes_of(fs_group_name(line->group)));
		return;
	}
	if (line->kind == COMMAND) {
		fs_canvas_right(cv, row, col, KEY_WIDTH, FS_STYLE_KEY, "%s",
		    fs_command_key_name(line->cmd, key));
		fs_canvas_text(cv, row, col + KEY_WIDTH + 2, FS_STYLE_DIM,
		    "%s", line->cmd->name);
	}
	fs_canvas_bytes(cv, row, col + TEXT_COL, width - TEXT_COL,
	    FS_STYLE_PLAIN, line->text);
	if (line->cmd->id == about)
		fs_canvas_reverse(cv, row, col, width);
}

static void
help_draw(const void *state, const struct fs_snap *snap,
    struct fs_canvas *cv, bool focus)
{
	const struct state *st = state;
	struct fs_rect	area = fs_canvas_area(cv);
	struct form	form;
	size_t		top;

	(void)snap;
	(void)focus;
	lay_out(&form, st->about, area.cols);
	top = fs_cursor_top(&st->cursor, form.second, area.rows);
	for (int row = 0; row < area.rows; row++) {
		size_t i = top + (size_t)row;

		if (i < form.second)
			draw_line(cv, row, FS_PART_PAD, form.width,
			    &form.line[i], st->about);
		if (form.second + i < form.count)
			draw_line(cv, row, FS_PART_PAD + form.width + 2,
			    form.width, &form.line[form.second + i],
			    st->about);
	}
}

static enum fs_style
help_fact(const void *state, const struct fs_snap *snap, int width,
    char *buf, size_t size)
{
	(void)state;
	(void)snap;
	(void)width;
	snprintf(buf, size, "j k scroll, Esc leaves");
	return FS_STYLE_PLAIN;
}

void
fs_help_fit(void *state, int cols)
{
	struct state *st = state;

	st->cols = cols;
}

static bool
help_command(void *state, const struct fs_snap *snap, enum fs_cmd_id id,
    int rows)
{
	struct state *st = state;
	struct form form;

	(void)snap;
	lay_out(&form, st->about, st->cols);
	return fs_cursor_scroll(&st->cursor, id, form.second, rows);
}

void
fs_help_about(void *state, enum fs_cmd_id id, int rows)
{
	struct state *st = state;
	struct form form;
	size_t i = 0;

	st->about = id;
	st->cursor = (struct fs_cursor){ 0 };
	if (id == FS_CMD_COUNT)
		return;
	lay_out(&form, id, st->cols);
	while (i < form.count && (form.line[i].kind != COMMAND ||
	    form.line[i].cmd->id != id))
		i++;
	if (i >= form.second)
		i -= form.second;
	/* With its group's name, where it can be. */
	if (i >= (size_t)rows / 2)
		st->cursor.at = st->cursor.top = i - (size_t)rows / 2;
}

const struct fs_pane_ops fs_pane_help = {
	.title = "Help",
	.state_size = sizeof(struct state),
	.fact = help_fact,
	.draw = help_draw,
	.command = help_command,
};
