/* What each kind of source brings with it. For the files of source/ alone. */
#ifndef FS_SOURCE_KIND_H
#define FS_SOURCE_KIND_H

#include <stdint.h>

#include "source/input.h"
#include "source/source.h"

#define FS_LINE_MAX	((size_t)1 << 20)	/* when line_max is 0 */

struct fs_source_kind {
	enum fs_got	(*next)(struct fs_source *src, struct fs_row *row,
			    struct fs_bad *bad, struct fs_err *err);
	/* NULL: its input tells. */
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
