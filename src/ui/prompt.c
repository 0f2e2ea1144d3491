#include "ui/prompt.h"

#include "app/command.h"
#include "base/escape.h"

#define HISTORY_MAX	100

/*
 * History
 */

void
fs_history_add(struct fs_history *history, struct fs_bytes line)
{
	struct fs_list	 shorter = { 0 };
	struct fs_list	*lines = &history->lines;

	if (line.len == 0 || (lines->count > 0 &&
	    fs_bytes_eq(fs_list_at(lines, lines->count - 1), line)))
		return;
	fs_list_add(lines, line);
	if (lines->count <= HISTORY_MAX)
		return;
	for (size_t i = 1; i < lines->count; i++)
		fs_list_add(&shorter, fs_list_at(lines, i));
	fs_list_free(lines);
	*lines = shorter;
}

void
fs_history_free(struct fs_history *history)
{
	fs_list_free(&history->lines);
}

/*
 * Editing
 */

static size_t
before(const struct fs_prompt *prompt, size_t at)
{
	do
		at -= at > 0;
	while (at > 0 && (prompt->text.data[at] & 0xc0) == 0x80);
	return at;
}

static size_t
behind(const struct fs_prompt *prompt, size_t at)
{
	do
		at += at < prompt->text.len;
	while (at < prompt->text.len &&
	    (prompt->text.data[at] & 0xc0) == 0x80);
	return at;
}

static void
cut(struct fs_prompt *prompt, size_t from, size_t to)
{
	struct fs_str *text = &prompt->text;

	memmove(text->data + from, text->data + to, text->len - to);
	fs_str_cut(text, text->len - (to - from));
	prompt->at = from;
}

static void
insert(struct fs_prompt *prompt, struct fs_bytes bytes)
{
	struct fs_str *text = &prompt->text;

	if (text->len + bytes.len > FS_PROMPT_MAX)
		return;
	fs_str_add_bytes(text, bytes);
	memmove(text->data + prompt->at + bytes.len,
	    text->data + prompt->at, text->len - bytes.len - prompt->at);
	memcpy(text->data + prompt->at, bytes.data, bytes.len);
	prompt->at += bytes.len;
}

