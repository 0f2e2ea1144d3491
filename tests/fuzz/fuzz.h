/* What the fuzzers share: one function each that libFuzzer, or replay.c, calls. */
#ifndef FS_TESTS_FUZZ_H
#define FS_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The file of the corpus that is being replayed; NULL in libFuzzer. */
extern const char *fuzz_file __attribute__((weak));

/* What must hold whatever the input. */
#define FUZZ_CHECK(x) do {						\
	if (!(x)) {							\
		fprintf(stderr, "# %s:%d: %s\n", __FILE__, __LINE__, #x); \
		abort();						\
	}								\
} while (0)

static inline struct fs_bytes
fuzz_bytes(const uint8_t *data, size_t size)
{
	return fs_bytes((const char *)data, size);
}

/* In memory of its own size, so that a byte too far is seen; free() it. */
static inline char *
fuzz_copy(struct fs_bytes bytes)
{
	char *copy = malloc(bytes.len != 0 ? bytes.len : 1);

	FUZZ_CHECK(copy != NULL);
	if (bytes.len != 0)
		memcpy(copy, bytes.data, bytes.len);
	return copy;
}

/* As text with its NUL, as far as there is none in it; free() it. */
static inline char *
fuzz_text(struct fs_bytes bytes)
{
	size_t	 len = bytes.len != 0 ? strnlen(bytes.data, bytes.len) : 0;
	char	*text = malloc(len + 1);

	FUZZ_CHECK(text != NULL);
	if (len != 0)
		memcpy(text, bytes.data, len);
	text[len] = '\0';
	return text;
}

/* A number that depends on the input alone, below n: where to tear it. */
static inline size_t
fuzz_pick(struct fs_bytes bytes, size_t n)
{
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < bytes.len; i++)
		hash = (hash ^ (unsigned char)bytes.data[i]) * 16777619u;
	return n != 0 ? hash % n : 0;
}

/* Give each line, in memory of its own, to something. */
static inline void
fuzz_lines(struct fs_bytes text, void (*take)(struct fs_bytes line))
{
	while (text.len != 0) {
		const char	*end = memchr(text.data, '\n', text.len);
		size_t		 len = end != NULL ?
				    (size_t)(end - text.data) : text.len;
		char		*copy = fuzz_copy(fs_bytes(text.data, len));

		take(fs_bytes(copy, len));
		free(copy);
		len += end != NULL;
		text = fs_bytes(text.data + len, text.len - len);
	}
}

/* Whether the file of the corpus has a name that starts so. */
static inline int
fuzz_is(const char *start)
{
	return &fuzz_file != NULL && fuzz_file != NULL &&
	    strncmp(fuzz_file, start, strlen(start)) == 0;
}

#endif
