/* A cursor in a list that may be longer than its pane. (pure) */
#ifndef FS_UI_CURSOR_H
#define FS_UI_CURSOR_H

#include <stdbool.h>
#include <stddef.h>

#include "app/command.h"

struct fs_cursor {
	size_t	at;	/* the line under the cursor */
	size_t	top;	/* the first line shown; see fs_cursor_top() */
};

/* Move it; false when the command is none that moves. */
bool fs_cursor_command(struct fs_cursor *cursor, enum fs_cmd_id id,
    size_t count, int rows);
/* To a line; the list scrolls as little as it can. */
void fs_cursor_to(struct fs_cursor *cursor, size_t at, size_t count,
    int rows);
/* The first line to show in so many rows: top, or what the size asks for. */
size_t fs_cursor_top(const struct fs_cursor *cursor, size_t count, int rows);
/* Text without a cursor: at is the first line shown. */
bool fs_cursor_scroll(struct fs_cursor *cursor, enum fs_cmd_id id,
    size_t count, int rows);

#endif
