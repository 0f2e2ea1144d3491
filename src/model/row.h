/*
 * The writing side: one entity with the values to write, as a source yields
 * it and a writer takes it. Views only: whoever filled the row owns the bytes,
 * and they are good until he is asked for the next one.
 */
#ifndef FS_MODEL_ROW_H
#define FS_MODEL_ROW_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct fs_cell {
	struct fs_bytes	name;
	struct fs_bytes	value;
	int		feature;	/* index in the schema, -1: not in it */
};

struct fs_row {
	struct fs_bytes	 entity;
	struct fs_cell	*cells;
	size_t		 ncells;
	size_t		 size;		/* allocated, for fs_row_add */
	int64_t		 ttl_ms;	/* of an event; 0: as configured */
	uint64_t	 line;		/* where it starts, from 1; 0: none */
	uint64_t	 offset;	/* byte offset there */
};

void fs_row_clear(struct fs_row *row);
void fs_row_grow(struct fs_row *row);	/* room for one more cell */
void fs_row_free(struct fs_row *row);	/* the cells, not the bytes */

static inline void
fs_row_add(struct fs_row *row, int feature, struct fs_bytes name,
    struct fs_bytes value)
{
	if (row->ncells == row->size)
		fs_row_grow(row);
	row->cells[row->ncells++] = (struct fs_cell){ name, value, feature };
}

#endif
