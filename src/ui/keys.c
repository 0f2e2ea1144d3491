#include "ui/keys.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/escape.h"

#define ESC		0x1b
#define ESC_WAIT	(25 * FS_MS)	/* then it was the key */
#define SEQ_WAIT	FS_SEC		/* then half a sequence is forgotten */
#define BURST		128		/* bytes that nobody types at once */
#define BURST_WAIT	(250 * FS_MS)

enum {
	GROUND,
	AFTER_ESC,	/* ESC came */
	LATE,		/* and was taken for the key */
	CSI,
	SS3,
	STRING,		/* OSC, DCS and the like: up to BEL or ST */
	STRING_ESC,
	SKIP,		/* so many bytes */
	UTF8,
	PASTE,
	PASTE_ALONE,	/* a byte of it, with silence before it */
	BURSTING,
};

static const char paste_end[] = "\033[201~";

static void
ground(struct fs_keys *keys)
{
	keys->state = GROUND;
	keys->alt = false;
	keys->len = 0;
}

static int
control(unsigned char byte)
{
	switch (byte) {
	case '\0':
		return FS_KEY_NONE;
	case '\b':
	case 0x7f:
		return FS_KEY_BACKSPACE;
	case '\n':
		return FS_KEY_ENTER;
	default:
		return byte;
	}
}

static int
start_utf8(struct fs_keys *keys, unsigned char byte)
{
	if (byte < 0xc2 || byte > 0xf4)
		return FS_KEY_NONE;
	keys->seq[0] = (char)byte;
	keys->len = 1;
	keys->left = byte >= 0xf0 ? 3 : byte >= 0xe0 ? 2 : 1;
	keys->state = UTF8;
	return FS_KEY_NONE;
}

static int
on_ground(struct fs_keys *keys, unsigned char byte)
{
	if (byte == ESC) {
		keys->state = AFTER_ESC;
		return FS_KEY_NONE;
	}
	if (byte >= 0x80)
		return start_utf8(keys, byte);
	return byte < ' ' || byte == 0x7f ? control(byte) : byte;
}

static int
on_utf8(struct fs_keys *keys, unsigned char byte)
{
	uint32_t cp = FS_KEY_NONE;
	bool	 alt = keys->alt;

	if ((byte & 0xc0) != 0x80) {
		ground(keys);
		return on_ground(keys, byte);
	}
	keys->seq[keys->len++] = (char)byte;
	if (--keys->left > 0)
		return FS_KEY_NONE;
	if (fs_utf8_decode(fs_bytes(keys->seq, keys->len), 0, &cp) == 0)
		cp = FS_KEY_NONE;
	ground(keys);
	return alt ? FS_KEY_NONE : (int)cp;
}

/*
 * Escape sequences
 */

static int
cursor_key(char final)
{
	switch (final) {
	case 'A':
		return FS_KEY_UP;
	case 'B':
		return FS_KEY_DOWN;
	case 'C':
		return FS_KEY_RIGHT;
	case 'D':
		return FS_KEY_LEFT;
	case 'H':
		return FS_KEY_HOME;
	case 'F':
		return FS_KEY_END;
	case 'P':
		return FS_KEY_F1;
	case 'Z':
		return FS_KEY_BTAB;
	default:
		return FS_KEY_NONE;
	}
}

static int
tilde_key(long n)
{
	switch (n) {
	case 1:
	case 7:
		return FS_KEY_HOME;
	case 3:
		return FS_KEY_DELETE;
	case 4:
	case 8:
		return FS_KEY_END;
	case 5:
		return FS_KEY_PGUP;
	case 6:
		return FS_KEY_PGDN;
	case 11:
		return FS_KEY_F1;
	case 15:
		return FS_KEY_F5;
	default:
		return FS_KEY_NONE;
	}
}

/* A report as "<button;column;row" with M for pressed, m for released. */
static int
mouse_key(struct fs_keys *keys, char final)
{
	static const char before[] = "<;;";
	char	*end = keys->seq;
	long	 n[3];

	if (!keys->mouse || final != 'M')
		return FS_KEY_NONE;
	keys->seq[keys->len] = '\0';
	for (int i = 0; i < 3; i++) {
		if (*end != before[i])
			return FS_KEY_NONE;
		n[i] = strtol(end + 1, &end, 10);
		if (n[i] < 0 || n[i] > 9999)
			return FS_KEY_NONE;
	}
	keys->mouse_button = (int)n[0];
	keys->mouse_col = (int)n[1] - 1;
	keys->mouse_row = (int)n[2] - 1;
	return FS_KEY_MOUSE;
}

