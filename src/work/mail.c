#include "work/mail.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/mem.h"
#include "work/bell.h"

struct fs_mail {
	_Atomic(void *)	  slot;
	int		  bell;
	void		(*free_value)(void *);
};

struct fs_mail *
fs_mail_new(void (*free_value)(void *))
{
	struct fs_mail *mail = fs_xcalloc(1, sizeof(*mail));

	atomic_init(&mail->slot, NULL);
	mail->free_value = free_value;
	mail->bell = fs_bell_open();
	return mail;
}

void
fs_mail_free(struct fs_mail *mail)
{
	void *value;

	if (mail == NULL)
		return;
	value = atomic_load(&mail->slot);
	if (value != NULL)
		mail->free_value(value);
	fs_bell_close(mail->bell);
	free(mail);
}

void
fs_mail_put(struct fs_mail *mail, void *value)
{
	void *missed = atomic_exchange(&mail->slot, value);

	if (missed != NULL)
		mail->free_value(missed);
	else
		fs_bell_ring(mail->bell);
}

/* The bell is silenced first: a value put meanwhile is taken or rings anew. */
void *
fs_mail_take(struct fs_mail *mail)
{
	fs_bell_silence(mail->bell);
	return atomic_exchange(&mail->slot, NULL);
}

bool
fs_mail_waiting(const struct fs_mail *mail)
{
	return atomic_load(&mail->slot) != NULL;
}

int
fs_mail_fd(const struct fs_mail *mail)
{
	return mail->bell;
}
