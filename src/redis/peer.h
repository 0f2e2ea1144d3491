/*
 * What cluster, pump and batch share: the servers, and the units that are on
 * their way to them.
 */
#ifndef FS_REDIS_PEER_H
#define FS_REDIS_PEER_H

#include <sys/queue.h>

#include <stdbool.h>
#include <stdatomic.h>
#include <stdint.h>

#include "base/rng.h"
#include "base/str.h"
#include "redis/batch.h"
#include "redis/cluster.h"
#include "redis/link.h"
#include "redis/resp.h"
#include "redis/slot.h"

#define FS_READ_BYTES	(64 * 1024)	/* what is read at a time */

struct fs_peer;

enum fs_place {
	FS_PLACE_NONE,		/* free, open, or given to the caller */
	FS_PLACE_WAITING,	/* at a peer that is not connected yet */
	FS_PLACE_FLIGHT,	/* in a peer's output, or sent */
	FS_PLACE_LATER,		/* to be tried again at a certain time */
	FS_PLACE_DONE,		/* to be taken */
};

/* A unit on its way; all of it belongs to its batch. */
struct fs_work {
	uint64_t		 tag;
	struct fs_batch		*batch;
	TAILQ_ENTRY(fs_work)	 at;		/* in the list of its place */
	TAILQ_ENTRY(fs_work)	 asked;		/* in the batch, as asked */

	enum fs_place		 place;
	struct fs_peer		*home;		/* asked for; NULL: by slot */
	struct fs_peer		*peer;		/* where it is now */
	struct fs_peer		*via;		/* put off on its way to this
						   one, by ASK; or NULL */
	uint64_t		 number;	/* in the order asked; 0: new */
	uint16_t		 slot;

	struct fs_str		 out;		/* the commands, in RESP */
	struct fs_arena		 arena;		/* the replies */
	struct fs_reply		*replies;
	const struct fs_reply	*answer;	/* of them, for the caller */
	struct fs_err		*why;		/* it failed, or is to be tried
						   again; NULL: neither */
	enum fs_fate		 fate;
	int			 node;		/* who answered, or -1 */
	uint64_t		 process;	/* and which start of it, or 0 */
	size_t			 held;		/* what the replies take */
	uint32_t		 ncommands;
	uint32_t		 expected, got;	/* replies to this sending */

	bool			 writes;
	bool			 atomic;	/* MULTI and EXEC around it */
	bool			 replica;	/* one may answer */
	bool			 asking;	/* sent behind ASKING */
	bool			 errors;	/* some reply is one */
	bool			 touched;	/* some of it may be done */
	bool			 resent;	/* lost once and sent again */
	bool			 twice;		/* a write that may be */
	bool			 behind;	/* put off until another one of
						   its key is answered */
	uint8_t			 redirects, retries;

	uint64_t		 start;		/* in the link's output */
	int64_t			 sent_us, done_us;
	int64_t			 deadline;
	int64_t			 later_at;
};

TAILQ_HEAD(fs_works, fs_work);

/* A server: where it is, the connection, and what is on its way to it. */
struct fs_peer {
	TAILQ_ENTRY(fs_peer)	 next;
	char			*host;		/* NULL: the target's socket */
	int			 port;
	char			*name;
	struct fs_link		*link;
	int			 index;		/* among the primaries; or -1 */
	int			 shard;		/* index of the primary that
						   serves it instead; or -1 */
	struct fs_peer		*reader;	/* its replica; or NULL */
	bool			 in_map;
	bool			 heir;		/* a replica may take over */
	bool			 aside;		/* asked how it is, not read */
	int64_t			 away_at;	/* no good since then; or 0 */
	int64_t			 down_at;	/* it says since then that the
						   cluster is down; or 0 */
	bool			 silent;	/* the last try to connect had
						   no answer in time */
	bool			 knock;		/* try, though nobody waits */
	const char		*reopen;	/* why it is to be, once idle */
	bool			 polled;	/* it is among the fds */
	struct fs_works		 waiting;
	struct fs_works		 flight;	/* in the order of the output */
	struct fs_work		*unsent;	/* the first of them; or NULL */
};

