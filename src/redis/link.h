/*
 * One connection: a non-blocking hiredis context against one deadline, from
 * the look-up of the host to the end of the handshake. It is stepped by who
 * polls, and knows bytes and replies but not what they are for.
 */
#ifndef FS_REDIS_LINK_H
#define FS_REDIS_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/err.h"
#include "base/rng.h"
#include "base/str.h"
#include "redis/caps.h"
#include "redis/reply.h"
#include "redis/resp.h"
#include "redis/tls.h"

struct addrinfo;
struct redisContext;

enum fs_link_state {
	FS_LINK_DOWN,		/* why and retry_at say the rest */
	FS_LINK_CONNECTING,
	FS_LINK_TLS,
	FS_LINK_HANDSHAKE,	/* our name, our rights, what the server is */
	FS_LINK_LOADING,	/* the server is not ready: asked again later */
	FS_LINK_READY,
};

/* What all links of a cluster share; outlives them. */
struct fs_link_setup {
	const struct fs_target	*target;
	const char		*client_name;
	struct fs_tls		*tls;		/* NULL: none */
	struct fs_rng		*rng;
};

/* Read the members; change them only by the functions below. */
struct fs_link {
	const struct fs_link_setup *setup;
	char			*host;		/* NULL: the target's socket */
	bool			 named;		/* no address: looked up */
	int			 port;
	bool			 replica;	/* READONLY */

	enum fs_link_state	 state;
	int			 fd;		/* -1: none */
	struct fs_err		 why;		/* it is not ready */
	int64_t			 retry_at;	/* when down; FS_NEVER: not by
						   itself (password, TLS) */
	unsigned		 failures;	/* since it last did any good */
	int64_t			 ready_at;
	uint64_t		 put, written;	/* bytes since it was ready */
	uint64_t		 received;	/* bytes ever */
	struct fs_caps		 caps;		/* good since it was ready */

	struct redisContext	*ctx;
	void			*session;	/* TLS */
	bool			 shut;		/* the peer reads no more */
	bool			 tls_writes;	/* its handshake is to write */
	struct fs_resp		*resp;
	struct fs_str		 out;		/* behind what ctx has */
	size_t			 out_pos;
	struct addrinfo		*addrs, *addr;
	int64_t			 deadline;	/* until it is to be ready */
	int64_t			 step_at;	/* when to step it anyway */
	int64_t			 loading_since;	/* 0: it is not */
	bool			 unready;	/* some answer said so */
	unsigned		 asked, answered; /* of the handshake */
	struct fs_arena		 arena;
	struct fs_reply		 root;		/* may come in many pieces */
};

/* host NULL: the target's socket. Nothing is done until it is opened. */
struct fs_link *fs_link_new(const struct fs_link_setup *setup,
    const char *host, int port, bool replica);
void fs_link_free(struct fs_link *link);

/*
 * Start connecting. A host that is named is looked up, which blocks for as long
 * as the resolver wants (getaddrinfo has no other way); the connect timeout
 * runs from then on. Call fs_link_step then.
 */
void fs_link_open(struct fs_link *link);

/* Close; DOWN because of why, to be opened again at retry_at. */
void fs_link_fail(struct fs_link *link, const struct fs_err *why, int64_t now);

/* Close it because we want to: DOWN, but to be opened again at any time. */
void fs_link_close(struct fs_link *link, int64_t now);

/* Events to poll for; and the time at which to call step without any. */
short fs_link_events(const struct fs_link *link);
int64_t fs_link_due(const struct fs_link *link);

/* Go on with connecting. Not for READY. buf is memory for reading. */
void fs_link_step(struct fs_link *link, short revents, int64_t now, char *buf,
    size_t size);

/* READY only from here on. Queue bytes; returns where they end. */
uint64_t fs_link_put(struct fs_link *link, struct fs_bytes bytes);
/* Write what the socket takes. False: it failed, see why. */
bool fs_link_write(struct fs_link *link, int64_t now);
static inline bool
fs_link_has_output(const struct fs_link *link)
{
	return link->put != link->written;
}

/*
 * Read once into buf and feed the reader; false: it failed. *more: the buffer
 * was filled, or there is some in TLS: there may be more at once. Then take
 * replies by next until there is none; when it says BAD, the link has failed.
 */
bool fs_link_read(struct fs_link *link, char *buf, size_t size, bool *more,
    int64_t now);
enum fs_resp_got fs_link_next(struct fs_link *link, struct fs_arena *arena,
    struct fs_reply *root, int64_t now);

/* It answered what it was asked: forget past failures. */
static inline void
fs_link_good(struct fs_link *link)
{
	link->failures = 0;
}

#endif
