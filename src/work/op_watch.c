/*
 * Tells what happens to entities: looks at them ten times a second, and just
 * after each moment at which something is to expire.
 */
#include "work/job.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

#define PACE_US		(100 * FS_MS)
#define AFTER_US	(2 * FS_MS)	/* a deadline: the server's clock has
					   whole milliseconds */

struct watch {
	struct fs_job		 *job;
	struct fs_entity	**last;		/* as last seen, of each */
	size_t			  count;
	struct fs_answer	 *part;		/* events not yet sent */
};

/*
 * Until when a field lives: its own deadline, else the key's. An event is told
 * of both.
 */
static int64_t
end_of(const struct fs_entity *entity, const struct fs_field *field)
{
	return field->deadline_ms >= 0 ? field->deadline_ms :
	    entity->key_deadline_ms;
}

static bool
is_there(const struct fs_field *field)
{
	/* It may go between the reading of its value and its deadline. */
	return field != NULL && field->value != NULL &&
	    field->deadline_ms != FS_NOT_THERE;
}

static const struct fs_field *
find(const struct fs_entity *entity, const struct fs_field *like)
{
	for (size_t i = 0; entity != NULL && i < entity->nfields; i++) {
		const struct fs_field *field = &entity->fields[i];

		if (field->name_len == like->name_len &&
		    memcmp(field->name, like->name, like->name_len) == 0)
			return field;
	}
	return NULL;
}

static void
tell(struct watch *wa, const struct fs_entity *entity,
    const struct fs_field *field, int event)
{
	struct fs_watch_event *e;

	if (wa->part == NULL)
		wa->part = fs_job_part(wa->job);
	wa->part->events = fs_xreallocarray(wa->part->events,
	    wa->part->nevents + 1, sizeof(*e));
	e = &wa->part->events[wa->part->nevents++];
	e->at_wall_us = fs_clock_wall();
	e->entity = fs_xmemdup0(entity->id, entity->id_len);
	e->entity_len = entity->id_len;
	e->field = fs_xmemdup0(field->name, field->name_len);
	e->field_len = field->name_len;
	e->event = event;
	wa->job->done->done++;
}

static bool
same_value(const struct fs_field *a, const struct fs_field *b)
{
	return a->value_len == b->value_len && a->value_size ==
	    b->value_size && memcmp(a->value, b->value, a->value_len) == 0;
}

/* It was there and is not: in time, or before it. */
static void
tell_gone(struct watch *wa, const struct fs_entity *was,
    const struct fs_entity *now, const struct fs_field *field)
{
	int64_t end = end_of(was, field);

	tell(wa, now, field, end >= 0 && end <= now->server_ms ?
	    FS_WATCH_EXPIRED : FS_WATCH_GONE);
}

static void
tell_changed(struct watch *wa, const struct fs_entity *was,
    const struct fs_field *before, const struct fs_entity *now,
    const struct fs_field *after)
{
	/* HSET takes a field's time away: that is a write, not a renewal. */
	if (!same_value(before, after) ||
	    (before->deadline_ms >= 0 && after->deadline_ms == FS_NO_TTL))
		tell(wa, now, after, FS_WATCH_SET);
	else if (end_of(was, before) != end_of(now, after))
		tell(wa, now, after, FS_WATCH_RENEWED);
}

static void
compare(struct watch *wa, const struct fs_entity *was,
    const struct fs_entity *now)
{
	for (size_t i = 0; i < was->nfields; i++) {
		const struct fs_field *before = &was->fields[i];
		const struct fs_field *after = find(now, before);

		if (is_there(before) && !is_there(after))
			tell_gone(wa, was, now, before);
		else if (is_there(before))
			tell_changed(wa, was, before, now, after);
	}
	for (size_t i = 0; i < now->nfields; i++) {
		const struct fs_field *after = &now->fields[i];

		if (is_there(after) && !is_there(find(was, after)))
			tell(wa, now, after, FS_WATCH_SET);
	}
}

/* Look at one entity; a key that is no hash counts as one that is not there. */
static bool
look(struct watch *wa, size_t i, struct fs_err *err)
{
	struct fs_bytes id = fs_list_at(&wa->job->request->entities, i);
	struct fs_entity *now;

	now = fs_store_inspect(wa->job->store, id, wa->last[i], err);
	if (now == NULL)
		return false;
	if (wa->last[i] != NULL)
		compare(wa, wa->last[i], now);
	fs_entity_free(wa->last[i]);
	wa->last[i] = now;
	return true;
}

static bool
look_at_all(struct watch *wa, struct fs_err *err)
{
	for (size_t i = 0; i < wa->count; i++) {
		if (fs_job_cancelled(wa->job, err) || !look(wa, i, err))
			return false;
	}
	if (wa->part != NULL)
		fs_job_send(wa->job, wa->part);
	wa->part = NULL;
	return true;
}

/* Just after the first deadline that is still to come. */
static int64_t
next_end(const struct watch *wa, int64_t now)
{
	int64_t first = FS_NEVER;

	for (size_t i = 0; i < wa->count; i++) {
		const struct fs_entity *e = wa->last[i];

		for (size_t j = 0; j < e->nfields; j++) {
			int64_t left = fs_entity_left_ms(e,
			    end_of(e, &e->fields[j]), now);
			int64_t end = fs_clock_after(now + AFTER_US, left);

			if (is_there(&e->fields[j]) && left > 0 && end < first)
				first = end;
		}
	}
	return first;
}

static bool
watch(struct watch *wa, struct fs_err *err)
{
	const struct fs_request *rq = wa->job->request;
	int64_t end = rq->for_ms != 0 ?
	    fs_clock_after(wa->job->start_us, rq->for_ms) : FS_NEVER;

	for (;;) {
		int64_t now = fs_clock_mono(), next = now + PACE_US, due;

		if (!look_at_all(wa, err))
			return false;
		due = next_end(wa, fs_clock_mono());
		if (due < next)
			next = due;
		if (end < next)
			next = end;
		if (!fs_job_wait(wa->job, next, err))
			return false;
		if (fs_clock_mono() >= end)
			return look_at_all(wa, err);
	}
}

bool
fs_op_watch(struct fs_job *job, struct fs_err *err)
{
	struct watch wa = { .job = job,
		.count = job->request->entities.count };
	bool ok;

	if (!fs_store_need_field_ttl(job->store, err))
		return false;
	wa.last = fs_xcalloc(wa.count, sizeof(struct fs_entity *));
	ok = watch(&wa, err);
	for (size_t i = 0; i < wa.count; i++)
		fs_entity_free(wa.last[i]);
	free(wa.last);
	fs_answer_free(wa.part);
	return ok;
}
