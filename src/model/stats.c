#include "model/stats.h"

void
fs_stats_add(struct fs_stats *to, const struct fs_stats *more)
{
	to->batch_writes += more->batch_writes;
	to->streaming_writes += more->streaming_writes;
	to->reads += more->reads;
	to->fields_returned += more->fields_returned;
}

void
fs_stats_sub(struct fs_stats *from, const struct fs_stats *less)
{
	from->batch_writes -= less->batch_writes;
	from->streaming_writes -= less->streaming_writes;
	from->reads -= less->reads;
	from->fields_returned -= less->fields_returned;
}
