/* A table that has more and wider columns where there is more room. (pure) */
#ifndef FS_UI_TABLE_H
#define FS_UI_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "ui/canvas.h"

#define FS_TABLE_TIERS	3	/* narrow, wide, very wide */

struct fs_column {
	const char	*title;
	int		 width[FS_TABLE_TIERS];	/* 0: not shown; -1: the rest */
	bool		 left;		/* and a column is left free behind it;
					   else its text stands right */
	void		(*draw)(struct fs_canvas *cv, int row, int col,
			    int width, const void *item);
};

/* Where one begins with so many columns: the first tier is for any width. */
struct fs_table {
	const struct fs_column	*column;
	size_t			 count;
	int			 least[FS_TABLE_TIERS];
};

void fs_table_head(const struct fs_table *table, struct fs_canvas *cv,
    int row);
void fs_table_row(const struct fs_table *table, struct fs_canvas *cv, int row,
    const void *item);

#endif
