/*
 * The arguments of a command as the table writes them: "ENTITY [--for D]", in
 * elements of which an option with its argument is one, and [] with all that
 * is in it. (pure)
 */
#ifndef FS_CLI_USAGE_H
#define FS_CLI_USAGE_H

#include <stdbool.h>

#include "base/str.h"

/* The next element of the rest; false at the end. */
bool fs_usage_element(struct fs_bytes *rest, struct fs_bytes *element);

/*
 * The next token of an element: [ ] | = ... ,... or an option or a word. glued:
 * no blank stands before it.
 */
bool fs_usage_token(struct fs_bytes *rest, struct fs_bytes *token,
    bool *glued);

#endif
