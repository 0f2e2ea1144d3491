/*
 * How many entities there are, and the first of their ids: a scan on a
 * connection of its own, taken a page at a time while there is nothing better
 * to do, with long pauses. For one thread.
 */
#ifndef FS_WORK_CENSUS_H
#define FS_WORK_CENSUS_H

#include <stdbool.h>
#include <stdint.h>

#include "model/list.h"
#include "model/snap.h"
#include "store/store.h"

#define FS_CENSUS_IDS	20000	/* ids kept: the first in their order */

struct fs_counter;

struct fs_counter *fs_counter_new(const struct fs_store_options *opt);
void fs_counter_free(struct fs_counter *ct);	/* NULL is a no-op */

/* When fs_counter_step() has something to do; FS_NEVER: not by itself. */
int64_t fs_counter_due(struct fs_counter *ct);
/* At most a page. Whether there is something new to show. */
bool fs_counter_step(struct fs_counter *ct);

/* Begin anew at once. */
void fs_counter_poke(struct fs_counter *ct);
/* The server is there, and has so many keys (-1: not known). */
void fs_counter_up(struct fs_counter *ct, int64_t dbsize);
/* It is not: wait until it is up. */
void fs_counter_down(struct fs_counter *ct);

/* What is known. Between scans the count moves with the number of keys, where
 * the prefix holds the whole database. */
struct fs_census fs_counter_census(const struct fs_counter *ct);

/* The ids, and whether they are all; changes counts how often they changed. */
const struct fs_list *fs_counter_ids(const struct fs_counter *ct,
    bool *complete, uint64_t *changes);

#endif
