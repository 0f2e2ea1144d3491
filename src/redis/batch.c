#include "redis/batch.h"

#include <assert.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "redis/pump.h"

#define UNITS_DEFAULT	1000
#define BYTES_DEFAULT	(256 * 1024)
#define OUT_KEPT	(16 * 1024)	/* of a unit's memory, between uses */

/*
 * The window
 */

static void
work_free(struct fs_work *w)
{
	fs_str_free(&w->out);
	fs_arena_free(&w->arena);
	free(w->why);
	free(w);
}

/* Its memory is for the next one; what had to grow much goes back. */
static void
recycle(struct fs_batch *b, struct fs_work *w)
{
	if (b->nidle >= b->window.units) {
		work_free(w);
		return;
	}
	if (w->out.size > OUT_KEPT)
		fs_str_free(&w->out);
	fs_arena_reset(&w->arena);
	free(w->why);
	w->why = NULL;
	TAILQ_INSERT_HEAD(&b->idle, w, at);
	b->nidle++;
}

static void
take_back(struct fs_batch *b)
{
	if (b->given != NULL)
		recycle(b, b->given);
	b->given = NULL;
}

void
fs_batch_window(struct fs_batch *b, const struct fs_window *window)
{
	b->window = window != NULL ? *window : (struct fs_window){ 0 };
	if (b->window.units == 0)
		b->window.units = UNITS_DEFAULT;
	if (b->window.bytes == 0)
		b->window.bytes = BYTES_DEFAULT;
}

void
fs_batch_patience(struct fs_batch *b, int64_t away_us, int64_t heir_us)
{
	b->away_us = away_us;
	b->heir_us = heir_us;
}

struct fs_batch *
fs_batch_new(struct fs_cluster *cl, const struct fs_window *window)
{
	struct fs_batch *b = fs_xcalloc(1, sizeof(*b));

	b->cl = cl;
	TAILQ_INIT(&b->asked);
	TAILQ_INIT(&b->done);
	TAILQ_INIT(&b->idle);
	fs_batch_window(b, window);
	TAILQ_INSERT_TAIL(&cl->batches, b, next);
	return b;
}

void
fs_batch_drop(struct fs_batch *b)
{
	struct fs_work *w;

	take_back(b);
	fs_pump_drop(b->cl, b);
	while ((w = TAILQ_FIRST(&b->asked)) != NULL) {
		TAILQ_REMOVE(&b->asked, w, asked);
		TAILQ_REMOVE(&b->done, w, at);
		b->cl->held -= w->held;
		recycle(b, w);
	}
	b->pending = 0;
	b->bytes = 0;
}

void
fs_batch_free(struct fs_batch *b)
{
	struct fs_work *w;

	if (b == NULL)
		return;
	fs_batch_drop(b);
	if (b->open != NULL)
		work_free(b->open);
	while ((w = TAILQ_FIRST(&b->idle)) != NULL) {
		TAILQ_REMOVE(&b->idle, w, at);
		work_free(w);
	}
	TAILQ_REMOVE(&b->cl->batches, b, next);
	free(b);
}

bool
fs_batch_full(const struct fs_batch *b)
{
	return b->pending >= b->window.units || b->bytes >= b->window.bytes;
}

size_t
fs_batch_pending(const struct fs_batch *b)
{
	return b->pending;
}

/*
 * Units
 */

static struct fs_work *
open_unit(struct fs_batch *b, uint64_t tag)
{
	struct fs_work	*w = TAILQ_FIRST(&b->idle);
	struct fs_str	 out = { 0 };
	struct fs_arena	 arena = { 0 };

	assert(b->open == NULL);
	if (w != NULL) {
		TAILQ_REMOVE(&b->idle, w, at);
		b->nidle--;
		out = w->out;
		arena = w->arena;
	} else {
		w = fs_xmalloc(sizeof(*w));
	}
	*w = (struct fs_work){ .out = out, .arena = arena, .batch = b };
	fs_str_clear(&w->out);
	w->tag = tag;
	b->open = w;
	b->refused = (struct fs_err){ 0 };
	return w;
}

void
fs_batch_key(struct fs_batch *b, uint64_t tag, struct fs_bytes key)
{
	open_unit(b, tag)->slot = (uint16_t)fs_slot_of(key);
}

void
fs_batch_node(struct fs_batch *b, uint64_t tag, size_t node)
{
	struct fs_work *w = open_unit(b, tag);

	if (node < b->cl->nprimary)
		w->home = b->cl->primary[node];
	else if (node != SIZE_MAX)
		fs_fail(&b->refused, FS_ECONNECT, "the node has left");
}

void
fs_batch_replica(struct fs_batch *b)
{
	b->open->replica = true;
}

void
fs_batch_twice(struct fs_batch *b)
{
	b->open->twice = true;
}

void
fs_batch_atomic(struct fs_batch *b)
{
	assert(b->open->ncommands == 0);
	b->open->atomic = true;
}

