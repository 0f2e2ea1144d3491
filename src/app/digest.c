#include "app/digest.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/pause.h"
#include "base/log.h"
#include "base/num.h"

/*
 * Views
 */

void
fs_digest_view(struct fs_snap *snap, struct fs_store_view *view)
{
	if (view->ids != NULL) {
		fs_list_free(&snap->ids);
		snap->ids = *view->ids;
		*view->ids = (struct fs_list){ 0 };
		fs_list_free(view->ids);
		free(view->ids);
		view->ids = NULL;
	}
	fs_store_view_clear(&snap->store);
	snap->store = *view;
	/* What it owned is the snap's now. */
	*view = (struct fs_store_view){ 0 };
	fs_store_view_free(view);
}

void
fs_digest_stream(struct fs_snap *snap, struct fs_stream_view *view)
{
	if (view->run != FS_PAUSED ||
	    view->since_mono_us != snap->stream.since_mono_us)
		fs_pause_forget(snap);
	snap->stream = *view;
	fs_stream_view_free(view);
}

/*
 * Answers
 */

static void
replace(struct fs_answer **slot, struct fs_answer *answer)
{
	fs_answer_free(*slot);
	*slot = answer;
}

static bool
is_of_job(const struct fs_snap *snap, const struct fs_answer *answer)
{
	return snap->job != NULL && snap->job->id == answer->id;
}

void
fs_digest_job(struct fs_snap *snap, struct fs_answer *begun)
{
	replace(&snap->job, begun);
}

static void
log_bad_rows(const struct fs_answer *answer)
{
	for (size_t i = 0; i < answer->nbad; i++) {
		const struct fs_bad_row *row = &answer->bad[i];

		if (row->line == 0)	/* made up, of no file */
			fs_log(FS_LOG_WARN, "%s: %s", fs_op_name(answer->op),
			    row->why);
		else
			fs_log(FS_LOG_WARN, "%s: line %llu: %s",
			    fs_op_name(answer->op),
			    (unsigned long long)row->line, row->why);
	}
}

static void
take_part(struct fs_snap *snap, struct fs_answer *answer)
{
	log_bad_rows(answer);
	if (answer->drill != NULL)
		replace(&snap->job, answer);
	else
		fs_answer_free(answer);
}

/*
 * How far it is; a drill's report stands until there is a newer one. What is
 * short is not shown on its way, and takes nothing away.
 */
static void
take_progress(struct fs_snap *snap, struct fs_answer *answer)
{
	if (!is_of_job(snap, answer)) {
		fs_answer_free(answer);
		return;
	}
	if (answer->drill == NULL) {
		answer->drill = snap->job->drill;
		snap->job->drill = NULL;
	}
	replace(&snap->job, answer);
}

/* The screen is drawn of it again and again; whole values are for the shell. */
static void
take_read(struct fs_answer **slot, struct fs_hist *latency, uint64_t *count,
    struct fs_answer *answer)
{
	if (answer->err.code == FS_OK) {
		fs_hist_add(latency, (uint64_t)answer->elapsed_us);
		(*count)++;
	}
	for (size_t i = 0; i < answer->nentities; i++)
		answer->entities[i] = fs_entity_cut(answer->entities[i]);
	replace(slot, answer);
}

static void
take_done(struct fs_snap *snap, struct fs_answer *answer)
{
	bool of_job = is_of_job(snap, answer);

	switch (answer->op) {
	case FS_OP_READ:
		take_read(&snap->read, &snap->read_latency,
		    &snap->read_count, answer);
		break;
	case FS_OP_BATCH_READ:
		take_read(&snap->batch_read, &snap->batch_latency,
		    &snap->batch_count, answer);
		break;
	case FS_OP_AUDIT:
		fs_pause_look(snap, answer);
		replace(&snap->audit, answer);
		of_job = true;		/* it is newer than any report */
		break;
	case FS_OP_INSPECT:
	case FS_OP_SET:
	case FS_OP_DELETE:
		fs_answer_free(answer);
		break;
	default:
		replace(&snap->job, answer);
		return;
	}
	if (of_job)
		replace(&snap->job, NULL);
}

void
fs_digest_answer(struct fs_snap *snap, struct fs_answer *answer)
{
	switch (answer->kind) {
	case FS_ANSWER_PART:
		take_part(snap, answer);
		break;
	case FS_ANSWER_PROGRESS:
		take_progress(snap, answer);
		break;
	case FS_ANSWER_DONE:
		take_done(snap, answer);
		break;
	}
}

