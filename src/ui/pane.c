#include "ui/pane.h"

#define WIDE		160	/* from here on the panes are in three columns */
#define WIDE_ROWS	32
#define SIDE		64	/* the right one of them */

static int
clamp(int n, int min, int max)
{
	return n < min ? min : n > max ? max : n;
}

/*
 * Lines between panes are shared: where one pane's rect ends another's begins,
 * and the outer ones lie outside of the screen.
 */
static struct fs_rect
between(int top, int left, int bottom, int right)
{
	return (struct fs_rect){ top, left, bottom - top + 1,
	    right - left + 1 };
}

/* Entities left; Store and Worker over the Inspector over the reads. */
static void
layout_bands(int rows, int cols, struct fs_rect r[])
{
	int left = clamp(cols / 5 + 1, 13, 24), middle;
	int head = clamp(rows / 4 - 2, 2, 8);
	int foot = clamp(rows / 4 - 2 + clamp((rows - 28) / 4, 0, 9), 2, 14);
	int top = 2 + head, bottom = rows - 2 - foot;

	if (cols >= WIDE)
		left = 40;
	middle = left + (cols - left) / 2;
	r[FS_PANE_ENTITIES] = between(1, -1, rows - 1, left);
	r[FS_PANE_STORE] = between(1, left, top, middle);
	r[FS_PANE_WORKER] = between(1, middle, top, cols);
	r[FS_PANE_INSPECTOR] = between(top, left, bottom, cols);
	r[FS_PANE_READ] = between(bottom, left, rows - 1, middle);
	r[FS_PANE_BATCH_READ] = between(bottom, middle, rows - 1, cols);
}

/* Entities, the Inspector, and a column of the others; in the Store there is
 * room for six nodes where it is high as well. */
static void
layout_columns(int rows, int cols, struct fs_rect r[])
{
	int left = 40, right = cols - SIDE;
	int store = 1 + clamp(9 + (rows - 41) / 3, 9, 12), worker = store + 8;
	int reads = worker + (rows - 1 - worker) / 2;

	r[FS_PANE_ENTITIES] = between(1, -1, rows - 1, left);
	r[FS_PANE_INSPECTOR] = between(1, left, rows - 1, right);
	r[FS_PANE_STORE] = between(1, right, store, cols);
	r[FS_PANE_WORKER] = between(store, right, worker, cols);
	r[FS_PANE_READ] = between(worker, right, reads, cols);
	r[FS_PANE_BATCH_READ] = between(reads, right, rows - 1, cols);
}

void
fs_pane_layout(int rows, int cols, struct fs_rect rects[FS_PANES_SHOWN])
{
	if (cols >= WIDE && rows >= WIDE_ROWS)
		layout_columns(rows, cols, rects);
	else
		layout_bands(rows, cols, rects);
}

struct fs_rect
fs_pane_whole(int rows, int cols)
{
	return between(1, -1, rows - 1, cols);
}

struct fs_rect
fs_pane_inside(struct fs_rect rect, int rows, int cols)
{
	int top = rect.row + 1, left = rect.col + 1;
	int bottom = rect.row + rect.rows - 2, right = rect.col + rect.cols - 2;

	if (bottom > rows - 2)
		bottom = rows - 2;
	if (right > cols - 1)
		right = cols - 1;
	return between(top, left, bottom, right);
}