void
fs_batch_cmd(struct fs_batch *b, enum fs_verb verb, size_t nargs)
{
	struct fs_work *w = b->open;

	assert(b->args_left == 0);
	if (fs_verb_access(verb) == FS_ACCESS_WRITE) {
		w->writes = true;
		if (!b->cl->gate && b->refused.code == FS_OK)
			fs_fail(&b->refused, FS_EGUARD,
			    "%s: this session is read-only",
			    fs_verb_words(verb));
	}
	w->ncommands++;
	b->args_left = nargs;
	fs_resp_head(&w->out, verb, nargs);
}

static struct fs_str *
next_arg(struct fs_batch *b)
{
	assert(b->args_left > 0);
	b->args_left--;
	return &b->open->out;
}

void
fs_batch_arg(struct fs_batch *b, struct fs_bytes arg)
{
	fs_resp_arg(next_arg(b), arg);
}

void
fs_batch_arg_text(struct fs_batch *b, const char *arg)
{
	fs_resp_arg_text(next_arg(b), arg);
}

void
fs_batch_arg_i64(struct fs_batch *b, int64_t arg)
{
	fs_resp_arg_i64(next_arg(b), arg);
}

void
fs_batch_arg_u64(struct fs_batch *b, uint64_t arg)
{
	fs_resp_arg_u64(next_arg(b), arg);
}

void
fs_batch_args(struct fs_batch *b, size_t n, struct fs_bytes resp)
{
	assert(b->args_left >= n);
	b->args_left -= n;
	fs_str_add_bytes(&b->open->out, resp);
}

void
fs_batch_end(struct fs_batch *b)
{
	struct fs_work *w = b->open;

	assert(w->ncommands > 0 && b->args_left == 0);
	b->open = NULL;
	TAILQ_INSERT_TAIL(&b->asked, w, asked);
	b->pending++;
	b->bytes += w->out.len;
	if (b->refused.code != FS_OK)
		fs_pump_refuse(b->cl, w, &b->refused);
	else
		fs_pump_add(b->cl, w);
}

/*
 * Answers
 */

static struct fs_work *
next_complete(const struct fs_batch *b)
{
	struct fs_work *w;

	if (b->window.any_order)
		return TAILQ_FIRST(&b->done);
	w = TAILQ_FIRST(&b->asked);
	return w != NULL && w->place == FS_PLACE_DONE ? w : NULL;
}

/* As the caller sees it. */
static const struct fs_unit *
give(struct fs_batch *b, struct fs_work *w)
{
	struct fs_unit *unit = &b->unit;

	unit->tag = w->tag;
	unit->fate = w->fate;
	unit->nreplies = w->answer != NULL ? w->ncommands : 0;
	unit->reply = w->answer;
	unit->took_us = w->sent_us != 0 ? w->done_us - w->sent_us : 0;
	unit->mono_us = w->done_us;
	unit->node = w->node;
	unit->process = w->process;
	unit->err.code = FS_OK;
	unit->err.msg[0] = '\0';
	if (w->why != NULL)
		unit->err = *w->why;
	b->given = w;
	return unit;
}

const struct fs_unit *
fs_batch_ready(struct fs_batch *b)
{
	struct fs_work *w;

	take_back(b);
	if ((w = next_complete(b)) == NULL)
		return NULL;
	TAILQ_REMOVE(&b->done, w, at);
	TAILQ_REMOVE(&b->asked, w, asked);
	w->place = FS_PLACE_NONE;
	b->pending--;
	b->bytes -= w->out.len;
	b->cl->held -= w->held;
	return give(b, w);
}

const struct fs_unit *
fs_batch_take(struct fs_batch *b)
{
	const struct fs_unit *unit;

	while ((unit = fs_batch_ready(b)) == NULL && b->pending > 0)
		fs_pump_turn(b->cl, -1, FS_NEVER);
	return unit;
}

const struct fs_unit *
fs_batch_poll(struct fs_batch *b)
{
	const struct fs_unit *unit = fs_batch_ready(b);

	if (unit != NULL || b->pending == 0)
		return unit;
	fs_pump_turn(b->cl, -1, 0);
	return fs_batch_ready(b);
}

bool
fs_batch_put_off(const struct fs_batch *b, struct fs_err *why)
{
	const struct fs_work *w;

	TAILQ_FOREACH(w, &b->asked, asked) {
		if (w->why == NULL || w->place == FS_PLACE_DONE)
			continue;
		*why = *w->why;
		return true;
	}
	return false;
}

void
fs_batch_wait(struct fs_batch *b, int fd, int64_t deadline_us)
{
	take_back(b);
	while (next_complete(b) == NULL) {
		if (fs_pump_turn(b->cl, fd, deadline_us) ||
		    fs_clock_mono() >= deadline_us ||
		    fs_pump_cancelled(b->cl))
			return;
	}
}
