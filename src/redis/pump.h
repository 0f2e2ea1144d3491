/*
 * Moves units to servers and replies back: connects, writes, reads, matches,
 * follows redirects, counts time. What never waits is said so.
 */
#ifndef FS_REDIS_PUMP_H
#define FS_REDIS_PUMP_H

#include "redis/peer.h"

/* A closed unit goes on its way. Never waits, not even for a look-up. */
void fs_pump_add(struct fs_cluster *cl, struct fs_work *work);

/* It failed before it went anywhere. */
void fs_pump_refuse(struct fs_cluster *cl, struct fs_work *work,
    const struct fs_err *err);

/*
 * Connect where needed, write what the sockets take, and wait until something
 * happens: a unit is complete, fd (or -1) is readable, a timer or the deadline
 * has come. Returns whether it was fd. A name is looked up in here, one in a
 * turn, and each turn begins with a look at cancel.
 */
bool fs_pump_turn(struct fs_cluster *cl, int fd, int64_t deadline);

/* Forget the units of a batch; links that owe replies to them are closed. */
void fs_pump_drop(struct fs_cluster *cl, struct fs_batch *batch);

bool fs_pump_cancelled(const struct fs_cluster *cl);

#endif
