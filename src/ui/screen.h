/*
 * The whole screen: header, panes, what lies over them, prompt or hints, and
 * the commands that only move about in it. (pure)
 */
#ifndef FS_UI_SCREEN_H
#define FS_UI_SCREEN_H

#include <stdbool.h>

#include "model/snap.h"
#include "ui/canvas.h"
#include "ui/pane.h"
#include "ui/prompt.h"

struct fs_screen {
	void		*state[FS_PANE_COUNT];
	enum fs_pane_id	 focus;
	enum fs_pane_id	 over;		/* FS_PANE_COUNT: nothing */
	bool		 zoom, frozen;
	bool		 asking;		/* the prompt is open */
	struct fs_prompt prompt;
	bool		 notice;	/* that of the snap is to be seen */
	char		*where;		/* what was asked for, no password */
	bool		 insecure;	/* and who it is is not checked */
	int		 rows, cols;
	bool		 utf8;		/* as the canvas has it */
};

void fs_screen_init(struct fs_screen *screen, const char *where);
void fs_screen_free(struct fs_screen *screen);

/* The snap is new. */
void fs_screen_update(struct fs_screen *screen, const struct fs_snap *snap);
/* The column of the cursor in the last row, or -1: none to be seen. */
int fs_screen_draw(const struct fs_screen *screen,
    const struct fs_snap *snap, struct fs_canvas *cv);

/* Then nothing of it is to be seen but its size. */
bool fs_screen_too_small(const struct fs_screen *screen);

/* The pane in front is asked, then the screen: whether it was for them. */
bool fs_screen_command(struct fs_screen *screen, const struct fs_snap *snap,
    enum fs_cmd_id id);
/* Bring it to the front: focus, or over the others. */
void fs_screen_show(struct fs_screen *screen, enum fs_pane_id pane);
bool fs_screen_click(struct fs_screen *screen, const struct fs_snap *snap,
    int row, int col);

/* The entity under the cursor; an empty one: none. */
struct fs_bytes fs_screen_selected(const struct fs_screen *screen,
    const struct fs_snap *snap);
/* What to copy, appended to out. */
void fs_screen_copy(const struct fs_screen *screen,
    const struct fs_snap *snap, struct fs_str *out);
/* Rows within a pane's border. */
int fs_screen_pane_rows(const struct fs_screen *screen, enum fs_pane_id pane);

#endif
