/* A typed line to words, as a shell would. (pure) */
#ifndef FS_APP_WORDS_H
#define FS_APP_WORDS_H

#include <stdbool.h>

#include "base/err.h"

/*
 * Blanks divide; '...' and "..." hold them together, a backslash takes the next
 * character as it is, but not inside '...'. Nothing is expanded. argv ends with
 * NULL and is freed with one free(). False on a quote that is not closed.
 */
bool fs_words_split(const char *line, int *argc, char ***argv,
    struct fs_err *err);

#endif
