#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <bsd/string.h>

/* Copy text to the message; what is cut off ends before a whole character. */
static void
set(struct fs_err *err, const char *text)
{
	size_t end = sizeof(err->msg) - 1;

	if (strlcpy(err->msg, text, sizeof(err->msg)) <= end)
		return;
	for (int i = 0; i < 3 && ((unsigned char)text[end] & 0xc0) == 0x80; i++)
		end--;
	err->msg[end] = '\0';
}

/* One byte more than fits shows the cut. */
#define TEXT_SIZE	(sizeof(((struct fs_err *)NULL)->msg) + 1)

__attribute__((format(printf, 2, 0)))
static void
print(char text[TEXT_SIZE], const char *fmt, va_list ap)
{
	if (vsnprintf(text, TEXT_SIZE, fmt, ap) < 0)
		text[0] = '\0';
}

bool
fs_fail(struct fs_err *err, enum fs_code code, const char *fmt, ...)
{
	char	text[TEXT_SIZE];
	va_list	ap;

	if (err == NULL)
		return false;
	va_start(ap, fmt);
	print(text, fmt, ap);
	va_end(ap);
	err->code = code;
	set(err, text);
	return false;
}

bool
fs_fail_in(struct fs_err *err, const char *fmt, ...)
{
	char	text[TEXT_SIZE];
	va_list	ap;

	if (err == NULL)
		return false;
	va_start(ap, fmt);
	print(text, fmt, ap);
	va_end(ap);
	strlcat(text, ": ", sizeof(text));
	strlcat(text, err->msg, sizeof(text));
	set(err, text);
	return false;
}

bool
fs_fail_also(struct fs_err *err, const struct fs_err *other)
{
	struct fs_err both = *err;

	if (err->code == FS_OK) {
		*err = *other;
	} else if (other->code != FS_OK && strstr(err->msg, other->msg) ==
	    NULL) {
		strlcat(both.msg, "; ", sizeof(both.msg));
		strlcat(both.msg, other->msg, sizeof(both.msg));
		set(err, both.msg);
	}
	return false;
}

int
fs_err_status(enum fs_code code)
{
	switch (code) {
	case FS_OK:
		return 0;
	case FS_ENOENT:
	case FS_EINPUT:
	case FS_ELIMIT:
	case FS_EPARTIAL:
	case FS_EIO:
	case FS_ECANCEL:
	case FS_ETYPE:
		return 1;
	case FS_EUSAGE:
	case FS_EGUARD:
		return 2;
	case FS_ECONNECT:
	case FS_ETIMEOUT:
	case FS_ETLS:
	case FS_EAUTH:
	case FS_EPERM:
	case FS_EPROTO:
	case FS_ESERVER:
	case FS_EBUSY:
	case FS_EUNREADY:
	case FS_ETOOOLD:
		return 3;
	}
	return 3;
}

bool
fs_err_passing(enum fs_code code)
{
	return code == FS_ECONNECT || code == FS_ETIMEOUT ||
	    code == FS_EBUSY || code == FS_EUNREADY;
}