static void
start_paste(struct fs_keys *keys)
{
	ground(keys);
	fs_str_clear(&keys->paste);
	keys->matched = 0;
	keys->state = PASTE;
}

static int
end_paste(struct fs_keys *keys)
{
	ground(keys);
	return keys->paste.len > 0 ? FS_KEY_PASTE : FS_KEY_NONE;
}

/* All of it but the final byte is in seq. */
static int
csi_key(struct fs_keys *keys, char final)
{
	long n;

	keys->seq[keys->len] = '\0';
	n = strtol(keys->seq, NULL, 10);
	if (keys->seq[0] == '<')
		return mouse_key(keys, final);
	if (keys->len > 0 && (keys->seq[0] < '0' || keys->seq[0] > '9'))
		return FS_KEY_NONE;
	if (final == '~' && n == 200) {
		start_paste(keys);
		return FS_KEY_NONE;
	}
	return final == '~' ? tilde_key(n) : cursor_key(final);
}

static int
on_csi(struct fs_keys *keys, unsigned char byte)
{
	bool	alt = keys->alt, whole = keys->len < sizeof(keys->seq) - 1;
	int	key;

	if (byte == 'M' && keys->len == 0) {	/* the mouse as of old */
		keys->state = SKIP;
		keys->left = 3;
		return FS_KEY_NONE;
	}
	if (byte == '[' && keys->len == 0) {	/* F1 to F5 of Linux */
		keys->state = SKIP;
		keys->left = 1;
		return FS_KEY_NONE;
	}
	if (byte < 0x40) {
		if (whole)
			keys->seq[keys->len++] = (char)byte;
		return FS_KEY_NONE;
	}
	key = whole ? csi_key(keys, (char)byte) : FS_KEY_NONE;
	if (keys->state != PASTE)
		ground(keys);
	return alt ? FS_KEY_NONE : key;
}

static int
on_ss3(struct fs_keys *keys, unsigned char byte)
{
	int key = byte == 'M' ? FS_KEY_ENTER : cursor_key((char)byte);

	if (keys->alt)
		key = FS_KEY_NONE;
	ground(keys);
	return key;
}

/* What follows an ESC at once: a sequence, or a character with Alt. */
static int
after_esc(struct fs_keys *keys, unsigned char byte)
{
	switch (byte) {
	case ESC:
		keys->alt = true;
		return FS_KEY_NONE;
	case '[':
		keys->state = CSI;
		return FS_KEY_NONE;
	case 'O':
		keys->state = SS3;
		return FS_KEY_NONE;
	case ']':
	case 'P':
	case '^':
	case '_':
	case 'X':
		keys->state = STRING;
		return FS_KEY_NONE;
	default:
		keys->alt = true;
		if (byte >= 0x80)
			return start_utf8(keys, byte);
		ground(keys);
		return FS_KEY_NONE;
	}
}

/* The Esc key, then what may still be the rest of a sequence. */
static int
on_late(struct fs_keys *keys, unsigned char byte)
{
	if (byte == '[' || byte == 'O')
		return after_esc(keys, byte);
	ground(keys);
	return on_ground(keys, byte);
}

/* An ESC that does not end the string cuts it off. */
static int
on_string(struct fs_keys *keys, unsigned char byte)
{
	bool cut = keys->state == STRING_ESC && byte != '\\';

	if (cut) {
		ground(keys);
		keys->state = AFTER_ESC;
		return after_esc(keys, byte);
	}
	if (byte == '\a' || keys->state == STRING_ESC)
		ground(keys);
	else if (byte == ESC)
		keys->state = STRING_ESC;
	return FS_KEY_NONE;
}

/*
 * Pasted text
 */

static void
keep(struct fs_keys *keys, const char *bytes, size_t len)
{
	size_t room = FS_PASTE_MAX - keys->paste.len;

	fs_str_add(&keys->paste, bytes, len < room ? len : room);
}

