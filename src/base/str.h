/* Bytes: a view of foreign ones, and a growable string of our own. (pure) */
#ifndef FS_BASE_STR_H
#define FS_BASE_STR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* A view. It owns nothing, and there may be NULs in it. */
struct fs_bytes {
	const char	*data;
	size_t		 len;
};

static inline struct fs_bytes
fs_bytes(const char *data, size_t len)
{
	return (struct fs_bytes){ data, len };
}

static inline struct fs_bytes
fs_bytes_of(const char *text)
{
	return (struct fs_bytes){ text, strlen(text) };
}

bool fs_bytes_eq(struct fs_bytes a, struct fs_bytes b);
/* As memcmp, a shorter one that is a prefix first. */
int  fs_bytes_cmp(struct fs_bytes a, struct fs_bytes b);
bool fs_bytes_starts(struct fs_bytes bytes, struct fs_bytes prefix);

/* Growable; zero-initialise it. data is NUL-terminated once anything is in. */
struct fs_str {
	char	*data;
	size_t	 len;
	size_t	 size;
};

void fs_str_free(struct fs_str *str);		/* and empty again */
void fs_str_clear(struct fs_str *str);		/* keeps the memory */
/* Room for that many more bytes and a NUL. */
void fs_str_room(struct fs_str *str, size_t more);

/* What is added must not lie in str itself: str may move. */
static inline void
fs_str_add(struct fs_str *str, const void *data, size_t len)
{
	if (len >= str->size - str->len)
		fs_str_room(str, len);
	if (len != 0)
		memcpy(str->data + str->len, data, len);
	str->len += len;
	str->data[str->len] = '\0';
}

static inline void
fs_str_add_bytes(struct fs_str *str, struct fs_bytes bytes)
{
	fs_str_add(str, bytes.data, bytes.len);
}

static inline void
fs_str_add_text(struct fs_str *str, const char *text)
{
	fs_str_add(str, text, strlen(text));
}

static inline void
fs_str_add_char(struct fs_str *str, char c)
{
	fs_str_add(str, &c, 1);
}

void fs_str_add_u64(struct fs_str *str, unsigned long long n);
void fs_str_add_i64(struct fs_str *str, long long n);
void fs_str_addf(struct fs_str *str, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void fs_str_vaddf(struct fs_str *str, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0)));
/* Keep only the first n bytes. */
void fs_str_cut(struct fs_str *str, size_t n);
/* Take the first n bytes away (all, if there are fewer). */
void fs_str_drop(struct fs_str *str, size_t n);
struct fs_bytes fs_str_bytes(const struct fs_str *str);
/* Hand the bytes over ("" if none); free() them; str is empty again. */
char *fs_str_take(struct fs_str *str);

#endif
