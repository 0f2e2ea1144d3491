/*
 * A descriptor that one thread makes readable for another. It stays so until
 * it is silenced, however often it was rung.
 */
#ifndef FS_WORK_BELL_H
#define FS_WORK_BELL_H

/* Ends the program where there is no descriptor left. */
int  fs_bell_open(void);
void fs_bell_close(int bell);
void fs_bell_ring(int bell);
void fs_bell_silence(int bell);

#endif
