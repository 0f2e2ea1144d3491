/* Answers as JSON documents, by the field names of the interface. (pure) */
#ifndef FS_CLI_DOC_H
#define FS_CLI_DOC_H

#include "cli/emit.h"
#include "cli/text.h"
#include "model/request.h"

/* The last answer of any operation: one document and a newline. */
void fs_doc_done(struct fs_out *out, const struct fs_print_context *ctx,
    const struct fs_answer *answer);

/* entities: begun, continued with the ids of an answer, ended. */
void fs_doc_ids_begin(struct fs_emit *js);
void fs_doc_ids(struct fs_emit *js, const struct fs_list *ids);
void fs_doc_ids_end(struct fs_emit *js, uint64_t count, bool complete,
    bool approximate);

/* watch: one document an event. */
void fs_doc_event(struct fs_out *out, const struct fs_watch_event *event);

#endif
