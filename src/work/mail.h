/*
 * A one-slot mailbox between two threads: the newest value wins. One thread
 * puts, one takes. The receiver polls the descriptor.
 */
#ifndef FS_WORK_MAIL_H
#define FS_WORK_MAIL_H

#include <stdbool.h>

struct fs_mail;

/* free_value is called for a value that was overtaken or never taken. */
struct fs_mail *fs_mail_new(void (*free_value)(void *));
void fs_mail_free(struct fs_mail *mail);	/* NULL is a no-op */

/* Hand over a value, which now belongs to the mailbox. Never waits. */
void fs_mail_put(struct fs_mail *mail, void *value);
/* The newest value, now the caller's to free; NULL if none is new. */
void *fs_mail_take(struct fs_mail *mail);
/* Whether the last value put has not been taken yet. */
bool fs_mail_waiting(const struct fs_mail *mail);
/* Readable when a value is there (or was a moment ago). */
int fs_mail_fd(const struct fs_mail *mail);

#endif
