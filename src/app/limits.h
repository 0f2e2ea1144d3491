/* What an audit must keep within. (pure) */
#ifndef FS_APP_LIMITS_H
#define FS_APP_LIMITS_H

#include <stdbool.h>

#include "app/options.h"
#include "base/err.h"
#include "model/audit.h"

/* The violations that --fail-on names ("leak,orphan"), as bits. */
bool fs_limits_kinds(const char *text, unsigned *kinds, struct fs_err *err);

/* Whether a limit of stalled features is set though none can be said to have
 * stalled, for the schema expects no interval of any. */
bool fs_limits_in_vain(const struct fs_command_options *opt,
    const struct fs_schema *schema);

/*
 * Whether the report keeps within the limits of --max-missing, --max-leaks,
 * --max-stalled and --fail-on; false and FS_ELIMIT, which names those broken.
 * Of a sample --max-leaks is for the estimate of the whole store, --max-missing
 * for the share that lacks a feature, the others for what was met in it.
 */
bool fs_limits_judge(const struct fs_command_options *opt,
    const struct fs_audit_report *report, struct fs_err *err);

#endif
