/* One line of input with a default and a history. (pure) */
#ifndef FS_UI_PROMPT_H
#define FS_UI_PROMPT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "model/list.h"
#include "ui/canvas.h"

#define FS_PROMPT_MAX	1000	/* bytes of a line */

/* Earlier answers, oldest first. Zero-initialise. */
struct fs_history {
	struct fs_list	lines;
};

void fs_history_add(struct fs_history *history, struct fs_bytes line);
void fs_history_free(struct fs_history *history);

struct fs_prompt {
	struct fs_str	 label;
	struct fs_str	 text;
	size_t		 at;		/* the cursor, a byte of text */
	bool		 fresh;		/* the default: typing replaces it */
	const struct fs_history *history;
	size_t		 back;		/* how far in the history; 0 not */
	struct fs_str	 draft;		/* what was typed before that */
	struct fs_str	 why;		/* the answer before was refused */
	int		 room;		/* columns of an answer; 0: a third */
};

enum fs_prompt_state {
	FS_PROMPT_EDITING,
	FS_PROMPT_ACCEPTED,		/* Enter */
	FS_PROMPT_LEFT,			/* Esc, or backspace before the first */
	FS_PROMPT_COMPLETE,		/* Tab */
};

/* history may be NULL; it must outlive the prompt. */
void fs_prompt_open(struct fs_prompt *prompt, const char *label,
    struct fs_bytes text, const struct fs_history *history);
/* The answer is not taken: it stays, to be mended, and the reason with it. */
void fs_prompt_refuse(struct fs_prompt *prompt, const char *why);
void fs_prompt_set(struct fs_prompt *prompt, struct fs_bytes text);
enum fs_prompt_state fs_prompt_key(struct fs_prompt *prompt, int key);
/* Pasted text: control characters are dropped. */
void fs_prompt_paste(struct fs_prompt *prompt, struct fs_bytes text);
/* Over the whole row; returns the column of the cursor. */
int fs_prompt_draw(const struct fs_prompt *prompt, struct fs_canvas *cv,
    int row);
void fs_prompt_free(struct fs_prompt *prompt);

#endif
