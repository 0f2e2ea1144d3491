/* What goes to the session, and what stands before it. */
#ifndef FS_UI_SUBMIT_H
#define FS_UI_SUBMIT_H

#include <stdbool.h>

#include "base/err.h"
#include "ui/act.h"

/* One line for the operator, to be seen at once. */
void fs_submit_tell(struct fs_act *act, bool bad, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void fs_submit_tell_err(struct fs_act *act, const struct fs_err *err);

/*
 * What is asked of the store is to be seen, and judged by what is so now: a
 * frozen screen moves again. The snap as of now; what was given is not good
 * any more.
 */
const struct fs_snap *fs_submit_thaw(struct fs_act *act,
    const struct fs_snap *snap);

/* Hand over a request, which now belongs to the session. */
void fs_submit(struct fs_act *act, struct fs_request *request);
/* The same, when the prefix has been typed if it must be. */
void fs_submit_guarded(struct fs_act *act, const struct fs_snap *snap,
    const struct fs_command *cmd, struct fs_request *request);

/*
 * Whether nothing stands before the command. Else it is said what, or asked
 * for: then the prompt is open.
 */
bool fs_submit_may(struct fs_act *act, const struct fs_snap *snap,
    const struct fs_command *cmd);
/* Forget what waits for the prefix. */
void fs_submit_drop_held(struct fs_act *act);

/* The chosen features; false when there are none, which is said. */
bool fs_submit_features(struct fs_act *act, const struct fs_snap *snap,
    struct fs_list *names);

#endif