static size_t
encode(char buf[4], unsigned cp)
{
	static const unsigned char lead[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	size_t n = cp < 0x80 ? 1 : cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;

	for (size_t i = n - 1; i > 0; i--, cp >>= 6)
		buf[i] = (char)(0x80 | (cp & 0x3f));
	buf[0] = (char)(n == 1 ? cp : lead[n] | cp);
	return n;
}

/* A character that was typed; the default gives way to it. */
static void
type(struct fs_prompt *prompt, int key)
{
	char	buf[4];
	size_t	n;

	if (key < ' ' || key == 0x7f || key >= FS_KEY_UP)
		return;
	if (prompt->fresh)
		fs_prompt_set(prompt, fs_bytes("", 0));
	n = encode(buf, (unsigned)key);
	insert(prompt, fs_bytes(buf, n));
}

static void
erase(struct fs_prompt *prompt)
{
	cut(prompt, before(prompt, prompt->at), prompt->at);
}

static void
recall(struct fs_prompt *prompt, size_t back)
{
	const struct fs_list *lines;

	if (prompt->history == NULL ||
	    back > prompt->history->lines.count)
		return;
	lines = &prompt->history->lines;
	if (prompt->back == 0) {
		fs_str_clear(&prompt->draft);
		fs_str_add_bytes(&prompt->draft, fs_str_bytes(&prompt->text));
	}
	prompt->back = back;
	fs_prompt_set(prompt, back == 0 ? fs_str_bytes(&prompt->draft) :
	    fs_list_at(lines, lines->count - back));
}

static void
edit(struct fs_prompt *prompt, int key)
{
	switch (key) {
	case FS_KEY_LEFT:
		prompt->at = before(prompt, prompt->at);
		break;
	case FS_KEY_RIGHT:
		prompt->at = behind(prompt, prompt->at);
		break;
	case FS_KEY_HOME:
		prompt->at = 0;
		break;
	case FS_KEY_END:
		prompt->at = prompt->text.len;
		break;
	case FS_KEY_BACKSPACE:
		erase(prompt);
		break;
	case FS_KEY_DELETE:
		cut(prompt, prompt->at, behind(prompt, prompt->at));
		break;
	case FS_KEY_CTRL_U:
		fs_prompt_set(prompt, fs_bytes("", 0));
		break;
	case FS_KEY_UP:
		recall(prompt, prompt->back + 1);
		break;
	case FS_KEY_DOWN:
		if (prompt->back > 0)
			recall(prompt, prompt->back - 1);
		break;
	default:
		type(prompt, key);
		break;
	}
	prompt->fresh = false;
	fs_str_clear(&prompt->why);
}

void
fs_prompt_open(struct fs_prompt *prompt, const char *label,
    struct fs_bytes text, const struct fs_history *history)
{
	fs_str_clear(&prompt->label);
	fs_str_add_text(&prompt->label, label);
	prompt->history = history;
	prompt->back = 0;
	fs_prompt_set(prompt, text);
	prompt->fresh = text.len > 0;
	prompt->room = 0;
	fs_str_clear(&prompt->why);
}

void
fs_prompt_refuse(struct fs_prompt *prompt, const char *why)
{
	fs_str_clear(&prompt->why);
	fs_str_add_text(&prompt->why, why);
}

void
fs_prompt_set(struct fs_prompt *prompt, struct fs_bytes text)
{
	fs_str_clear(&prompt->text);
	fs_str_add_bytes(&prompt->text, text);
	prompt->at = text.len;
	prompt->fresh = false;
}

enum fs_prompt_state
fs_prompt_key(struct fs_prompt *prompt, int key)
{
	switch (key) {
	case FS_KEY_ENTER:
		return FS_PROMPT_ACCEPTED;
	case FS_KEY_ESC:
		return FS_PROMPT_LEFT;
	case FS_KEY_TAB:
		return FS_PROMPT_COMPLETE;
	case FS_KEY_BACKSPACE:
		if (prompt->text.len == 0)
			return FS_PROMPT_LEFT;
		break;
	default:
		break;
	}
	edit(prompt, key);
	return FS_PROMPT_EDITING;
}

void
fs_prompt_paste(struct fs_prompt *prompt, struct fs_bytes text)
{
	uint32_t cp;
	size_t	 n;

	for (size_t pos = 0; pos < text.len; pos += n) {
		n = fs_utf8_decode(text, pos, &cp);
		if (n == 0)
			n = 1;
		else if (cp >= ' ' && (cp < 0x7f || cp >= 0xa0))
			type(prompt, (int)cp);
		prompt->fresh = false;
	}
}

/*
 * Drawing
 */

/* The first byte to show, so that the cursor is within width columns. */
static size_t
first_shown(const struct fs_prompt *prompt, int width, bool utf8)
{
	size_t first = 0;

	while (first < prompt->at && (int)fs_escape_width(
	    fs_bytes(prompt->text.data + first, prompt->at - first), utf8) >=
	    width)
		first = behind(prompt, first);
	return first;
}

int
fs_prompt_draw(const struct fs_prompt *prompt, struct fs_canvas *cv, int row)
{
	struct fs_bytes	text = fs_str_bytes(&prompt->text);
	bool		utf8 = fs_canvas_utf8(cv);
	int		cols = fs_canvas_area(cv).cols, col = 1, used;
	int		end = cols - 1 - (prompt->room > 0 ? prompt->room :
			    cols / 3);
	size_t		first;

	if (prompt->why.len > 0)
		col += fs_canvas_bytes(cv, row, col, end - col, FS_STYLE_BAD,
		    fs_str_bytes(&prompt->why)) + 2;
	if (col < end)
		col += fs_canvas_bytes(cv, row, col, end - col, FS_STYLE_KEY,
		    fs_str_bytes(&prompt->label)) + 1;
	first = first_shown(prompt, cols - col - 1, utf8);
	used = fs_canvas_bytes(cv, row, col, 0, FS_STYLE_INPUT,
	    fs_bytes(text.data + first, text.len - first));
	if (prompt->fresh)
		fs_canvas_reverse(cv, row, col, used);
	return col + (int)fs_escape_width(fs_bytes(text.data + first,
	    prompt->at - first), utf8);
}

void
fs_prompt_free(struct fs_prompt *prompt)
{
	fs_str_free(&prompt->label);
	fs_str_free(&prompt->text);
	fs_str_free(&prompt->draft);
	fs_str_free(&prompt->why);
}
