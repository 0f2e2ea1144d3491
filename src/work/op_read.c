/* What reads entities: by name, many, at random. */
#include "work/job.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/rng.h"
#include "store/reader.h"
#include "store/sample.h"

#define SAMPLE		10	/* entities in the last answer */
#define PART_ENTITIES	64	/* rows sent together */
#define PART_US		(20 * FS_MS)

/* The one entity of a request. */
static struct fs_bytes
only(const struct fs_job *job)
{
	return fs_list_at(&job->request->entities, 0);
}

static bool
answer_with(struct fs_job *job, struct fs_entity *entity, struct fs_err *err)
{
	if (entity == NULL)
		return false;
	fs_job_add_entity(job->done, entity);
	job->done->elapsed_us = entity->took_us;
	job->done->done = job->done->asked = 1;
	job->done->missing = !entity->exists;
	job->done->fields = entity->nfound;
	if (entity->err.code == FS_OK)
		return true;
	*err = entity->err;
	return false;
}

/* Whether its node is known not to answer, see err, while others do: the
 * refresh, which shows how they are, would wait as long as this does. */
static bool
is_silent(struct fs_job *job, struct fs_err *err)
{
	return fs_store_is_up(job->store) &&
	    fs_store_is_owed(job->store, only(job), err) &&
	    err->code != FS_OK;
}

bool
fs_op_read(struct fs_job *job, struct fs_err *err)
{
	job->done->field_count = job->request->features.count;
	if (is_silent(job, err))
		return false;
	return answer_with(job, fs_store_read(job->store, only(job),
	    &job->request->features, err), err);
}

bool
fs_op_inspect(struct fs_job *job, struct fs_err *err)
{
	if (is_silent(job, err))
		return false;
	return answer_with(job, fs_store_inspect(job->store, only(job), NULL,
	    err), err);
}

/*
 * Many entities
 */

struct batch {
	struct fs_job		*job;
	struct fs_reader	*reader;
	struct fs_source	*source;	/* of ids; or NULL */
	struct fs_row		 row;
	struct fs_rng		 rng;
	struct fs_pace		 pace;
	struct fs_sample	*sample;	/* of the store; or NULL */
	const struct fs_list	*ids;		/* a page of it; or the
						   request's */
	size_t			 next;
	bool			 ended;		/* no more ids */
	struct fs_answer	*part;		/* rows not yet sent */
	int64_t			 part_us;	/* when its first came */
	struct fs_err		 first;		/* error of an entity */
};

/* Where the ids come from. */
static bool
open_ids(struct batch *b, struct fs_err *err)
{
	const struct fs_request *rq = b->job->request;
	const struct fs_source_options opt = { .schema = b->job->schema,
		.id_column = rq->id_column, .ids = true, .wait = true };

	if (rq->from != NULL) {
		b->source = fs_source_open(rq->from, rq->format, &opt, err);
		return b->source != NULL;
	}
	b->ids = &rq->entities;
	if (rq->entities.count != 0)
		return true;
	fs_rng_seed_system(&b->rng);
	b->sample = fs_job_sample(b->job, (uint64_t)rq->count, &b->rng);
	return true;
}

/* The next page at random. It and the entities of the last one do not go
 * through the store's batch at the same time. */
static bool
next_page(struct batch *b, struct fs_err *err)
{
	int64_t start = fs_clock_mono();
	enum fs_sample_event event;

	if (fs_reader_pending(b->reader) != 0)
		return false;
	b->next = 0;
	event = fs_job_draw(b->job, b->sample, &b->ids, err);
	/* Finding them is not what is measured. */
	b->job->start_us += fs_clock_mono() - start;
	if (event == FS_SAMPLE_IDS)
		return true;
	b->ended = true;
	b->job->done->total = b->job->done->asked;
	if (err->code != FS_OK && err->code != FS_ECANCEL &&
	    b->job->done->asked != 0)
		err->code = FS_EPARTIAL;
	return false;
}

static bool
next_of_source(struct batch *b, struct fs_bytes *id, struct fs_err *err)
{
	struct fs_bad bad;

	for (;;) {
		switch (fs_source_next(b->source, &b->row, &bad, err)) {
		case FS_GOT_ROW:
			*id = b->row.entity;
			return true;
		case FS_GOT_BAD:
			b->job->done->rejected++;
			fs_job_bad(b->job, bad.line, bad.offset, bad.why);
			break;
		case FS_GOT_WAIT:
			/* What is in flight meanwhile can be taken. */
			if (fs_reader_pending(b->reader) != 0 ||
			    !fs_job_wait_fd(b->job, fs_source_fd(b->source),
			    FS_NEVER, err))
				return false;
			break;
		case FS_GOT_END:
		case FS_GOT_FAIL:
			b->ended = true;
			return false;
		}
	}
}

