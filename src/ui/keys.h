/*
 * Bytes of a keyboard to keys. (pure)
 *
 * What is not known is swallowed whole: an escape sequence, however it is cut
 * into packets, a character with Alt, mouse reports that nobody asked for.
 * Pasted text is one event and never keys, whether the terminal brackets it
 * or it is seen by its mass.
 */
#ifndef FS_UI_KEYS_H
#define FS_UI_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/command.h"
#include "base/str.h"

/* Beside those of app/command.h: text was pasted; it is in paste. */
#define FS_KEY_PASTE	(FS_KEY_MOUSE + 1)
/* Ctrl-C, which ends the program whatever is shown, in any half sequence. */
#define FS_KEY_BREAK	0x03

#define FS_PASTE_MAX	4096	/* bytes kept of a paste */

struct fs_keys {
	int		 state;
	bool		 mouse;		/* reports are wanted */
	bool		 alt;		/* an ESC came before the sequence */
	char		 seq[32];	/* of an escape sequence, or of UTF-8 */
	size_t		 len;
	size_t		 left;		/* bytes still to come */
	int64_t		 last_us;	/* of the last byte */
	struct fs_str	 paste;
	size_t		 matched;	/* of the paste's end */
	int		 mouse_row, mouse_col, mouse_button;
};

/*
 * One byte, read at now; the key that it completes, or FS_KEY_NONE. A key is a
 * code point, or FS_KEY_ something.
 */
int fs_keys_byte(struct fs_keys *keys, unsigned char byte, int64_t now_us);

/* Whether so much at once can only be pasted; then give it to _paste. */
bool fs_keys_is_burst(const struct fs_keys *keys, struct fs_bytes bytes,
    int64_t now_us);
int fs_keys_burst(struct fs_keys *keys, struct fs_bytes bytes,
    int64_t now_us);

/* When to call _idle if no byte comes; FS_NEVER. */
int64_t fs_keys_deadline(const struct fs_keys *keys);
/* That time has come: a lone Esc is a key, half a sequence is forgotten. */
int fs_keys_idle(struct fs_keys *keys, int64_t now_us);

void fs_keys_free(struct fs_keys *keys);

#endif
