/* What went wrong: a code for the program, a sentence for the operator. */
#ifndef FS_BASE_ERR_H
#define FS_BASE_ERR_H

#include <stdbool.h>

/*
 * Codes are about what a caller can do next, not about where it happened.
 * fs_err_status() maps them to the exit status of INTERFACE: 1 an answer that
 * is bad, 2 usage, 3 the store could not be used.
 */
enum fs_code {
	FS_OK = 0,
	FS_ENOENT,	/* 1: the entity or feature is not there */
	FS_EINPUT,	/* 1: rows or values that were rejected */
	FS_ELIMIT,	/* 1: a limit of the audit is broken */
	FS_EPARTIAL,	/* 1: done in part; what is missing was named */
	FS_EIO,		/* 1: a local file, terminal or stdout failed */
	FS_ECANCEL,	/* 1: cancelled by the operator */
	FS_EUSAGE,	/* 2: options, arguments, configuration */
	FS_EGUARD,	/* 2: a write in a session that is read-only */
	FS_ECONNECT,	/* 3: refused, unreachable, reset, closed: try again */
	FS_ETIMEOUT,	/* 3: no answer within the deadline: try again */
	FS_ETLS,	/* 3: certificate, handshake: will not mend itself */
	FS_EAUTH,	/* 3: WRONGPASS, NOAUTH: never retried by itself */
	FS_EPERM,	/* 3: NOPERM; msg names the right that is missing */
	FS_EPROTO,	/* 3: not RESP, or beyond our limits: reconnect */
	FS_ESERVER,	/* 3: an error reply: OOM, READONLY, MISCONF, ... */
	FS_EBUSY,	/* 3: LOADING, BUSY, CLUSTERDOWN: wait, try again */
	FS_ETOOOLD,	/* 3: the server lacks what is asked for */
	FS_ETYPE,	/* 1: the key is there and is no hash */
	FS_EUNREADY,	/* 3: the server loads its data: it was not waited for */
};

/* Lives on the caller's stack. Set only by the functions below. */
struct fs_err {
	enum fs_code	code;
	char		msg[400];	/* one line; may hold foreign bytes */
};

/*
 * Set code and message; cut off if too long. err may be NULL. Always false, so
 * that a failing function can end with "return fs_fail(...)".
 */
bool fs_fail(struct fs_err *err, enum fs_code code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Put "what: " in front of the message that is there. Always false. */
bool fs_fail_in(struct fs_err *err, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Append "; what else is wrong", unless that is said already. Where nothing was
 * wrong it is all there is. Always false. */
bool fs_fail_also(struct fs_err *err, const struct fs_err *other);

/* The exit status for a code: 0, 1, 2 or 3. */
int fs_err_status(enum fs_code code);

/* Whether waiting and trying again can help (ECONNECT, ETIMEOUT, EBUSY,
 * EUNREADY). */
bool fs_err_passing(enum fs_code code);

#endif