/* False at the end; *err tells whether that was a fault. */
static bool
next_id(struct batch *b, struct fs_bytes *id, struct fs_err *err)
{
	if (b->source != NULL)
		return next_of_source(b, id, err);
	if (b->next == b->ids->count && b->sample != NULL)
		return next_page(b, err) && next_id(b, id, err);
	b->ended = b->next == b->ids->count;
	if (!b->ended)
		*id = fs_list_at(b->ids, b->next++);
	return !b->ended;
}

static void
send_part(struct batch *b)
{
	if (b->part != NULL)
		fs_job_send(b->job, b->part);
	b->part = NULL;
}

static void
add_row(struct batch *b, const struct fs_entity *entity)
{
	if (b->part == NULL) {
		b->part = fs_job_part(b->job);
		b->part_us = fs_clock_mono();
	}
	fs_job_add_entity(b->part, fs_entity_copy(entity));
	if (b->part->nentities == PART_ENTITIES ||
	    fs_clock_mono() - b->part_us > PART_US)
		send_part(b);
}

static void
count_found(struct fs_answer *done, const struct fs_entity *entity)
{
	for (size_t i = 0; i < entity->nfields; i++)
		done->found[i] += entity->fields[i].value != NULL;
}

/* Add one answer to the totals. */
static void
count(struct batch *b, const struct fs_entity *entity)
{
	struct fs_answer *done = b->job->done;

	if (done->nentities < SAMPLE)
		fs_job_add_entity(done, fs_entity_copy(entity));
	if (b->job->request->rows)
		add_row(b, entity);
	if (entity->err.code != FS_OK) {
		done->failed++;
		done->not_hashes += entity->err.code == FS_ETYPE;
		if (b->first.code == FS_OK)
			b->first = entity->err;
		return;
	}
	done->done++;
	done->missing += !entity->exists;
	done->fields += entity->nfound;
	count_found(done, entity);
}

/* Fill the window and take one answer; false at the end or on a fault. */
static bool
step(struct batch *b, struct fs_err *err)
{
	const struct fs_entity *entity;
	struct fs_bytes id;

	if (fs_job_cancelled(b->job, err))
		return false;
	if (fs_reader_pending(b->reader) == 0 && !b->ended &&
	    !fs_pace_wait(&b->pace, b->job, err))
		return false;
	while (!b->ended && !fs_reader_full(b->reader) &&
	    fs_pace_allows(&b->pace)) {
		if (!next_id(b, &id, err))
			break;
		b->job->done->asked++;
		fs_reader_add(b->reader, id);
		fs_pace_count(&b->pace);
	}
	entity = fs_reader_take(b->reader);
	if (entity == NULL)
		return !b->ended && err->code == FS_OK;
	count(b, entity);
	fs_job_progress(b->job);
	return true;
}

/* Some were not read: all of them is the error itself, some is a part. */
static bool
judge(const struct batch *b, struct fs_err *err)
{
	const struct fs_answer *done = b->job->done;

	if (err->code == FS_EPARTIAL)
		return fs_fail_also(err, &b->first);
	if (err->code != FS_OK || done->failed == 0)
		return err->code == FS_OK;
	*err = b->first;
	if (done->done == 0)
		return false;
	fs_fail_in(err, "%llu of %llu entities could not be read, the first",
	    (unsigned long long)done->failed,
	    (unsigned long long)done->asked);
	err->code = FS_EPARTIAL;
	return false;
}

bool
fs_op_batch_read(struct fs_job *job, struct fs_err *err)
{
	const struct fs_list *names = &job->request->features;
	struct batch b = { .job = job };
	struct fs_err fault = { 0 };

	job->done->field_count = names->count;
	job->done->found = fs_xcalloc(names->count + 1,
	    sizeof(*job->done->found));
	job->done->total = job->request->entities.count != 0 ?
	    job->request->entities.count : (uint64_t)job->request->count;
	if (fs_store_need_field_ttl(job->store, &fault) &&
	    open_ids(&b, &fault)) {
		b.reader = fs_reader_open(job->store, names, true);
		fs_pace_begin(&b.pace, job->request);
		while (step(&b, &fault))
			;
		send_part(&b);
		fs_reader_close(b.reader);
	}
	job->done->elapsed_us = fs_clock_mono() - job->start_us;
	fs_source_close(b.source);
	fs_row_free(&b.row);
	fs_sample_close(b.sample);
	if (judge(&b, &fault))
		return true;
	*err = fault;
	return false;
}
