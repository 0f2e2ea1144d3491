/*
 * Entities at random, uniform over the store without walking all of it (lot.c
 * tells how and why), for who needs a few again and again in one round trip a
 * time: a picker finds the next ones in the same flight as the caller's writes.
 *
 *	fs_picker_take(pk, n, ids, err)		nearly always without waiting
 *	fs_writer_stream(wr, ...)		for each of ids
 *	fs_picker_prefetch(pk)
 *	while (fs_writer_take(wr) != NULL) ...	also what the picker asked
 */
#ifndef FS_STORE_PICK_H
#define FS_STORE_PICK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/rng.h"
#include "model/list.h"
#include "redis/batch.h"
#include "store/store.h"

struct fs_picker;

/*
 * rng must outlive it. Entities whose key goes within margin_ms of being taken
 * are left out, so that a write does not bring an expired one back; -1 gives
 * all, spares the question, and lets replicas answer (see addr.h).
 */
struct fs_picker *fs_picker_open(struct fs_store *st, struct fs_rng *rng,
    int64_t margin_ms);
void fs_picker_close(struct fs_picker *pk);	/* NULL is a no-op */

/*
 * Keep to a budget as a scan does (scan.h), none if both are 0, and to the
 * store's rate: takes pause then, so that it is not for who must not be late.
 * And give fewer where to walk over all is less work, which is left to the
 * caller. Before the first.
 */
void fs_picker_budget(struct fs_picker *pk, int64_t rate, double duty);

/*
 * Up to n different ids, uniform over the store, different from call to call
 * only by chance. Waits for the server when too few are ready; nothing else
 * may be in flight then. A node that does not answer is left out.
 */
bool fs_picker_take(struct fs_picker *pk, size_t n, struct fs_list *ids,
    struct fs_err *err);

/* What the takes until now have left out: a node that did not answer. */
const struct fs_err *fs_picker_err(const struct fs_picker *pk);

/* Whether to walk over all is less work than to meet so many more, as far as
 * the takes until now can tell. */
bool fs_picker_is_costly(const struct fs_picker *pk, double need);

/* Ask for as many as the last take wanted; adds units to the store's batch. */
void fs_picker_prefetch(struct fs_picker *pk);

/* Units of a picker have this bit in their tag; hand them to it. */
#define FS_PICK_TAG	(UINT64_C(1) << 61)
void fs_picker_answer(struct fs_picker *pk, const struct fs_unit *unit);

#endif