TAILQ_HEAD(fs_peers, fs_peer);

struct fs_cluster {
	struct fs_target	*target;
	char			*client_name;
	const atomic_bool	*cancel;
	struct fs_tls		*tls;
	struct fs_rng		 rng;
	struct fs_link_setup	 setup;

	struct fs_caps		 caps;
	struct fs_caps		 learned;	/* of them, from errors */
	bool			 gate;		/* writes may pass */
	bool			 watched;	/* replicas are asked how they
						   are */
	struct fs_str		 keys;		/* the pattern of ours */

	struct fs_peers		 peers;
	size_t			 npeers;
	struct fs_peer		*seed;		/* where we began */
	struct fs_peer		**primary;	/* by their index */
	size_t			 nprimary;
	int16_t			*slots;		/* to index, -1: a hole */
	uint16_t		*order;		/* slots, node by node; */
	size_t			*first;		/* where each one's begin */
	bool			 order_stale;
	uint64_t		 epoch;

	bool			 map_wanted;	/* something in it is wrong */
	int64_t			 hole_at;	/* a slot without a node was
						   asked for; or 0 */
	int64_t			 map_asked_at;
	struct fs_batch		*own;		/* asks for the map */
	struct fs_peer		*map_peer;	/* who was asked last */

	TAILQ_HEAD(, fs_batch)	 batches;
	struct fs_works		 later;
	int64_t			 wake;		/* no timer is due before */
	size_t			 held;		/* bytes of replies not taken */
	uint64_t		 completed;	/* units, ever */
	uint64_t		 placed;	/* number of the last new one */
	uint64_t		 strayed;	/* up to this one they may be
						   on other ways than straight */
	int64_t			 now, left_at;	/* of this turn, the last */
	struct pollfd		*fds;
	size_t			 nfds, fds_size;
	char			*buf;		/* FS_READ_BYTES: everything is
						   read into it */
	struct fs_cost		 cost;
};

/* What the pump needs of a batch. */
struct fs_batch {
	struct fs_cluster	*cl;
	TAILQ_ENTRY(fs_batch)	 next;
	struct fs_window	 window;
	int64_t			 away_us, heir_us;	/* patience */
	struct fs_works		 asked;		/* in the window, as asked */
	struct fs_works		 done;		/* some of them, as completed */
	struct fs_works		 idle;		/* their memory is used again */
	struct fs_work		*open;		/* being formatted */
	struct fs_work		*given;		/* with the caller, as unit */
	struct fs_unit		 unit;
	size_t			 pending, bytes, nidle;
	size_t			 args_left;	/* of the open command */
	struct fs_err		 refused;	/* of the open unit */
};

/* The server at this place, added when new. host NULL: the target's socket.
 * NULL when there are too many already. */
struct fs_peer *fs_peer_at(struct fs_cluster *cl, const char *host, int port,
    bool replica);
void fs_peer_free_all(struct fs_cluster *cl);

/* MOVED said so: this slot is there now. */
void fs_peer_moved(struct fs_cluster *cl, unsigned slot, struct fs_peer *peer);

/* The next unit of a batch if it is complete; does not pump. */
const struct fs_unit *fs_batch_ready(struct fs_batch *b);

/* One server has all slots. */
void fs_peer_alone(struct fs_cluster *cl, struct fs_peer *peer);

/*
 * Ask for the map when something in it is wrong, at most once a second, and
 * take over what came. Called now and then by the pump.
 */
void fs_peer_tend(struct fs_cluster *cl);

/* Read a map that was asked for and take it over. */
bool fs_peer_take_map(struct fs_cluster *cl, const struct fs_unit *unit,
    struct fs_err *err);

/* Add the question for the map to the cluster's own batch. */
void fs_peer_ask_map(struct fs_cluster *cl, struct fs_peer *peer);

#endif
