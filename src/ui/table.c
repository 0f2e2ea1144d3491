#include "ui/table.h"

#include "ui/part.h"

static int
tier_of(const struct fs_table *table, int cols)
{
	int tier = 0;

	while (tier + 1 < FS_TABLE_TIERS && cols >= table->least[tier + 1])
		tier++;
	return tier;
}

/* How wide the column is that begins here; 0: it is not shown. */
static int
width_of(const struct fs_column *column, int tier, int col, int cols)
{
	int width = column->width[tier], rest = cols - FS_PART_PAD - col;

	if (width < 0)
		width = rest;
	return width > 0 && width <= rest + FS_PART_PAD ? width : 0;
}

void
fs_table_head(const struct fs_table *table, struct fs_canvas *cv, int row)
{
	int cols = fs_canvas_area(cv).cols, tier = tier_of(table, cols);
	int col = FS_PART_PAD;

	for (size_t i = 0; i < table->count; i++) {
		const struct fs_column *column = &table->column[i];
		int width = width_of(column, tier, col, cols);

		if (width > 0 && column->left)
			fs_canvas_text(cv, row, col, FS_STYLE_DIM, "%s",
			    column->title);
		else if (width > 0)
			fs_canvas_right(cv, row, col, width, FS_STYLE_DIM,
			    "%s", column->title);
		col += width;
	}
}

void
fs_table_row(const struct fs_table *table, struct fs_canvas *cv, int row,
    const void *item)
{
	int cols = fs_canvas_area(cv).cols, tier = tier_of(table, cols);
	int col = FS_PART_PAD;

	for (size_t i = 0; i < table->count; i++) {
		const struct fs_column *column = &table->column[i];
		int width = width_of(column, tier, col, cols);

		if (width > 0)
			column->draw(cv, row, col, width - column->left, item);
		col += width;
	}
}
