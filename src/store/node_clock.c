#include "store/node_clock.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

void
fs_node_clocks_free(struct fs_node_clocks *nc)
{
	free(nc->clock);
	*nc = (struct fs_node_clocks){ 0 };
}

struct fs_node_clock *
fs_node_clocks_at(struct fs_node_clocks *nc, int node)
{
	size_t i = (size_t)node + 1;

	if (i >= nc->n) {
		nc->clock = fs_xreallocarray(nc->clock, i + 1,
		    sizeof(*nc->clock));
		memset(nc->clock + nc->n, 0,
		    (i + 1 - nc->n) * sizeof(*nc->clock));
		nc->n = i + 1;
	}
	return &nc->clock[i];
}

bool
fs_node_clocks_take(struct fs_node_clocks *nc, const struct fs_unit *unit,
    const struct fs_reply *reply, struct fs_err *err)
{
	struct fs_node_clock *clock = fs_node_clocks_at(nc, unit->node);

	if (!fs_reply_want_time(reply, &clock->server_us, err))
		return false;
	clock->mono_us = unit->mono_us;
	nc->last = *clock;
	return true;
}

int64_t
fs_node_clocks_date(struct fs_node_clocks *nc, const struct fs_unit *unit)
{
	const struct fs_node_clock *clock = fs_node_clocks_at(nc, unit->node);

	if (clock->server_us == 0)
		clock = &nc->last;
	if (clock->server_us == 0)
		return fs_clock_wall() / 1000;
	return (clock->server_us + unit->mono_us - clock->mono_us) / 1000;
}
