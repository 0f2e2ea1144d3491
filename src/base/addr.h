/* Where Redis is and how to get in: URIs and options to one value. (pure) */
#ifndef FS_BASE_ADDR_H
#define FS_BASE_ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

/* "FROM=TO", each host or host:port; see --natmap. */
struct fs_natmap {
	char	*from_host, *to_host;
	int	 from_port, to_port;	/* 0: any, unchanged */
};

struct fs_target {
	char	*host;			/* NULL when socket is set */
	int	 port;
	char	*socket;
	int	 db;
	char	*user, *pass;		/* NULL: none */
	bool	 tls, insecure;
	char	*cacert, *cacertdir, *cert, *key, *sni;
	struct fs_natmap *natmap;
	size_t	 nnatmap;
	bool	 replica_reads;
	int64_t	 scan_rate;		/* keys a second; 0: no limit */
	int64_t	 connect_timeout_ms;	/* the whole connect and handshake */
	int64_t	 timeout_ms;		/* the whole round trip */
};

/* 127.0.0.1:6379/0, 5 s and 5 s. */
struct fs_target *fs_target_new(void);
struct fs_target *fs_target_copy(const struct fs_target *target);
void fs_target_free(struct fs_target *target);	/* passwords overwritten */

/*
 * Set what the URI says: redis:// rediss:// valkey:// valkeys://
 * [user[:password]@]host[:port][/db] and unix://[user:password@]/path[?db=N];
 * percent-decoded, [v6] hosts. False names what is wrong with it, never its
 * password.
 */
bool fs_target_uri(struct fs_target *target, const char *uri,
    struct fs_err *err);

/* Add a line of --natmap. */
bool fs_target_natmap(struct fs_target *target, const char *text,
    struct fs_err *err);

/* Apply the natmap to an announced address; host is replaced in place. */
void fs_target_translate(const struct fs_target *target, char **host,
    int *port);

/*
 * As one would write it, without password: "redis://10.2.0.7:6379/0",
 * "unix:///run/redis.sock". Appended to out; foreign bytes are not escaped.
 */
void fs_target_show(const struct fs_target *target, struct fs_str *out);

/* "host:port", a v6 host in brackets. Appended to out. */
void fs_addr_show(struct fs_str *out, const char *host, int port);

/*
 * "host:port" of MOVED and CLUSTER replies: the last colon divides; IPv6 may
 * come bare or in brackets. False: no port, port 0 or above 65535. An empty
 * host is allowed and means "where I asked".
 */
bool fs_addr_split(struct fs_bytes text, struct fs_bytes *host, int *port);

#endif
