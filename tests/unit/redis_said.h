/* Replies as a server would send them, read by the program's own reader. */
#ifndef FS_TESTS_REDIS_SAID_H
#define FS_TESTS_REDIS_SAID_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "redis/resp.h"

static struct fs_arena arena;

/* What a server said, as a value that is good until the next one. */
static inline const struct fs_reply *
said(const char *resp)
{
	static struct fs_reply	 root;
	struct fs_resp		*rs = fs_resp_new();

	fs_arena_reset(&arena);
	fs_resp_feed(rs, resp, strlen(resp));
	if (fs_resp_next(rs, &arena, &root, NULL) != FS_RESP_REPLY)
		fail_msg("not a whole reply: %s", resp);
	fs_resp_free(rs);
	return &root;
}

static inline int
clean_up(void **state)
{
	(void)state;
	fs_arena_free(&arena);
	return 0;
}

#endif
