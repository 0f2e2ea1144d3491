/*
 * CSV by RFC 4180, strictly: what is not of that grammar is a bad row, and
 * reading goes on after the first line of it, so that a stray quote costs one
 * row and not the rest of the file.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "base/num.h"
#include "source/bad.h"
#include "source/input.h"
#include "source/kind.h"

#define COLUMNS_MAX	(FS_FEATURES_MAX + 1)

enum parsed {
	CELL,		/* and another one follows */
	LAST,		/* the last one of the row */
	SHORT,		/* more bytes are needed */
	BROKEN,		/* not CSV: csv->why */
};

struct cell {
	char	*data;
	size_t	 len;
	bool	 quoted;
	bool	 doubled;	/* quotes in it are still doubled */
};

struct column {
	char		*name;
	size_t		 name_len;
	int		 feature;	/* in the schema, or -1 */
	enum fs_type	 type;
};

struct csv {
	struct fs_source	 src;
	struct fs_input		 in;
	const struct fs_schema	*schema;
	size_t			 line_max;
	char			*id_name;	/* NULL: the first */
	bool			 events, ids;
	bool			 failed;
	struct column		*columns;	/* NULL: header not yet read */
	size_t			 ncolumns;
	size_t			 id;		/* index of a column */
	size_t			 ttl;		/* or ncolumns: none */

	/* The row that was parsed last. */
	bool			 broken;	/* it is no CSV: why */
	size_t			 ncells;
	struct cell		 cells[COLUMNS_MAX + 1]; /* the last: others */
	char			*at;		/* where parsing is */
	char			*end;
	uint64_t		 newlines;
	const char		*why;		/* in the last cell, or no cell */
};

/* What ends a run of ordinary bytes in a cell without quotes. */
static const bool special[256] = {
	['\0'] = true, ['\n'] = true, ['\r'] = true, ['"'] = true,
	[','] = true,
};

/*
 * Grammar
 */

static enum parsed
broken(struct csv *csv, const char *why)
{
	csv->why = why;
	return BROKEN;
}

static enum parsed
more(const struct csv *csv)
{
	return csv->in.eof ? LAST : SHORT;
}

/* Pass what separates a cell from the next. */
static enum parsed
separator(struct csv *csv, const char *otherwise)
{
	char *at = csv->at;

	if (at == csv->end)
		return more(csv);
	if (*at == ',') {
		csv->at++;
		return CELL;
	}
	if (*at == '\r') {
		csv->at++;
		if (csv->at == csv->end)
			return more(csv);
		if (*csv->at != '\n')
			return broken(csv, "a carriage return in a cell "
			    "without quotes");
	}
	if (*csv->at == '\n') {
		csv->at++;
		csv->newlines++;
		return LAST;
	}
	return broken(csv, *at == '\0' ? "a NUL byte" : otherwise);
}

static enum parsed
plain_cell(struct csv *csv, struct cell *cell)
{
	char *at = csv->at;

	cell->data = at;
	while (!special[(unsigned char)*at])
		at++;
	cell->len = (size_t)(at - cell->data);
	cell->quoted = cell->doubled = false;
	csv->at = at;
	return separator(csv, "a quote in a cell without quotes");
}

static void
count_newlines(struct csv *csv, const char *at, const char *end)
{
	while ((at = memchr(at, '\n', (size_t)(end - at))) != NULL) {
		csv->newlines++;
		at++;
	}
}

static enum parsed
quoted_cell(struct csv *csv, struct cell *cell)
{
	char *at = csv->at + 1;

	cell->data = at;
	cell->quoted = true;
	cell->doubled = false;
	for (;;) {
		at = memchr(at, '"', (size_t)(csv->end - at));
		if (at == NULL && csv->in.eof) {
			csv->at = csv->end;
			return broken(csv, "a quote that is not closed");
		}
		if (at == NULL)
			return SHORT;
		if (at + 1 == csv->end || at[1] != '"')
			break;
		cell->doubled = true;
		at += 2;
	}
	/* It may be the first of two, and what is broken depends on that. */
	if (at + 1 == csv->end && !csv->in.eof)
		return SHORT;
	cell->len = (size_t)(at - cell->data);
	csv->at = at + 1;
	count_newlines(csv, cell->data, at);
	if (memchr(cell->data, '\0', cell->len) != NULL)
		return broken(csv, "a NUL byte");
	return separator(csv, "text after a closing quote");
}

static struct cell *
next_cell(struct csv *csv)
{
	size_t i = csv->ncells++;

	return &csv->cells[i < COLUMNS_MAX ? i : COLUMNS_MAX];
}

/*
 * The row at the input's start, as far as it is there. What is wrong beyond
 * the limit does not matter: it depends on how much was read at once.
 */