static bool
is_pasting(const struct fs_keys *keys)
{
	return keys->state == PASTE || keys->state == PASTE_ALONE;
}

/*
 * However long it pauses, what follows is text: only its end ends it. Where
 * the terminal never sends that, Esc does or Ctrl-C, if it comes all alone.
 */
static int
on_paste(struct fs_keys *keys, unsigned char byte, bool quiet)
{
	char c = (char)byte;

	keys->state = quiet && (byte == ESC || byte == FS_KEY_BREAK) ?
	    PASTE_ALONE : PASTE;
	if (c == paste_end[keys->matched]) {
		if (paste_end[++keys->matched] != '\0')
			return FS_KEY_NONE;
		return end_paste(keys);
	}
	keep(keys, paste_end, keys->matched);
	keys->matched = byte == ESC ? 1 : 0;
	if (keys->matched == 0)
		keep(keys, &c, 1);
	return FS_KEY_NONE;
}

static int
leave_paste(struct fs_keys *keys)
{
	if (keys->matched > 0)		/* by its ESC */
		return end_paste(keys);
	ground(keys);
	return FS_KEY_BREAK;
}

static bool
bursting(const struct fs_keys *keys, int64_t now_us)
{
	return keys->state == BURSTING && now_us - keys->last_us < BURST_WAIT;
}

bool
fs_keys_is_burst(const struct fs_keys *keys, struct fs_bytes bytes,
    int64_t now_us)
{
	size_t escapes = 0;

	if (bursting(keys, now_us))
		return true;
	if (keys->state != GROUND || bytes.len < BURST)
		return false;
	if (memmem(bytes.data, bytes.len, "\033[200~", 6) != NULL)
		return false;
	for (size_t i = 0; i < bytes.len; i++)
		escapes += bytes.data[i] == ESC;
	return escapes < bytes.len / 8;
}

int
fs_keys_burst(struct fs_keys *keys, struct fs_bytes bytes, int64_t now_us)
{
	ground(keys);
	fs_str_clear(&keys->paste);
	keep(keys, bytes.data, bytes.len);
	keys->state = BURSTING;
	keys->last_us = now_us;
	return FS_KEY_PASTE;
}

/*
 * All together
 */

int
fs_keys_byte(struct fs_keys *keys, unsigned char byte, int64_t now_us)
{
	bool quiet = now_us - keys->last_us >= SEQ_WAIT;

	keys->last_us = now_us;
	if (byte == FS_KEY_BREAK && !is_pasting(keys)) {
		ground(keys);
		return FS_KEY_BREAK;
	}
	switch (keys->state) {
	case AFTER_ESC:
		return after_esc(keys, byte);
	case LATE:
		return on_late(keys, byte);
	case CSI:
		if (byte < ' ') {	/* cut off by something else */
			ground(keys);
			return on_ground(keys, byte);
		}
		return on_csi(keys, byte);
	case SS3:
		return on_ss3(keys, byte);
	case STRING:
	case STRING_ESC:
		return on_string(keys, byte);
	case SKIP:
		if (--keys->left == 0)
			ground(keys);
		return FS_KEY_NONE;
	case UTF8:
		return on_utf8(keys, byte);
	case PASTE:
	case PASTE_ALONE:
		return on_paste(keys, byte, quiet);
	default:
		ground(keys);
		return on_ground(keys, byte);
	}
}

int64_t
fs_keys_deadline(const struct fs_keys *keys)
{
	switch (keys->state) {
	case GROUND:
	case PASTE:
	case BURSTING:
		return FS_NEVER;
	case AFTER_ESC:
	case STRING_ESC:
		return keys->last_us + ESC_WAIT;
	default:
		return keys->last_us + SEQ_WAIT;
	}
}

int
fs_keys_idle(struct fs_keys *keys, int64_t now_us)
{
	if (now_us < fs_keys_deadline(keys))
		return FS_KEY_NONE;
	if (keys->state == PASTE_ALONE)
		return leave_paste(keys);
	if (keys->state == AFTER_ESC || keys->state == STRING_ESC) {
		ground(keys);
		keys->state = LATE;
		keys->last_us = now_us;
		return FS_KEY_ESC;
	}
	ground(keys);
	return FS_KEY_NONE;
}

void
fs_keys_free(struct fs_keys *keys)
{
	fs_str_free(&keys->paste);
}
