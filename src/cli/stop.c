#include "cli/stop.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#define LEN(a)		(sizeof(a) / sizeof((a)[0]))

static const int signals[] = { SIGINT, SIGTERM, SIGHUP };

static volatile sig_atomic_t	 first, count;
static sigset_t			 open_mask;

static void
on_signal(int sig)
{
	if (first == 0)
		first = sig;
	if (count < 100)
		count++;
}

/* What was ignored at the start (nohup) stays so. */
static void
install(int sig)
{
	struct sigaction sa = { .sa_handler = on_signal }, was;

	sigemptyset(&sa.sa_mask);
	if (sigaction(sig, NULL, &was) == 0 && was.sa_handler != SIG_IGN)
		sigaction(sig, &sa, NULL);
}

void
fs_stop_begin(void)
{
	sigset_t block;

	first = count = 0;
	sigemptyset(&block);
	for (size_t i = 0; i < LEN(signals); i++) {
		sigaddset(&block, signals[i]);
		install(signals[i]);
	}
	pthread_sigmask(SIG_BLOCK, &block, &open_mask);
	for (size_t i = 0; i < LEN(signals); i++)
		sigdelset(&open_mask, signals[i]);
}

int
fs_stop_signal(void)
{
	return first;
}

int
fs_stop_count(void)
{
	return count;
}

int
fs_stop_poll(struct pollfd *fds, size_t n, int timeout_ms)
{
	struct timespec wait = { timeout_ms / 1000,
	    timeout_ms % 1000 * 1000000L };

	return ppoll(fds, n, timeout_ms < 0 ? NULL : &wait, &open_mask);
}