static enum parsed
parse(struct csv *csv)
{
	struct fs_bytes	have = fs_input_bytes(&csv->in);
	char		*start = csv->in.buf + csv->in.start;
	enum parsed	parsed = CELL;
	size_t		passed;

	csv->at = start;
	csv->end = start + have.len;
	csv->ncells = 0;
	csv->newlines = 0;
	while (parsed == CELL) {
		struct cell *cell = next_cell(csv);

		if (*csv->at == '"' && csv->at != csv->end)
			parsed = quoted_cell(csv, cell);
		else
			parsed = plain_cell(csv, cell);
	}
	passed = parsed == SHORT ? have.len : (size_t)(csv->at - start);
	if (passed > csv->line_max) {
		csv->ncells = 0;
		return broken(csv, "too long a row, or a quote that is not "
		    "closed");
	}
	return parsed;
}

/* Parse a row that is all there: FS_MORE, and csv->broken tells. */
static enum fs_more
fetch(struct csv *csv, struct fs_err *err)
{
	enum fs_more	got = fs_input_settle(&csv->in, err);
	enum parsed	parsed;

	while (got == FS_MORE) {
		if (csv->in.start == csv->in.end && csv->in.eof)
			return FS_MORE_END;
		parsed = parse(csv);
		csv->broken = parsed == BROKEN;
		if (parsed != SHORT)
			return FS_MORE;
		got = fs_input_more(&csv->in, err);
		if (got == FS_MORE_END)
			got = FS_MORE;	/* what is there is the last row */
	}
	return got;
}

static void
consume(struct csv *csv)
{
	fs_input_consume(&csv->in, (size_t)(csv->at - csv->in.buf) -
	    csv->in.start, csv->newlines);
}

static bool
is_blank(const struct csv *csv)
{
	return csv->ncells == 1 && csv->cells[0].len == 0 &&
	    !csv->cells[0].quoted;
}

/* A cell's text, doubled quotes made single where they are. */
static struct fs_bytes
text_of(struct cell *cell)
{
	char *from = cell->data, *to = cell->data;
	const char *end = cell->data + cell->len;

	if (!cell->doubled)
		return fs_bytes(cell->data, cell->len);
	while (from < end) {
		from += *from == '"';
		*to++ = *from++;
	}
	cell->len = (size_t)(to - cell->data);
	cell->doubled = false;
	return fs_bytes(cell->data, cell->len);
}

/*
 * Header
 */

static bool
add_column(struct csv *csv, struct fs_bytes name, struct fs_err *err)
{
	struct column	*column = &csv->columns[csv->ncolumns];
	char		 what[FS_EXCERPT];

	if (name.len == 0)
		return fs_fail(err, FS_EINPUT,
		    "header: column %zu has no name", csv->ncolumns + 1);
	for (size_t i = 0; i < csv->ncolumns; i++) {
		if (fs_bytes_eq(name, fs_bytes(csv->columns[i].name,
		    csv->columns[i].name_len)))
			return fs_fail(err, FS_EINPUT,
			    "header: columns %zu and %zu are both %s", i + 1,
			    csv->ncolumns + 1, fs_excerpt(what, name));
	}
	column->name = fs_xmemdup0(name.data, name.len);
	column->name_len = name.len;
	column->feature = fs_schema_find(csv->schema, name);
	if (column->feature != -1)
		column->type = csv->schema->features[column->feature].type;
	csv->ncolumns++;
	return true;
}

/* Which column is the entity, and which the TTL of an event. */
static bool
choose_columns(struct csv *csv, struct fs_err *err)
{
	bool found = csv->id_name == NULL;

	csv->ttl = csv->ncolumns;
	for (size_t i = 0; i < csv->ncolumns; i++) {
		const struct column *column = &csv->columns[i];

		if (csv->id_name != NULL && strcmp(column->name,
		    csv->id_name) == 0) {
			csv->id = i;
			found = true;
		} else if (csv->events && column->feature == -1 &&
		    strcmp(column->name, "ttl") == 0) {
			csv->ttl = i;
		}
	}
	if (!found)
		return fs_fail(err, FS_EINPUT, "header: no column '%s'",
		    csv->id_name);
	return true;
}

static bool
take_header(struct csv *csv, struct fs_err *err)
{
	if (csv->broken && csv->ncells == 0)
		return fs_fail(err, FS_EINPUT, "header: %s", csv->why);
	if (csv->broken)
		return fs_fail(err, FS_EINPUT, "header: column %zu: %s",
		    csv->ncells, csv->why);
	if (csv->ncells > COLUMNS_MAX)
		return fs_fail(err, FS_EINPUT, "header: %zu columns, more "
		    "than %d", csv->ncells, COLUMNS_MAX);
	csv->columns = fs_xcalloc(csv->ncells, sizeof(*csv->columns));
	for (size_t i = 0; i < csv->ncells; i++) {
		if (!add_column(csv, text_of(&csv->cells[i]), err))
			return false;
	}
	consume(csv);
	return choose_columns(csv, err);
}

static enum fs_more
read_header(struct csv *csv, struct fs_err *err)
{
	enum fs_more got = fs_input_skip_bom(&csv->in, err);

	if (got == FS_MORE)
		got = fetch(csv, err);
	if (got == FS_MORE_END) {
		fs_fail(err, FS_EINPUT, "empty: a header row is needed");
		return FS_MORE_FAIL;
	}
	if (got == FS_MORE && !take_header(csv, err)) {
		csv->failed = true;
		return FS_MORE_FAIL;
	}
	return got;
}