/*
 * Notices
 */

static char *
number(char *buf, size_t size, uint64_t n)
{
	return fs_num_show_count(buf, size, (int64_t)n);
}

static void
say_loaded(const struct fs_answer *answer, char *buf, size_t size)
{
	char n[32], bad[32], took[32];

	number(n, sizeof(n), answer->done);
	number(bad, sizeof(bad), answer->rejected);
	fs_num_show_ms(took, sizeof(took), answer->elapsed_us);
	if (answer->rejected == 0)
		snprintf(buf, size, "loaded %s entities in %s", n, took);
	else
		snprintf(buf, size, "loaded %s entities in %s; %s bad rows, "
		    "see the log", n, took, bad);
}

static void
say_deleted(const struct fs_answer *answer, char *buf, size_t size)
{
	char n[32], other[32];

	number(n, sizeof(n), answer->deleted);
	number(other, sizeof(other), answer->missing);
	if (answer->dry_run)
		snprintf(buf, size, "would delete %s entities", n);
	else if (answer->missing == 0)
		snprintf(buf, size, "deleted %s entities", n);
	else
		snprintf(buf, size, "deleted %s entities; %s were not there",
		    n, other);
}

/* With what may be a mistake in a name. */
static void
say_set(const struct fs_answer *answer, char *buf, size_t size)
{
	char n[32];

	snprintf(buf, size, "%s %s%s%s%s",
	    number(n, sizeof(n), answer->fields),
	    answer->fields == 1 ? "feature is set" : "features are set",
	    !answer->alone ? "" : "; nothing else is there",
	    answer->keys_without_ttl == 0 ? "" : "; its key has no TTL",
	    answer->unknown.count == 0 ? "" : "; not in the schema");
}

static void
say_repaired(const struct fs_answer *answer, char *buf, size_t size)
{
	char n[32], gone[32], orphans[32];

	if (answer->dry_run) {
		snprintf(buf, size, "leaks %s, keys without TTL %s, orphans %s",
		    number(n, sizeof(n), answer->leaks),
		    number(gone, sizeof(gone), answer->keys_without_ttl),
		    number(orphans, sizeof(orphans), answer->orphans));
		return;
	}
	snprintf(buf, size, "repaired %s, deleted %s, orphans %s",
	    number(n, sizeof(n), answer->repaired),
	    number(gone, sizeof(gone), answer->deleted),
	    number(orphans, sizeof(orphans), answer->orphans));
}

/* With the name of what failed in front, once. */
static void
say_failed(const struct fs_answer *answer, char *buf, size_t size)
{
	const char	*name = fs_op_name(answer->op), *msg = answer->err.msg;
	size_t		 len = strlen(name);

	if (strncmp(msg, name, len) == 0 && msg[len] == ':')
		snprintf(buf, size, "%s", msg);
	else
		snprintf(buf, size, "%s: %s", name, msg);
}

bool
fs_digest_notice(const struct fs_answer *answer, char *buf, size_t size)
{
	if (answer->err.code != FS_OK) {
		say_failed(answer, buf, size);
		return true;
	}
	switch (answer->op) {
	case FS_OP_LOAD:
		say_loaded(answer, buf, size);
		return true;
	case FS_OP_RESET:
	case FS_OP_DELETE:
		say_deleted(answer, buf, size);
		return true;
	case FS_OP_REPAIR:
		say_repaired(answer, buf, size);
		return true;
	case FS_OP_SET:
		say_set(answer, buf, size);
		return true;
	default:
		return false;
	}
}

/*
 * Numbers
 */

static double
known(int64_t n)
{
	return n >= 0 ? (double)n : NAN;
}

void
fs_digest_sample(struct fs_snap *snap, size_t seconds, uint64_t writes)
{
	const struct fs_server *server = snap->store.link == FS_VIEW_UP ?
	    snap->store.server : NULL;

	for (size_t i = 0; i < seconds && i < FS_SERIES_MAX; i++) {
		fs_series_add(&snap->memory, server != NULL ?
		    known(server->used_memory) : NAN);
		fs_series_add(&snap->operations, server != NULL ?
		    known(server->ops_per_second) : NAN);
		fs_series_add(&snap->entities,
		    known(snap->store.census.count));
		fs_series_add(&snap->write_rate,
		    (double)writes / (double)seconds);
	}
}
