/*
 * Signals as flags. They are blocked always but while the loop waits, so that
 * none comes between looking at the flags and waiting.
 */
#ifndef FS_UI_SIG_H
#define FS_UI_SIG_H

#include <signal.h>
#include <stdbool.h>

/*
 * Block them, before any thread is started, and catch them; open is the mask
 * for ppoll(). A SIGHUP that is ignored stays so.
 */
void fs_sig_start(sigset_t *open);
/* As they were before. */
void fs_sig_stop(void);

/* Whether the signal came since the last time. */
bool fs_sig_take(int signo);
/* The first of those that end the program, or 0. */
int fs_sig_ending(void);

/*
 * Call hook, which does only what is safe in a handler, before the program dies
 * of a fault or of a signal that nobody awaits; that then takes its course.
 */
void fs_sig_on_crash(void (*hook)(void));

/* Stop as if Ctrl-Z had been for the shell; returns when continued. */
void fs_sig_stop_self(void);

#endif
