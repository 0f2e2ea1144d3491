/*
 * Rows whose columns line up. One column may stretch: where the output has a
 * width it is cut with an ellipsis to what is left, so that a row stays a
 * line. Foreign bytes are kept as views until printed.
 */
#ifndef FS_CLI_TABLE_H
#define FS_CLI_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "cli/out.h"

#define FS_TABLE_COLUMNS 16

struct fs_table_cell;

/* Zero-initialise, and say how the columns are. */
struct fs_table {
	/* A letter a column: l left, r right, s left and stretching. */
	const char		*columns;
	struct fs_table_cell	*cells;
	size_t			 count, size;
};

/* The next cell, from left to right, row by row. */
void fs_table_text(struct fs_table *table, enum fs_look look,
    const char *text);
void fs_table_printf(struct fs_table *table, enum fs_look look,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void fs_table_bytes(struct fs_table *table, enum fs_look look,
    struct fs_bytes bytes);

void fs_table_print(struct fs_table *table, struct fs_out *out);
void fs_table_free(struct fs_table *table);

#endif
