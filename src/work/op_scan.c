/* What walks over all entities: state and the list of ids. */
#include "work/job.h"

#include "base/clock.h"
#include "store/key.h"
#include "store/scan.h"

#define PAGE_FAST	1000	/* where speed is asked for */
#define PART_IDS	5000
#define SLACK		10000	/* ids above the limit before it is cut */

static struct fs_scan_options
options(const struct fs_request *rq)
{
	return (struct fs_scan_options){
		.glob = rq->match,
		.page = PAGE_FAST,
		.rate = rq->rate,
		.duty = rq->gentle ? FS_GENTLE_DUTY : 0,
		.replicas = true,
	};
}

/* Keep only the first ids in their order; 0 is all. */
static void
cut(struct fs_list *ids, size_t limit)
{
	fs_list_sort_unique(ids);
	if (limit != 0)
		fs_list_cut(ids, limit);
}

static void
add_ids(struct fs_job *job, const struct fs_list *keys, struct fs_list *ids)
{
	size_t limit = (size_t)job->request->count;
	struct fs_bytes id;

	for (size_t i = 0; i < keys->count; i++) {
		if (fs_key_id(fs_list_at(keys, i), fs_bytes_of(
		    job->schema->prefix), &id))
			fs_list_add(ids, id);
	}
	if (limit != 0 && ids->count > limit + SLACK)
		cut(ids, limit);
}

/* How far it is, from the share of the keyspace that is done. */
static void
tell(struct fs_job *job, const struct fs_scan *sc)
{
	const struct fs_scan_state *state = fs_scan_state(sc);

	job->done->done = state->entities;
	job->done->approximate = state->approximate;
	job->done->total = fs_scan_expected(sc);
	fs_job_progress(job);
}

static bool
finish(struct fs_job *job, const struct fs_scan *sc, struct fs_err *err)
{
	const struct fs_scan_state *state = fs_scan_state(sc);

	job->done->done = state->entities;
	job->done->total = fs_scan_expected(sc);
	job->done->complete = state->complete;
	job->done->approximate = state->approximate;
	return state->complete || fs_job_end(job, &state->err, err);
}

/* Count all entities; ids (or NULL) gets them, sorted. */
static bool
walk(struct fs_job *job, struct fs_list *ids, struct fs_err *err)
{
	const bool all = ids != NULL && job->request->count == 0;
	struct fs_scan_options opt = options(job->request);
	struct fs_scan *sc;
	const struct fs_list *keys;
	const struct fs_unit *unit;
	enum fs_scan_event event;
	bool ok = false;

	opt.no_seen = all;	/* sorting tells what comes again */
	sc = fs_scan_open(job->store, &opt);
	while ((event = fs_scan_next(sc, &keys, &unit, err)) ==
	    FS_SCAN_PAGE && !fs_job_cancelled(job, err)) {
		if (ids != NULL)
			add_ids(job, keys, ids);
		tell(job, sc);
	}
	if (event == FS_SCAN_END)
		ok = finish(job, sc, err);
	fs_scan_close(sc);
	if (ids != NULL) {
		cut(ids, (size_t)job->request->count);
		/* Sorted, each is there once, whatever came again. */
		job->done->approximate = false;
	}
	if (all)
		job->done->done = job->done->total = ids->count;
	return ok;
}

bool
fs_op_state(struct fs_job *job, struct fs_err *err)
{
	job->done->server = fs_store_server(job->store, err);
	return job->done->server != NULL && walk(job, NULL, err);
}

static void
send_ids(struct fs_job *job, const struct fs_list *ids)
{
	struct fs_answer *part = NULL;

	for (size_t i = 0; i < ids->count; i++) {
		if (part == NULL)
			part = fs_job_part(job);
		fs_list_add(&part->ids, fs_list_at(ids, i));
		if (part->ids.count < PART_IDS)
			continue;
		fs_job_send(job, part);
		part = NULL;
	}
	if (part != NULL)
		fs_job_send(job, part);
}

bool
fs_op_entities(struct fs_job *job, struct fs_err *err)
{
	struct fs_list ids = { 0 };
	bool ok = walk(job, &ids, err);

	/* What is there is told also when some of it is missing. */
	if (ok || err->code == FS_EPARTIAL)
		send_ids(job, &ids);
	fs_list_free(&ids);
	return ok;
}
