/* An audit in the text exposition format of Prometheus. (pure) */
#ifndef FS_CLI_PROM_H
#define FS_CLI_PROM_H

#include "cli/out.h"
#include "model/audit.h"

/* Every sample carries the prefix of the keys as a label. */
void fs_prom_audit(struct fs_out *out, const struct fs_audit_report *report,
    const char *prefix);

#endif
