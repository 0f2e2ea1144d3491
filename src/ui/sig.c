#include "ui/sig.h"

#include <unistd.h>

#define LEN(a)		(sizeof(a) / sizeof((a)[0]))
#define STACK		65536		/* for a fault that is a full stack */

static const int caught[] = { SIGTERM, SIGINT, SIGHUP, SIGWINCH, SIGTSTP,
    SIGCONT };
static const int ending[] = { SIGTERM, SIGINT, SIGHUP };
/* All others that end a program unless something is done about them. */
static const int crashes[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT,
    SIGSYS, SIGTRAP, SIGQUIT, SIGXCPU, SIGXFSZ, SIGUSR1, SIGUSR2, SIGALRM,
    SIGVTALRM, SIGPROF, SIGPOLL,
#ifdef SIGSTKFLT
    SIGSTKFLT,
#endif
#ifdef SIGPWR
    SIGPWR,
#endif
};

static volatile sig_atomic_t	came[NSIG];
static struct sigaction		before[LEN(caught)];
static sigset_t			mask_before;
static struct sigaction		crash_before[LEN(crashes)];
static char			crash_stack[STACK];
static void			(*crash_hook)(void);

static void
note(int signo)
{
	came[signo] = 1;
}

void
fs_sig_start(sigset_t *open)
{
	struct sigaction	act = { .sa_handler = note };
	sigset_t		all;

	sigemptyset(&all);
	sigemptyset(&act.sa_mask);
	for (size_t i = 0; i < LEN(caught); i++)
		sigaddset(&all, caught[i]);
	sigprocmask(SIG_BLOCK, &all, &mask_before);
	*open = mask_before;
	for (size_t i = 0; i < LEN(caught); i++) {
		sigdelset(open, caught[i]);
		sigaction(caught[i], NULL, &before[i]);
		if (caught[i] != SIGHUP || before[i].sa_handler != SIG_IGN)
			sigaction(caught[i], &act, NULL);
	}
}

/* One that is still waiting is dropped: the end has come already. */
void
fs_sig_stop(void)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	sigemptyset(&ignore.sa_mask);
	for (size_t i = 0; i < LEN(caught); i++) {
		sigaction(caught[i], &ignore, NULL);
		sigaction(caught[i], &before[i], NULL);
	}
	sigprocmask(SIG_SETMASK, &mask_before, NULL);
}

bool
fs_sig_take(int signo)
{
	bool is = came[signo] != 0;

	came[signo] = 0;
	return is;
}

int
fs_sig_ending(void)
{
	for (size_t i = 0; i < LEN(ending); i++) {
		if (came[ending[i]] != 0)
			return ending[i];
	}
	return 0;
}

static void
crash(int signo)
{
	crash_hook();
	for (size_t i = 0; i < LEN(crashes); i++) {
		if (crashes[i] == signo)
			sigaction(signo, &crash_before[i], NULL);
	}
	raise(signo);	/* blocked here: it comes when this returns */
}

void
fs_sig_on_crash(void (*hook)(void))
{
	struct sigaction act = { .sa_handler = crash, .sa_flags = SA_ONSTACK };
	stack_t	stack = { .ss_sp = crash_stack, .ss_size = STACK };

	crash_hook = hook;
	sigemptyset(&act.sa_mask);
	sigaltstack(&stack, NULL);
	for (size_t i = 0; i < LEN(crashes); i++) {
		sigaction(crashes[i], NULL, &crash_before[i]);
		if (crash_before[i].sa_handler != SIG_IGN)
			sigaction(crashes[i], &act, NULL);
	}
}

void
fs_sig_stop_self(void)
{
	struct sigaction	act = { .sa_handler = SIG_DFL }, old;
	sigset_t		both, was;

	sigemptyset(&act.sa_mask);
	sigaction(SIGTSTP, &act, &old);
	sigemptyset(&both);
	sigaddset(&both, SIGTSTP);
	sigaddset(&both, SIGCONT);	/* that which ends the stop */
	kill(0, SIGTSTP);
	sigprocmask(SIG_UNBLOCK, &both, &was);	/* here it stops */
	sigprocmask(SIG_SETMASK, &was, NULL);
	sigaction(SIGTSTP, &old, NULL);
	came[SIGTSTP] = 0;
	came[SIGCONT] = 0;
}
