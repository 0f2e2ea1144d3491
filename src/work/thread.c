#include "work/thread.h"

#include <signal.h>
#include <stdatomic.h>
#include <time.h>

#include "base/clock.h"
#include "base/mem.h"

#define STEP_US	(2 * FS_MS)

static atomic_bool left;	/* some thread goes on by itself */

/* A fault is of the thread that makes it: blocked there it would end the
 * program without the handler that puts the terminal back. */
static const int faults[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGSYS,
    SIGABRT, SIGTRAP };

void
fs_thread_start(pthread_t *thread, void *(*run)(void *), void *arg)
{
	sigset_t all, old;

	sigfillset(&all);
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		sigdelset(&all, faults[i]);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	if (pthread_create(thread, NULL, run, arg) != 0)
		fs_mem_die_of("no thread could be started; raise the limits "
		    "of processes and memory (ulimit -u, ulimit -v)");
	pthread_sigmask(SIG_SETMASK, &old, NULL);
}

static struct timespec
timespec_of(int64_t us)
{
	return (struct timespec){ .tv_sec = us / FS_SEC,
		.tv_nsec = us % FS_SEC * 1000 };
}

bool
fs_thread_join(pthread_t thread, int64_t deadline_us)
{
	const struct timespec step = timespec_of(STEP_US);

	while (pthread_tryjoin_np(thread, NULL) != 0) {
		if (fs_clock_mono() >= deadline_us) {
			pthread_detach(thread);
			atomic_store(&left, true);
			return false;
		}
		nanosleep(&step, NULL);
	}
	return true;
}

bool
fs_thread_none_left(void)
{
	return !atomic_load(&left);
}

void
fs_cond_init(pthread_cond_t *cond)
{
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(cond, &attr);
	pthread_condattr_destroy(&attr);
}

void
fs_cond_wait_until(pthread_cond_t *cond, pthread_mutex_t *lock,
    int64_t deadline_us)
{
	const struct timespec ts = timespec_of(deadline_us);

	if (deadline_us == FS_NEVER)
		pthread_cond_wait(cond, lock);
	else
		pthread_cond_timedwait(cond, lock, &ts);
}
