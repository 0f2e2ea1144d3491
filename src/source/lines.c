/* Entity ids, one a line: what other programs print. */
#include <stdlib.h>

#include "base/mem.h"
#include "source/bad.h"
#include "source/input.h"
#include "source/kind.h"

struct lines {
	struct fs_source	 src;
	struct fs_input		 in;
	size_t			 line_max;
	struct fs_bytes		 line;		/* the one that was found */
};

/* A line that is not empty is at the start of the input. */
static enum fs_more
lines_find(struct fs_source *src, struct fs_err *err)
{
	struct lines	*ln = (struct lines *)src;
	enum fs_more	 got = fs_input_skip_bom(&ln->in, err);
	size_t		 len;

	while (got == FS_MORE) {
		/* And a carriage return, which is known once all is there. */
		got = fs_input_line(&ln->in, ln->line_max + 1, &len, err);
		if (got != FS_MORE)
			break;
		ln->line = fs_bytes(fs_input_bytes(&ln->in).data, len);
		if (len != 0 && ln->line.data[len - 1] == '\r')
			ln->line.len--;
		if (ln->line.len != 0)
			break;
		fs_input_drop_line(&ln->in);
	}
	return got;
}

static enum fs_got
lines_take(struct fs_source *src, struct fs_row *row, struct fs_bad *bad)
{
	struct lines *ln = (struct lines *)src;

	row->entity = ln->line;
	fs_input_drop_line(&ln->in);
	return ln->line.len > ln->line_max ?
	    fs_bad_say(bad, "too long an id") : FS_GOT_ROW;
}

static void
lines_close(struct fs_source *src)
{
	struct lines *ln = (struct lines *)src;

	fs_input_close(&ln->in);
	free(ln);
}

static const struct fs_source_kind kind = {
	.find = lines_find,
	.take = lines_take,
	.close = lines_close,
};

struct fs_source *
fs_source_lines(int fd, const struct fs_source_options *opt)
{
	struct lines *ln = fs_xcalloc(1, sizeof(*ln));

	ln->src.kind = &kind;
	ln->src.in = &ln->in;
	ln->line_max = opt->line_max != 0 ? opt->line_max : FS_LINE_MAX;
	fs_input_open(&ln->in, fd, opt->wait);
	return &ln->src;
}
