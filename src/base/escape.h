/*
 * Foreign bytes to text that is safe on any terminal. (pure)
 *
 * Everything that is not printable in its own right is made visible: C0 and
 * DEL as \n \r \t \e \xHH, C1 (as U+0080..9F and as raw bytes), broken,
 * overlong and surrogate UTF-8 byte by byte as \xHH, and bidi controls,
 * zero-width and other format characters, line and paragraph separators,
 * private use, non-characters and unassigned as \u{202E}; a combining mark
 * is kept up to the second on one base and escaped beyond, or when it comes
 * first. A backslash is doubled. Without utf8 (the
 * locale is not UTF-8) whatever is beyond ASCII is escaped too. The result
 * depends on no locale: the width table is our own.
 */
#ifndef FS_BASE_ESCAPE_H
#define FS_BASE_ESCAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/* Append the visible form of all bytes. */
void fs_escape(struct fs_str *out, struct fs_bytes in, bool utf8);

/*
 * Append the visible form, at most width columns of it; when not all fits the
 * last column is "…" ("~" without utf8). Returns the columns used. Reads no
 * more of in than it needs, so a value of a megabyte costs nothing.
 */
size_t fs_escape_fit(struct fs_str *out, struct fs_bytes in, size_t width,
    bool utf8);

/*
 * Append what stands between the quotes of a JSON string: \", \\, \n, \r, \t,
 * and \uXXXX for all else that is not printable, so that the text is as safe
 * on a terminal as it is right as JSON. Bytes that are not UTF-8 become U+FFFD.
 */
void fs_escape_json(struct fs_str *out, struct fs_bytes in);

/* Columns of the visible form of all bytes. */
size_t fs_escape_width(struct fs_bytes in, bool utf8);

/* Whether they are at most width; reads no more of in than that takes. */
bool fs_escape_fits(struct fs_bytes in, size_t width, bool utf8);

/*
 * The next visible unit of in: from *pos on, one character with its combining
 * marks, or one escape. Its bytes go to buf (64 is enough), *width is its
 * columns (1, 2, or up to 10 for an escape). Returns the bytes written, 0 at
 * the end.
 */
size_t fs_escape_next(struct fs_bytes in, size_t *pos, bool utf8,
    char buf[64], size_t *width);

/* Whether all of it is valid UTF-8 (RFC 3629), NUL and controls included. */
bool fs_utf8_valid(struct fs_bytes in);

/*
 * Decode one code point at in[pos]; returns its length, or 0 when the bytes
 * there are not valid UTF-8.
 */
size_t fs_utf8_decode(struct fs_bytes in, size_t pos, uint32_t *cp);

/* Columns of a code point: 0 combining, 1, 2 wide; -1 not printable. */
int fs_utf8_width(uint32_t cp);

#endif
