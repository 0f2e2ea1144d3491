#include "model/request.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"

static const struct {
	const char	*name;
	bool		 writes;
} ops[FS_OP_COUNT] = {
	[FS_OP_STATE] =		{ "state", false },
	[FS_OP_ENTITIES] =	{ "entities", false },
	[FS_OP_READ] =		{ "read", false },
	[FS_OP_BATCH_READ] =	{ "batch-read", false },
	[FS_OP_INSPECT] =	{ "inspect", false },
	[FS_OP_WATCH] =		{ "watch", false },
	[FS_OP_LOAD] =		{ "bulk-load", true },
	[FS_OP_STREAM] =	{ "stream", true },
	[FS_OP_SET] =		{ "set", true },
	[FS_OP_DELETE] =	{ "delete", true },
	[FS_OP_RESET] =		{ "reset", true },
	[FS_OP_AUDIT] =		{ "audit", false },
	/* It ends with the streamer writing again. */
	[FS_OP_DRILL] =		{ "drill", true },
	[FS_OP_REPAIR] =	{ "repair", true },
	[FS_OP_INFER] =		{ "schema", false },
};

static void
free_entities(struct fs_answer *answer)
{
	for (size_t i = 0; i < answer->nentities; i++)
		fs_entity_free(answer->entities[i]);
	free(answer->entities);
}

static void
free_events(struct fs_answer *answer)
{
	for (size_t i = 0; i < answer->nevents; i++) {
		free(answer->events[i].entity);
		free(answer->events[i].field);
	}
	free(answer->events);
}

struct fs_request *
fs_request_new(enum fs_op op)
{
	struct fs_request *request = fs_xcalloc(1, sizeof(*request));

	request->op = op;
	return request;
}

void
fs_request_free(struct fs_request *request)
{
	if (request == NULL)
		return;
	fs_list_free(&request->entities);
	fs_list_free(&request->features);
	fs_list_free(&request->values);
	free(request->match);
	free(request->from);
	free(request->id_column);
	free(request);
}

struct fs_answer *
fs_answer_new(const struct fs_request *request, enum fs_answer_kind kind)
{
	struct fs_answer *answer = fs_xcalloc(1, sizeof(*answer));

	answer->id = request->id;
	answer->op = request->op;
	answer->kind = kind;
	answer->dry_run = request->dry_run;
	answer->by_itself = request->by_itself;
	answer->at_mono_us = fs_clock_mono();
	return answer;
}

void
fs_answer_free(struct fs_answer *answer)
{
	if (answer == NULL)
		return;
	fs_list_free(&answer->ids);
	fs_list_free(&answer->unknown);
	free_entities(answer);
	free(answer->found);
	free(answer->bad);
	free_events(answer);
	fs_server_free(answer->server);
	fs_audit_report_free(answer->audit);
	fs_drill_report_free(answer->drill);
	fs_schema_free(answer->schema);
	free(answer);
}

const char *
fs_op_name(enum fs_op op)
{
	return op < FS_OP_COUNT ? ops[op].name : "unknown";
}

bool
fs_op_writes(enum fs_op op)
{
	return op < FS_OP_COUNT && ops[op].writes;
}
