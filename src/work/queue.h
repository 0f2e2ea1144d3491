/* A bounded queue of pointers between two threads. */
#ifndef FS_WORK_QUEUE_H
#define FS_WORK_QUEUE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct fs_queue;

struct fs_queue *fs_queue_new(size_t size, void (*free_value)(void *));
void fs_queue_free(struct fs_queue *queue);	/* and what is in it */

/* False when it is full: the value still belongs to the caller. */
bool fs_queue_try_put(struct fs_queue *queue, void *value);
/* Waits while it is full; false when *cancel became true meanwhile (looked at
 * ten times a second). */
bool fs_queue_put(struct fs_queue *queue, void *value,
    const atomic_bool *cancel);
/* NULL when it is empty. */
void *fs_queue_take(struct fs_queue *queue);
/* Readable when something is in it. */
int fs_queue_fd(const struct fs_queue *queue);

#endif
