#include "model/row.h"

#include <stdlib.h>

#include "base/mem.h"

#define FIRST_SIZE	16

void
fs_row_clear(struct fs_row *row)
{
	struct fs_cell	*cells = row->cells;
	size_t		 size = row->size;

	*row = (struct fs_row){ .cells = cells, .size = size };
}

void
fs_row_grow(struct fs_row *row)
{
	row->size = row->size != 0 ? row->size * 2 : FIRST_SIZE;
	row->cells = fs_xreallocarray(row->cells, row->size,
	    sizeof(*row->cells));
}

void
fs_row_free(struct fs_row *row)
{
	free(row->cells);
	*row = (struct fs_row){ 0 };
}
