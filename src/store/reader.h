/*
 * Many entities through the window. Add until full, take until it gives NULL;
 * answers come in the order added. A failed entity has its err set, the others
 * go on.
 */
#ifndef FS_STORE_READER_H
#define FS_STORE_READER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "model/entity.h"
#include "model/list.h"
#include "store/store.h"

struct fs_reader;

/* names is copied. ttls: also deadlines; without, only values are known. */
struct fs_reader *fs_reader_open(struct fs_store *st,
    const struct fs_list *names, bool ttls);
void fs_reader_close(struct fs_reader *rd);	/* drops what is in flight */

bool fs_reader_full(const struct fs_reader *rd);
size_t fs_reader_pending(const struct fs_reader *rd);
void fs_reader_add(struct fs_reader *rd, struct fs_bytes id);

/*
 * The next answer, waiting for it; NULL when nothing is pending. It belongs to
 * the reader and is good until the next call (fs_entity_copy for longer).
 */
const struct fs_entity *fs_reader_take(struct fs_reader *rd);

#endif
