/* Words for rows that are not taken. For the files of source/ alone. */
#ifndef FS_SOURCE_BAD_H
#define FS_SOURCE_BAD_H

#include <stddef.h>

#include "base/str.h"
#include "model/schema.h"
#include "source/source.h"

/* A short piece of foreign text fits into it, with quotes. */
#define FS_EXCERPT	64

/* "'text'", cut to fit with "..."; NULs become '?'. Returns buf. */
char *fs_excerpt(char buf[FS_EXCERPT], struct fs_bytes text);

/* The same without quotes, for names of features. */
char *fs_excerpt_bare(char buf[FS_EXCERPT], struct fs_bytes text);

/* "a string", "an int64", ... */
const char *fs_type_phrase(enum fs_type type);

/* Say why; always FS_GOT_BAD. */
enum fs_got fs_bad_say(struct fs_bad *bad, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Where row starts is where bad is, if got says that it is bad; returns got. */
enum fs_got fs_bad_at(struct fs_bad *bad, const struct fs_row *row,
    enum fs_got got);
/* "name: 'text' is not an int64" */
enum fs_got fs_bad_value(struct fs_bad *bad, struct fs_bytes name,
    struct fs_bytes text, enum fs_type type);

#endif
