/*
 * The configuration file: long options as "name = value", and sections
 * [profile] of which one is chosen.
 */
#ifndef FS_APP_PROFILE_H
#define FS_APP_PROFILE_H

#include <stdbool.h>

#include "app/setting.h"
#include "base/err.h"
#include "base/str.h"

/*
 * The file's path by $XDG_CONFIG_HOME and $HOME; NULL where neither is set.
 * The caller frees it.
 */
char *fs_profile_path(void);

/*
 * Add what the file says outside sections, and in the section named profile
 * (NULL: in none). A file that is not there says nothing, unless a profile is
 * asked for. False and err, with FILE:LINE, on any fault in any section; also
 * when the file holds a password and others can read it.
 */
bool fs_profile_load(const char *path, const char *profile,
    struct fs_settings *list, struct fs_err *err);

/* The same for text that was read already. (pure) */
bool fs_profile_parse(struct fs_bytes text, const char *path,
    const char *profile, struct fs_settings *list, bool *secret,
    struct fs_err *err);

#endif
