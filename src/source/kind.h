/* What each kind of source brings with it. For the files of source/ alone. */
#ifndef FS_SOURCE_KIND_H
#define FS_SOURCE_KIND_H

#include <stdint.h>

#include "source/input.h"
#include "source/source.h"

#define FS_LINE_MAX	((size_t)1 << 20)	/* when line_max is 0 */

struct fs_source_kind {
	/* Make sure that a row is there; its bytes are not consumed yet. */
	enum fs_more	(*find)(struct fs_source *src, struct fs_err *err);
	/* Consume it; row is empty but for where it stands. */
	enum fs_got	(*take)(struct fs_source *src, struct fs_row *row,
			    struct fs_bad *bad);
	/* Where there is no input to tell. */
	void		(*progress)(const struct fs_source *src,
			    uint64_t *done, uint64_t *total);
	void		(*close)(struct fs_source *src);
};

/* The first member of every source. */
struct fs_source {
	const struct fs_source_kind	*kind;
	const struct fs_input		*in;	/* NULL: made up */
};

#endif
