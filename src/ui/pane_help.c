#include <stdio.h>

#include "ui/cursor.h"
#include "ui/pane.h"
#include "ui/part.h"

#define KEY_WIDTH	9
#define NAME_WIDTH	17
#define TEXT_WIDTH	49	/* what 80 columns leave; longer ones wrap */
#define TWO_COLUMNS	160

/* A line of the help: a group's name, a command, its text's rest, or nothing. */
struct line {
	enum { BLANK, GROUP, COMMAND, REST } kind;
	enum fs_cmd_group	 group;
	const struct fs_command	*cmd;
	struct fs_bytes		 text;
};

/* A text takes two lines at most. */
#define LINES_MAX	(2 * FS_CMD_COUNT + 2 * FS_GROUP_COUNT)

struct state {
	struct fs_cursor cursor;
};

static bool
in_console(const struct fs_command *cmd)
{
	return cmd->where != FS_WHERE_SHELL;
}

static size_t
command_lines(const struct fs_command *cmd, struct line *lines)
{
	struct fs_bytes	text = fs_bytes_of(cmd->help), rest = { 0 };
	size_t		at = TEXT_WIDTH;

	if (text.len > TEXT_WIDTH) {
		while (at > 0 && text.data[at] != ' ')
			at--;
		rest = fs_bytes(text.data + at + 1, text.len - at - 1);
		text.len = at;
	}
	lines[0] = (struct line){ COMMAND, cmd->group, cmd, text };
	lines[1] = (struct line){ REST, cmd->group, cmd, rest };
	return rest.len != 0 ? 2 : 1;
}

static size_t
group_lines(enum fs_cmd_group group, struct line *lines)
{
	size_t n = 0;

	lines[n++] = (struct line){ .kind = GROUP, .group = group };
	for (int id = 0; id < FS_CMD_COUNT; id++) {
		const struct fs_command *cmd =
		    fs_command_get((enum fs_cmd_id)id);

		if (cmd->group == group && in_console(cmd))
			n += command_lines(cmd, lines + n);
	}
	lines[n++] = (struct line){ .kind = BLANK, .group = group };
	return n;
}

static size_t
all_lines(struct line *lines)
{
	size_t n = 0;

	for (int group = 0; group < FS_GROUP_COUNT; group++)
		n += group_lines((enum fs_cmd_group)group, lines + n);
	return n - 1;
}

static void
draw_line(struct fs_canvas *cv, int row, int col, int width,
    const struct line *line)
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
	col += KEY_WIDTH + 2 + NAME_WIDTH;
	width -= KEY_WIDTH + 2 + NAME_WIDTH;
	fs_canvas_bytes(cv, row, col, width, FS_STYLE_PLAIN, line->text);
}

/* Where the second column begins: at a group, and not before the middle. */
static size_t
half(const struct line *lines, size_t n)
{
	size_t i = (n + 1) / 2;

	while (i < n && lines[i].kind != GROUP)
		i++;
	return i;
}

static void
help_draw(const void *state, const struct fs_snap *snap,
    struct fs_canvas *cv, bool focus)
{
	const struct state *st = state;
	struct fs_rect	area = fs_canvas_area(cv);
	struct line	lines[LINES_MAX];
	size_t	n = all_lines(lines), second = n, top;
	int	width = area.cols - 2 * FS_PART_PAD;

	(void)snap;
	(void)focus;
	if (area.cols >= TWO_COLUMNS) {
		second = half(lines, n);
		width = width / 2 - 1;
	}
	top = fs_cursor_top(&st->cursor, second, area.rows);
	for (int row = 0; row < area.rows; row++) {
		size_t i = top + (size_t)row;

		if (i < second)
			draw_line(cv, row, FS_PART_PAD, width, &lines[i]);
		if (second + i < n)
			draw_line(cv, row, FS_PART_PAD + width + 2, width,
			    &lines[second + i]);
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

static bool
help_command(void *state, const struct fs_snap *snap, enum fs_cmd_id id,
    int rows)
{
	struct state *st = state;
	struct line lines[LINES_MAX];

	(void)snap;
	return fs_cursor_scroll(&st->cursor, id, all_lines(lines), rows);
}

void
fs_help_goto(void *state, enum fs_cmd_id id, int rows)
{
	struct state *st = state;
	struct line lines[LINES_MAX];
	size_t n = all_lines(lines), i = 0;

	while (i < n && (lines[i].kind != COMMAND || lines[i].cmd->id != id))
		i++;
	st->cursor.at = st->cursor.top = 0;
	if (i < n && rows > 0 && i >= (size_t)rows)
		st->cursor.at = st->cursor.top = i - (size_t)rows + 1;
}

const struct fs_pane_ops fs_pane_help = {
	.title = "Help",
	.state_size = sizeof(struct state),
	.fact = help_fact,
	.draw = help_draw,
	.command = help_command,
};
