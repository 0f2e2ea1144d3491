/*
 * The terminal. curses works out what to send and term.c sends it: without
 * ever waiting for a terminal that is slow, and a frame only when the last one
 * has gone out. For the main thread.
 */
#ifndef FS_UI_TERM_H
#define FS_UI_TERM_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "app/options.h"
#include "base/err.h"
#include "base/str.h"
#include "ui/canvas.h"

struct fs_term;

struct fs_term_options {
	enum fs_color	color;
	bool		mouse;
};

/* NULL and err: no terminal, or one that cannot address its cursor. */
struct fs_term *fs_term_open(const struct fs_term_options *opt,
    struct fs_err *err);
/* The terminal as it was; waits a moment at most. NULL is a no-op. */
void fs_term_close(struct fs_term *term);

/* Its size now; look again after SIGWINCH. */
void fs_term_size(struct fs_term *term, int *rows, int *cols);

/*
 * Show the canvas, which has the terminal's size; the cursor at row, col, or
 * hidden when col is -1. Only when fs_term_ready(): else it is dropped.
 */
void fs_term_blit(struct fs_term *term, const struct fs_canvas *cv, int row,
    int col);
/* Whether all of the last frame has been taken. */
bool fs_term_ready(const struct fs_term *term);
/* Send what there is room for; false: the terminal is gone. */
bool fs_term_flush(struct fs_term *term);
/* The descriptor to poll for that. */
int fs_term_fd(const struct fs_term *term);

/* Bytes from the keyboard, when poll says there are; 0 or less: gone. */
ssize_t fs_term_read(struct fs_term *term, char *buf, size_t size);

/* Send all of the next frame, whatever is there. */
void fs_term_redraw(struct fs_term *term);
/* Give the terminal to the shell, and take it again. */
void fs_term_leave(struct fs_term *term);
void fs_term_enter(struct fs_term *term);

/* To the terminal's clipboard; false: it has none, or that is too much. */
bool fs_term_copy(struct fs_term *term, struct fs_bytes text);

/* The terminal as it was, by what is safe in a signal handler alone. */
void fs_term_panic(void);

#endif
