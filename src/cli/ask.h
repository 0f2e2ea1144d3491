/* What must be typed before something is destroyed. */
#ifndef FS_CLI_ASK_H
#define FS_CLI_ASK_H

#include <stdbool.h>

#include "cli/notice.h"

/* Whether somebody is there to be asked. */
bool fs_ask_can(void);

/*
 * Ask for the prefix and compare it to the letter; false when something else
 * was typed, the input ended or a signal came.
 */
bool fs_ask_prefix(struct fs_notice *notice, const char *prefix);

#endif
