/* Threads that no signal reaches, and whose end is waited for, not forever. */
#ifndef FS_WORK_THREAD_H
#define FS_WORK_THREAD_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/* All signals are blocked in it. The program ends where there is none left. */
void fs_thread_start(pthread_t *thread, void *(*run)(void *), void *arg);

/*
 * Wait for its end until the deadline. False: it goes on by itself (a look-up
 * of a name cannot be cancelled), and what it uses must not be freed.
 */
bool fs_thread_join(pthread_t thread, int64_t deadline_us);

/* Whether none goes on so. Where one does, the program has to end by _exit:
 * what it shares with others, and the libraries' own, is still in use. */
bool fs_thread_none_left(void);

/* A condition whose deadlines are fs_clock_mono()'s. */
void fs_cond_init(pthread_cond_t *cond);
void fs_cond_wait_until(pthread_cond_t *cond, pthread_mutex_t *lock,
    int64_t deadline_us);

#endif
