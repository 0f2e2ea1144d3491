#include "work/queue.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "work/bell.h"
#include "work/thread.h"

#define LOOK_US	(100 * FS_MS)	/* at the cancel flag, while it is full */

struct fs_queue {
	pthread_mutex_t	  lock;
	pthread_cond_t	  room;
	int		  bell;		/* rings while something is in it */
	void		(*free_value)(void *);
	void		**ring;
	size_t		  size, first, count;
};

struct fs_queue *
fs_queue_new(size_t size, void (*free_value)(void *))
{
	struct fs_queue *queue = fs_xcalloc(1, sizeof(*queue));

	pthread_mutex_init(&queue->lock, NULL);
	fs_cond_init(&queue->room);
	queue->bell = fs_bell_open();
	queue->free_value = free_value;
	queue->size = size;
	queue->ring = fs_xcalloc(size, sizeof(*queue->ring));
	return queue;
}

void
fs_queue_free(struct fs_queue *queue)
{
	if (queue == NULL)
		return;
	for (size_t i = 0; i < queue->count; i++)
		queue->free_value(queue->ring[(queue->first + i) %
		    queue->size]);
	fs_bell_close(queue->bell);
	pthread_cond_destroy(&queue->room);
	pthread_mutex_destroy(&queue->lock);
	free(queue->ring);
	free(queue);
}

/* Called with the lock held, when there is room. */
static void
add(struct fs_queue *queue, void *value)
{
	queue->ring[(queue->first + queue->count) % queue->size] = value;
	if (queue->count++ == 0)
		fs_bell_ring(queue->bell);
}

bool
fs_queue_try_put(struct fs_queue *queue, void *value)
{
	bool ok;

	pthread_mutex_lock(&queue->lock);
	ok = queue->count < queue->size;
	if (ok)
		add(queue, value);
	pthread_mutex_unlock(&queue->lock);
	return ok;
}

bool
fs_queue_put(struct fs_queue *queue, void *value, const atomic_bool *cancel)
{
	bool ok;

	pthread_mutex_lock(&queue->lock);
	while (queue->count == queue->size && !atomic_load(cancel))
		fs_cond_wait_until(&queue->room, &queue->lock,
		    fs_clock_mono() + LOOK_US);
	ok = queue->count < queue->size;
	if (ok)
		add(queue, value);
	pthread_mutex_unlock(&queue->lock);
	return ok;
}

void *
fs_queue_take(struct fs_queue *queue)
{
	void *value = NULL;

	pthread_mutex_lock(&queue->lock);
	if (queue->count != 0) {
		value = queue->ring[queue->first];
		queue->first = (queue->first + 1) % queue->size;
		if (--queue->count == 0)
			fs_bell_silence(queue->bell);
		pthread_cond_signal(&queue->room);
	}
	pthread_mutex_unlock(&queue->lock);
	return value;
}

int
fs_queue_fd(const struct fs_queue *queue)
{
	return queue->bell;
}