/*
 * Rows
 */

static enum fs_got
bad_id(struct fs_bad *bad, const struct column *column)
{
	char what[FS_EXCERPT];

	return fs_bad_say(bad, "no entity: %s is empty", fs_excerpt(what,
	    fs_bytes(column->name, column->name_len)));
}

static enum fs_got
take_ttl(struct csv *csv, struct fs_row *row, struct fs_bad *bad)
{
	struct cell	*cell = &csv->cells[csv->ttl];
	char		 what[FS_EXCERPT];

	if (cell->len == 0)
		return FS_GOT_ROW;
	if (fs_num_duration(text_of(cell), &row->ttl_ms) && row->ttl_ms > 0)
		return FS_GOT_ROW;
	return fs_bad_say(bad, "ttl: %s is not a time to live",
	    fs_excerpt(what, text_of(cell)));
}

static enum fs_got
take_cells(struct csv *csv, struct fs_row *row, struct fs_bad *bad)
{
	for (size_t i = 0; i < csv->ncolumns; i++) {
		const struct column *column = &csv->columns[i];
		struct cell	*cell = &csv->cells[i];
		struct fs_bytes	 name, text;

		if (i == csv->id || i == csv->ttl ||
		    (cell->len == 0 && !cell->quoted))
			continue;
		name = fs_bytes(column->name, column->name_len);
		text = text_of(cell);
		if (column->feature != -1 &&
		    !fs_type_accepts(column->type, text))
			return fs_bad_value(bad, name, text, column->type);
		fs_row_add(row, column->feature, name, text);
	}
	if (row->ncells == 0)
		return fs_bad_say(bad, "no values");
	return FS_GOT_ROW;
}

static enum fs_got
take_row(struct csv *csv, struct fs_row *row, struct fs_bad *bad)
{
	if (csv->ncells != csv->ncolumns)
		return fs_bad_say(bad, "%zu cells, but the header has %zu",
		    csv->ncells, csv->ncolumns);
	row->entity = text_of(&csv->cells[csv->id]);
	if (row->entity.len == 0)
		return bad_id(bad, &csv->columns[csv->id]);
	/* What is not asked for may be anything. */
	if (csv->ids)
		return FS_GOT_ROW;
	if (csv->ttl != csv->ncolumns &&
	    take_ttl(csv, row, bad) == FS_GOT_BAD)
		return FS_GOT_BAD;
	return take_cells(csv, row, bad);
}

/* The bad row's first line is all that is passed over. */
static enum fs_got
pass_broken(struct csv *csv, struct fs_bad *bad)
{
	const struct column	*column;
	char			 what[FS_EXCERPT];

	fs_input_drop_line(&csv->in);
	if (csv->ncells == 0)
		return fs_bad_say(bad, "%s", csv->why);
	if (csv->ncells > csv->ncolumns)
		return fs_bad_say(bad, "cell %zu: %s", csv->ncells, csv->why);
	column = &csv->columns[csv->ncells - 1];
	return fs_bad_say(bad, "%s: %s", fs_excerpt(what,
	    fs_bytes(column->name, column->name_len)), csv->why);
}

/* The next row that is not blank. */
static enum fs_more
csv_find(struct fs_source *src, struct fs_err *err)
{
	struct csv	*csv = (struct csv *)src;
	enum fs_more	 got = FS_MORE;

	if (csv->failed)
		return FS_MORE_FAIL;
	if (csv->columns == NULL)
		got = read_header(csv, err);
	while (got == FS_MORE) {
		got = fetch(csv, err);
		if (got != FS_MORE || csv->broken || !is_blank(csv))
			return got;
		consume(csv);
	}
	return got;
}

static enum fs_got
csv_take(struct fs_source *src, struct fs_row *row, struct fs_bad *bad)
{
	struct csv *csv = (struct csv *)src;

	if (csv->broken)
		return pass_broken(csv, bad);
	consume(csv);
	return take_row(csv, row, bad);
}

static void
csv_close(struct fs_source *src)
{
	struct csv *csv = (struct csv *)src;

	fs_input_close(&csv->in);
	for (size_t i = 0; i < csv->ncolumns; i++)
		free(csv->columns[i].name);
	free(csv->columns);
	free(csv->id_name);
	free(csv);
}

static const struct fs_source_kind kind = {
	.find = csv_find,
	.take = csv_take,
	.close = csv_close,
};

struct fs_source *
fs_source_csv(int fd, const struct fs_source_options *opt, struct fs_err *err)
{
	struct csv *csv = fs_xcalloc(1, sizeof(*csv));

	csv->src.kind = &kind;
	csv->src.in = &csv->in;
	csv->schema = opt->schema;
	csv->events = opt->events;
	csv->ids = opt->ids;
	csv->line_max = opt->line_max != 0 ? opt->line_max : FS_LINE_MAX;
	if (opt->id_column != NULL)
		csv->id_name = fs_xstrdup(opt->id_column);
	fs_input_open(&csv->in, fd, opt->wait);
	if (read_header(csv, err) == FS_MORE_FAIL) {
		csv_close(&csv->src);
		return NULL;
	}
	return &csv->src;
}
