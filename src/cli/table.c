#include "cli/table.h"

#include <stdarg.h>
#include <stdlib.h>

#include "base/escape.h"
#include "base/mem.h"

#define GAP	2		/* columns between columns */
#define LEAST	8		/* of the one that stretches */
#define MOST	60		/* that others are moved by it */

struct fs_table_cell {
	struct fs_bytes	 bytes;
	char		*own;		/* NULL: foreign bytes, a view */
	enum fs_look	 look;
};

static struct fs_table_cell *
add(struct fs_table *table, enum fs_look look)
{
	struct fs_table_cell *cell;

	if (table->count == table->size) {
		table->size = table->size != 0 ? table->size * 2 : 64;
		table->cells = fs_xreallocarray(table->cells, table->size,
		    sizeof(*table->cells));
	}
	cell = &table->cells[table->count++];
	*cell = (struct fs_table_cell){ .look = look };
	return cell;
}

void
fs_table_bytes(struct fs_table *table, enum fs_look look,
    struct fs_bytes bytes)
{
	add(table, look)->bytes = bytes;
}

void
fs_table_text(struct fs_table *table, enum fs_look look, const char *text)
{
	struct fs_table_cell *cell = add(table, look);

	cell->own = fs_xstrdup(text);
	cell->bytes = fs_bytes_of(cell->own);
}

void
fs_table_printf(struct fs_table *table, enum fs_look look, const char *fmt,
    ...)
{
	struct fs_table_cell	*cell = add(table, look);
	struct fs_str		 str = { 0 };
	va_list			 ap;

	va_start(ap, fmt);
	fs_str_vaddf(&str, fmt, ap);
	va_end(ap);
	cell->bytes.len = str.len;
	cell->own = fs_str_take(&str);
	cell->bytes.data = cell->own;
}

static size_t
width_of(const struct fs_table_cell *cell, bool utf8)
{
	return fs_escape_width(cell->bytes, utf8 || cell->own != NULL);
}

/* The widest cell of each column, and what is left for one that stretches. */
static void
measure(const struct fs_table *table, const struct fs_out *out,
    size_t *widths)
{
	size_t ncols = strlen(table->columns), others = 0, stretch = ncols;

	for (size_t i = 0; i < table->count; i++) {
		size_t width = width_of(&table->cells[i], out->utf8);

		if (widths[i % ncols] < width)
			widths[i % ncols] = width;
	}
	for (size_t col = 0; col < ncols; col++) {
		if (table->columns[col] == 's')
			stretch = col;
		else
			others += widths[col];
	}
	if (stretch == ncols)
		return;
	others += GAP * (ncols - 1);
	if (out->width == 0 && widths[stretch] > MOST)
		widths[stretch] = MOST;
	else if (out->width != 0 && widths[stretch] + others > out->width)
		widths[stretch] = out->width > others + LEAST ?
		    out->width - others : LEAST;
}

static void
pad(struct fs_out *out, size_t n)
{
	while (n-- > 0)
		fs_out_text(out, " ");
}

/* Returns the columns used; cut is the most, or 0. */
static size_t
print_cell(const struct fs_table_cell *cell, struct fs_out *out, size_t cut)
{
	size_t used;

	fs_out_on(out, cell->look);
	if (cell->own != NULL) {
		used = width_of(cell, true);
		fs_out_raw(out, cell->bytes.data, cell->bytes.len);
	} else if (cut != 0) {
		used = fs_escape_fit(&out->text, cell->bytes, cut, out->utf8);
	} else {
		used = width_of(cell, out->utf8);
		fs_out_bytes(out, cell->bytes);
	}
	fs_out_off(out, cell->look);
	return used;
}

static void
print_row(const struct fs_table *table, struct fs_out *out,
    const struct fs_table_cell *row, size_t ncols, const size_t *widths)
{
	size_t used, owed = 0;

	for (size_t col = 0; col < ncols; col++) {
		bool	right = table->columns[col] == 'r';
		bool	cut = table->columns[col] == 's' && out->width != 0;
		size_t	width = width_of(&row[col], out->utf8);

		if (width == 0) {	/* no blanks at the end of a line */
			owed += widths[col] + GAP;
			continue;
		}
		pad(out, owed + (right && width < widths[col] ?
		    widths[col] - width : 0));
		used = print_cell(&row[col], out, cut ? widths[col] : 0);
		owed = GAP + (!right && used < widths[col] ?
		    widths[col] - used : 0);
	}
	fs_out_text(out, "\n");
}

void
fs_table_print(struct fs_table *table, struct fs_out *out)
{
	size_t ncols = strlen(table->columns);
	size_t widths[FS_TABLE_COLUMNS] = { 0 };

	measure(table, out, widths);
	for (size_t i = 0; i + ncols <= table->count; i += ncols)
		print_row(table, out, &table->cells[i], ncols, widths);
}

void
fs_table_free(struct fs_table *table)
{
	for (size_t i = 0; i < table->count; i++)
		free(table->cells[i].own);
	free(table->cells);
	table->cells = NULL;
	table->count = table->size = 0;
}
