/*
 * Where a unit goes, and what its answers mean: slots and replicas, MOVED and
 * ASK, what passes by itself, MULTI, and the end of each. Nothing here waits.
 */
#ifndef FS_REDIS_ROUTE_H
#define FS_REDIS_ROUTE_H

#include "redis/peer.h"

/* On its way to who has its slot, or to who was asked for: into the output,
 * among those who wait for a connection, put off, or failed at once. */
void fs_route_place(struct fs_cluster *cl, struct fs_work *w);

/* The same for a certain peer, as ASK wants it. */
void fs_route_to(struct fs_cluster *cl, struct fs_work *w,
    struct fs_peer *peer);

/* Whether a peer is to be connected to anew, and nothing sent until then. */
bool fs_route_reopens(const struct fs_cluster *cl, const struct fs_peer *peer);

/* All replies to a sending are there: it is answered, or it goes on. */
void fs_route_settle(struct fs_cluster *cl, struct fs_work *w);

/* The end of a unit that is in no list any more. Lost: its fate is UNKNOWN if
 * some of a write may be done; a read may always be sent again. What may, and
 * is lost with its connection, goes on instead as long as there is patience. */
void fs_route_fail(struct fs_cluster *cl, struct fs_work *w,
    enum fs_fate fate, const struct fs_err *err);
void fs_route_lost(struct fs_cluster *cl, struct fs_work *w,
    const struct fs_err *err);

/* What is on its way now may be on ways that cross: see route.c, Order. */
static inline void
fs_route_stray(struct fs_cluster *cl)
{
	cl->strayed = cl->placed;
}

/* Timers are to be looked at by then. */
static inline void
fs_route_wake(struct fs_cluster *cl, int64_t when)
{
	if (when < cl->wake)
		cl->wake = when;
}

#endif
