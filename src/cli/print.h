/* Answers as they come to what was asked for: text, JSON, rows. (pure) */
#ifndef FS_CLI_PRINT_H
#define FS_CLI_PRINT_H

#include "cli/emit.h"
#include "cli/out.h"
#include "cli/text.h"
#include "model/list.h"
#include "model/request.h"

enum fs_form { FS_FORM_TEXT, FS_FORM_JSON, FS_FORM_PROMETHEUS };

/* Zero-initialise, and set what stands above the line. */
struct fs_printer {
	struct fs_out		*out;		/* results */
	struct fs_out		*notes;		/* the summary of rows */
	struct fs_print_context	 ctx;
	enum fs_form		 form;
	enum fs_format		 rows;		/* AUTO: none */
	struct fs_list		 names;		/* of features, for CSV */
	/* --- */
	struct fs_emit		 js;		/* entities, when in parts */
	uint64_t		 count;		/* rows, ids, events so far */
};

/* A part, in order; and the last answer, after which nothing comes. */
void fs_print_part(struct fs_printer *pr, const struct fs_answer *answer);
void fs_print_done(struct fs_printer *pr, const struct fs_answer *answer);
void fs_printer_free(struct fs_printer *pr);

#endif
