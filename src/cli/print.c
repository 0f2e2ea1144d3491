#include "cli/print.h"

#include "cli/doc.h"
#include "cli/prom.h"
#include "cli/rows.h"

static void
print_ids(struct fs_printer *pr, const struct fs_list *ids)
{
	if (pr->form == FS_FORM_JSON) {
		if (pr->count == 0)
			fs_doc_ids_begin(&pr->js);
		fs_doc_ids(&pr->js, ids);
	} else {
		for (size_t i = 0; i < ids->count; i++)
			fs_text_id(pr->out, fs_list_at(ids, i));
	}
	pr->count += ids->count;
}

static void
print_rows(struct fs_printer *pr, const struct fs_answer *answer)
{
	if (pr->count == 0 && pr->rows == FS_FORMAT_CSV)
		fs_rows_csv_head(pr->out, &pr->names);
	for (size_t i = 0; i < answer->nentities; i++) {
		if (answer->entities[i]->err.code != FS_OK)
			continue;	/* named on stderr */
		if (pr->rows == FS_FORMAT_CSV)
			fs_rows_csv(pr->out, answer->entities[i]);
		else
			fs_rows_ndjson(pr->out, pr->ctx.schema,
			    answer->entities[i]);
	}
	pr->count += answer->nentities;
}

static void
print_events(struct fs_printer *pr, const struct fs_answer *answer)
{
	for (size_t i = 0; i < answer->nevents; i++) {
		if (pr->form == FS_FORM_JSON)
			fs_doc_event(pr->out, &answer->events[i]);
		else
			fs_text_event(pr->out, &answer->events[i]);
	}
	pr->count += answer->nevents;
}

void
fs_print_part(struct fs_printer *pr, const struct fs_answer *answer)
{
	pr->js.out = pr->out;
	if (answer->ids.count != 0 && answer->op == FS_OP_ENTITIES)
		print_ids(pr, &answer->ids);
	if (answer->nentities != 0 && pr->rows != FS_FORMAT_AUTO)
		print_rows(pr, answer);
	if (answer->nevents != 0)
		print_events(pr, answer);
}

/* Whether a failed answer still has something to tell. */
static bool
has_result(const struct fs_answer *answer)
{
	switch (answer->op) {
	case FS_OP_READ:
	case FS_OP_INSPECT:
		return answer->nentities != 0;
	case FS_OP_ENTITIES:
		return answer->ids.count != 0;
	case FS_OP_AUDIT:
		return answer->audit != NULL;
	case FS_OP_DRILL:
		return answer->drill != NULL;
	case FS_OP_STATE:
		return answer->err.code == FS_EPARTIAL;
	case FS_OP_SET:
		return answer->fields != 0;
	case FS_OP_WATCH:
	case FS_OP_INFER:
		return false;
	default:
		break;
	}
	return answer->done + answer->fields + answer->rejected +
	    answer->failed + answer->missing + answer->deleted +
	    answer->repaired + answer->not_hashes != 0;
}

/* What is left of a result that was begun in parts. */
static void
finish_parts(struct fs_printer *pr, const struct fs_answer *answer)
{
	fs_print_part(pr, answer);
	if (pr->form == FS_FORM_JSON)
		fs_doc_ids_end(&pr->js, pr->count, answer->complete,
		    answer->approximate);
}

static void
print_summary(struct fs_printer *pr, const struct fs_answer *answer)
{
	if (pr->count == 0 && pr->rows == FS_FORMAT_CSV)
		fs_rows_csv_head(pr->out, &pr->names);
	if (pr->form == FS_FORM_JSON)
		fs_doc_done(pr->notes, &pr->ctx, answer);
	else
		fs_text_done(pr->notes, &pr->ctx, answer);
}

void
fs_print_done(struct fs_printer *pr, const struct fs_answer *answer)
{
	if (answer->op == FS_OP_WATCH) {
		fs_print_part(pr, answer);
		return;
	}
	if (answer->op == FS_OP_ENTITIES && pr->count != 0) {
		finish_parts(pr, answer);
		return;
	}
	if (answer->err.code != FS_OK && !has_result(answer))
		return;
	if (pr->rows != FS_FORMAT_AUTO)
		print_summary(pr, answer);
	else if (pr->form == FS_FORM_PROMETHEUS && answer->audit != NULL)
		fs_prom_audit(pr->out, answer->audit, pr->ctx.schema->prefix);
	else if (pr->form == FS_FORM_JSON)
		fs_doc_done(pr->out, &pr->ctx, answer);
	else
		fs_text_done(pr->out, &pr->ctx, answer);
}

void
fs_printer_free(struct fs_printer *pr)
{
	fs_list_free(&pr->names);
}
