#include "redis/link.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>

#include <hiredis/hiredis.h>
#include <hiredis/sds.h>

#include "base/backoff.h"
#include "base/clock.h"
#include "base/mem.h"

#define LOADING_MAX	(30 * FS_SEC)
#define LOADING_PAUSE	(200 * FS_MS)
#define BUSY_PAUSE	(20 * FS_MS)

/* What hiredis is given at a time: it moves the rest after a part is gone. */
#define CHUNK		(64 * 1024)

/* A peer that is gone without a word is noticed within 20 s. */
#define KEEP_IDLE_S	5
#define KEEP_EVERY_S	5
#define KEEP_COUNT	3
#define USER_TIMEOUT_MS	20000

/* Whether connecting to it begins with a question to the resolver. */
static bool
is_name(const char *host)
{
	struct addrinfo	 hints = { .ai_flags = AI_NUMERICHOST };
	struct addrinfo	*addrs;
	int		 rv = getaddrinfo(host, NULL, &hints, &addrs);

	if (rv == EAI_MEMORY)
		fs_mem_die();
	if (rv == 0)
		freeaddrinfo(addrs);
	return rv != 0;
}

struct fs_link *
fs_link_new(const struct fs_link_setup *setup, const char *host, int port,
    bool replica)
{
	struct fs_link *l = fs_xcalloc(1, sizeof(*l));

	l->setup = setup;
	l->host = host != NULL ? fs_xstrdup(host) : NULL;
	l->named = host != NULL && is_name(host);
	l->port = port;
	l->replica = replica;
	l->fd = -1;
	fs_caps_init(&l->caps);
	fs_fail(&l->why, FS_ECONNECT, "not connected yet");
	return l;
}

/* Close the socket and forget what was on its way. */
static void
hang_up(struct fs_link *l)
{
	if (l->ctx != NULL)
		redisFree(l->ctx);
	l->ctx = NULL;
	l->session = NULL;
	l->fd = -1;
	l->shut = false;
	fs_resp_free(l->resp);
	l->resp = NULL;
	fs_str_free(&l->out);
	l->out_pos = 0;
	fs_arena_free(&l->arena);
}

static void
forget_addresses(struct fs_link *l)
{
	if (l->addrs != NULL)
		freeaddrinfo(l->addrs);
	l->addrs = l->addr = NULL;
}

void
fs_link_free(struct fs_link *link)
{
	if (link == NULL)
		return;
	hang_up(link);
	forget_addresses(link);
	free(link->host);
	free(link);
}

/* When to try again: at once after a connection that had done some good. */
static int64_t
next_try(struct fs_link *l, int64_t now)
{
	if (l->why.code == FS_EAUTH || l->why.code == FS_ETLS)
		return FS_NEVER;
	if (l->failures++ == 0 && l->state == FS_LINK_READY)
		return now;
	return now + fs_backoff(l->setup->rng, FS_RETRY_MIN, FS_RETRY_MAX,
	    l->failures);
}

void
fs_link_fail(struct fs_link *link, const struct fs_err *why, int64_t now)
{
	link->why = *why;
	link->retry_at = next_try(link, now);
	hang_up(link);
	forget_addresses(link);
	link->state = FS_LINK_DOWN;
}

void
fs_link_close(struct fs_link *link, int64_t now)
{
	hang_up(link);
	forget_addresses(link);
	fs_fail(&link->why, FS_ECONNECT, "closed");
	if (link->state != FS_LINK_DOWN)
		link->retry_at = now;
	link->state = FS_LINK_DOWN;
}

/* The errors of connecting name where to; later ones do not need it. */
static void
fail_connect(struct fs_link *l, int64_t now, enum fs_code code,
    const char *text)
{
	struct fs_err	err;
	struct fs_str	where = { 0 };

	if (l->host != NULL)
		fs_addr_show(&where, l->host, l->port);
	else
		fs_str_add_text(&where, l->setup->target->socket);
	fs_fail(&err, code, "connect %s: %s", where.data, text);
	fs_str_free(&where);
	fs_link_fail(l, &err, now);
}

/*
 * Addresses
 */

static void
start(struct fs_link *l, int64_t now)
{
	l->fd = l->ctx->fd;
	fcntl(l->fd, F_SETFD, FD_CLOEXEC);
	l->state = FS_LINK_CONNECTING;
	l->written = l->put = 0;
	l->step_at = l->deadline;
	if (l->addr != NULL) {
		int64_t left = 1;

		/* A dead address gets its share of the time, not all. */
		for (struct addrinfo *a = l->addr->ai_next; a; a = a->ai_next)
			left++;
		l->step_at = now + (l->deadline - now) / left;
	}
}

/* Why a socket is none, where connect() only says that it was refused. */
static const char *
no_socket(const char *path, const char *text)
{
	struct stat st;

	if (strlen(path) >= sizeof(((struct sockaddr_un *)0)->sun_path))
		return "the path is too long for a socket";
	if (stat(path, &st) == 0 && !S_ISSOCK(st.st_mode))
		return "this is not a socket";
	return text;
}

/* The queue of a socket's new connections is full for the moment. */
static void
try_again(struct fs_link *l, int64_t now)
{
	hang_up(l);
	l->step_at = now + BUSY_PAUSE;
}

static void
try_socket(struct fs_link *l, int64_t now)
{
	const char *path = l->setup->target->socket;

	if (strlen(path) >= sizeof(((struct sockaddr_un *)0)->sun_path)) {
		fail_connect(l, now, FS_ECONNECT, no_socket(path, ""));
		return;
	}
	l->ctx = redisConnectUnixNonBlock(path);
	if (l->ctx == NULL || l->ctx->err == REDIS_ERR_OOM)
		fs_mem_die();
	if (l->ctx->err == 0) {
		start(l, now);
	} else if (strcmp(l->ctx->errstr, strerror(EAGAIN)) == 0) {
		try_again(l, now);
	} else {
		fail_connect(l, now, FS_ECONNECT,
		    no_socket(path, l->ctx->errstr));
	}
}

static void
try_address(struct fs_link *l, int64_t now)
{
	char		 name[NI_MAXHOST];
	struct fs_err	 why;

	fs_fail(&why, FS_ECONNECT, "no address");
	while (l->addr != NULL) {
		if (getnameinfo(l->addr->ai_addr, l->addr->ai_addrlen, name,
		    sizeof(name), NULL, 0, NI_NUMERICHOST) == 0) {
			l->ctx = redisConnectNonBlock(name, l->port);
			if (l->ctx == NULL || l->ctx->err == REDIS_ERR_OOM)
				fs_mem_die();
			if (l->ctx->err == 0) {
				start(l, now);
				return;
			}
			fs_fail(&why, FS_ECONNECT, "%s", l->ctx->errstr);
			hang_up(l);
		}
		l->addr = l->addr->ai_next;
	}
	fail_connect(l, now, why.code, why.msg);
}

/* This address did not work: the next one, or that was the last. */
static void
next_address(struct fs_link *l, int64_t now, enum fs_code code,
    const char *text)
{
	if (l->addr == NULL || l->addr->ai_next == NULL) {
		fail_connect(l, now, code, text);
		return;
	}
	hang_up(l);
	l->addr = l->addr->ai_next;
	try_address(l, now);
}

void
fs_link_open(struct fs_link *link)
{
	struct addrinfo	 hints = {
		.ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
	};
	int		 rv = 0;
	int64_t		 now;

	hang_up(link);
	forget_addresses(link);
	link->loading_since = 0;
	link->state = FS_LINK_CONNECTING;
	errno = 0;
	if (link->host != NULL)
		rv = getaddrinfo(link->host, NULL, &hints, &link->addrs);
	now = fs_clock_mono();
	link->deadline = now + link->setup->target->connect_timeout_ms * FS_MS;
	if (link->host == NULL) {
		try_socket(link, now);
		return;
	}
	if (rv == EAI_MEMORY)
		fs_mem_die();
	if (rv != 0) {
		link->addrs = NULL;
		/* A file of the resolver that cannot be opened is, to it, a
		 * name that nobody knows. */
		fail_connect(link, now, FS_ECONNECT, errno == EMFILE ||
		    errno == ENFILE ? strerror(errno) : gai_strerror(rv));
		return;
	}
	link->addr = link->addrs;
	try_address(link, now);
}

/*
 * The handshake: all questions in one write, replayed on each connection.
 */

enum asked {
	ASKED_AUTH,
	ASKED_SELECT,
	ASKED_CLIENT,		/* not worth failing for */
	ASKED_READONLY,
	ASKED_CAPS,		/* FS_CAPS_ASKED of them */
	ASKED_PING = ASKED_CAPS + FS_CAPS_ASKED,
	ASKED_NO_TOUCH,		/* once it is known to be safe */
};

/* The i-th question of this link; -1 behind the last. */
static int
question(const struct fs_link *l, unsigned i)
{
	const struct fs_target	*t = l->setup->target;
	enum asked		 list[16];
	unsigned		 n = 0;

	if (t->pass != NULL || t->user != NULL)
		list[n++] = ASKED_AUTH;
	if (t->db != 0)
		list[n++] = ASKED_SELECT;
	for (int client = 0; client < 3; client++)
		list[n++] = ASKED_CLIENT;
	if (l->replica)
		list[n++] = ASKED_READONLY;
	for (unsigned caps = 0; caps < FS_CAPS_ASKED; caps++)
		list[n++] = ASKED_CAPS + caps;
	list[n++] = ASKED_PING;
	list[n++] = ASKED_NO_TOUCH;
	return i < n ? (int)list[i] : -1;
}

static void
ask_client(const struct fs_link *l, struct fs_str *out)
{
	fs_resp_head(out, FS_VERB_CLIENT_SETNAME, 1);
	fs_resp_arg_text(out, l->setup->client_name);
	fs_resp_head(out, FS_VERB_CLIENT_SETINFO, 2);
	fs_resp_arg_text(out, "LIB-NAME");
	fs_resp_arg_text(out, "fsconsole");
	fs_resp_head(out, FS_VERB_CLIENT_SETINFO, 2);
	fs_resp_arg_text(out, "LIB-VER");
	fs_resp_arg_text(out, PACKAGE_VERSION);
}

static void
ask(struct fs_link *l, int64_t now)
{
	const struct fs_target	*t = l->setup->target;
	struct fs_str		 out = { 0 };

	if (t->pass != NULL || t->user != NULL) {
		fs_resp_head(&out, FS_VERB_AUTH, t->user != NULL ? 2 : 1);
		if (t->user != NULL)
			fs_resp_arg_text(&out, t->user);
		fs_resp_arg_text(&out, t->pass != NULL ? t->pass : "");
	}
	if (t->db != 0) {
		fs_resp_head(&out, FS_VERB_SELECT, 1);
		fs_resp_arg_i64(&out, t->db);
	}
	ask_client(l, &out);
	if (l->replica)
		fs_resp_head(&out, FS_VERB_READONLY, 0);
	fs_caps_ask(&out);
	fs_resp_head(&out, FS_VERB_PING, 0);
	l->state = FS_LINK_HANDSHAKE;
	l->step_at = l->deadline;
	l->answered = 0;
	l->unready = false;
	fs_caps_init(&l->caps);
	fs_link_put(l, fs_str_bytes(&out));
	explicit_bzero(out.data, out.len);
	fs_str_free(&out);
	fs_link_write(l, now);
}

/* It is not ready, see why: ask again a little later, for half a minute. */
static void
wait_for_server(struct fs_link *l, int64_t now)
{
	if (l->loading_since == 0) {
		l->loading_since = now;
		l->deadline = now + LOADING_MAX;
	}
	if (now + LOADING_PAUSE >= l->deadline) {
		struct fs_err why = l->why;

		fail_connect(l, now, why.code, why.msg);
		return;
	}
	l->state = FS_LINK_LOADING;
	l->step_at = now + LOADING_PAUSE;
}

static void
ready(struct fs_link *l, int64_t now)
{
	forget_addresses(l);
	fs_arena_free(&l->arena);
	explicit_bzero(l->out.data, l->out.size);	/* a password */
	l->why = (struct fs_err){ 0 };
	l->put = l->written = 0;
	l->ready_at = now;
	l->state = FS_LINK_READY;
}

/* Errors of a server that does not want us at all, whatever was asked. */
static bool
turned_away(const struct fs_reply *reply)
{
	return fs_reply_is_error(reply, "DENIED") ||
	    (reply->type == FS_REPLY_ERROR &&
	    strncmp(reply->text, "ERR max number of clients", 25) == 0);
}

/* redis-cli goes on as well when there was no need for a password. */
static bool
needs_no_password(const struct fs_reply *reply)
{
	return strstr(reply->text, "without any password configured") != NULL;
}

/* It loads its data, or a script keeps it busy; what it says of its rights
 * and of itself can wait, the rest is needed. */
static bool
is_unready(int asked, const struct fs_reply *reply)
{
	return (fs_reply_is_error(reply, "LOADING") ||
	    fs_reply_is_error(reply, "BUSY")) && (asked == ASKED_AUTH ||
	    asked == ASKED_SELECT || asked == ASKED_READONLY ||
	    asked == ASKED_PING);
}

/*
 * Judge one answer; false: it is the end of this connection. The answers
 * behind one that was refused for the moment mean little: all is asked again.
 */
static bool
hear(struct fs_link *l, int asked, const struct fs_reply *reply, int64_t now)
{
	struct fs_err	err = { 0 };
	bool		error = reply->type == FS_REPLY_ERROR;

	if (turned_away(reply)) {
		fs_reply_error(reply, "refused", &err);
		if (!fs_reply_is_error(reply, "DENIED"))
			err.code = FS_EBUSY;
	} else if (is_unready(asked, reply)) {
		fs_reply_error(reply, "not ready yet", &l->why);
		l->unready = true;
	} else if (error && l->unready) {
		return true;
	} else if (error && fs_reply_is_error(reply, "NOAUTH")) {
		fs_fail(&err, FS_EAUTH, "%s", reply->text);
	} else if (asked == ASKED_AUTH && error && !needs_no_password(reply)) {
		fs_reply_error(reply, "AUTH", &err);
		err.code = FS_EAUTH;
	} else if (asked == ASKED_SELECT && error) {
		fs_reply_error(reply, "SELECT", &err);
	} else if (asked == ASKED_READONLY && error) {
		fs_reply_error(reply, "READONLY", &err);
	} else if (asked >= ASKED_CAPS && asked < ASKED_PING) {
		fs_caps_tell(&l->caps, (size_t)(asked - ASKED_CAPS), reply);
	}
	if (err.code == FS_OK)
		return true;
	fail_connect(l, now, err.code, err.msg);
	return false;
}

/*
 * PING was the last question. Then NO-TOUCH, so that reading leaves
 * what the server knows of idle keys as it is; but never in a cluster: Redis
 * 8.0 and Valkey 8.1 crash when a key of a migrating slot is asked for on such
 * a connection (redis/redis#14415, valkey-io/valkey#2347).
 */
static void
greeted(struct fs_link *l, int64_t now)
{
	struct fs_str out = { 0 };

	if (l->unready) {
		wait_for_server(l, now);
		return;
	}
	if (fs_resp_left(l->resp)) {
		fail_connect(l, now, FS_EPROTO, "an answer to no question");
		return;
	}
	if (l->caps.clustered || l->caps.mode[0] == '\0') {
		ready(l, now);
		return;
	}
	fs_arena_reset(&l->arena);
	fs_resp_head(&out, FS_VERB_CLIENT_NO_TOUCH, 1);
	fs_resp_arg_text(&out, "ON");
	fs_link_put(l, fs_str_bytes(&out));
	fs_str_free(&out);
	fs_link_write(l, now);
}

static void
listen_to(struct fs_link *l, int64_t now)
{
	while (l->state == FS_LINK_HANDSHAKE) {
		int asked = question(l, l->answered);

		if (fs_link_next(l, &l->arena, &l->root, now) != FS_RESP_REPLY)
			return;
		if (!hear(l, asked, &l->root, now))
			return;
		l->answered++;
		if (asked == ASKED_PING)
			greeted(l, now);
		else if (asked == ASKED_NO_TOUCH)
			ready(l, now);
		else
			fs_arena_reset(&l->arena);
	}
	if (l->state != FS_LINK_DOWN && fs_resp_left(l->resp))
		fail_connect(l, now, FS_EPROTO, "an answer to no question");
}

/*
 * Steps
 */

static void
tune(int fd)
{
	static const struct {
		int level, name, value;
	} options[] = {
		{ SOL_SOCKET,	SO_KEEPALIVE,	1 },
		{ IPPROTO_TCP,	TCP_NODELAY,	1 },
#ifdef TCP_KEEPIDLE
		{ IPPROTO_TCP,	TCP_KEEPIDLE,	KEEP_IDLE_S },
		{ IPPROTO_TCP,	TCP_KEEPINTVL,	KEEP_EVERY_S },
		{ IPPROTO_TCP,	TCP_KEEPCNT,	KEEP_COUNT },
#endif
#ifdef TCP_USER_TIMEOUT
		{ IPPROTO_TCP,	TCP_USER_TIMEOUT, USER_TIMEOUT_MS },
#endif
	};

	/* Whatever the system does not know is done without. */
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		setsockopt(fd, options[i].level, options[i].name,
		    &options[i].value, sizeof(options[i].value));
}

static void
tls_step(struct fs_link *l, int64_t now)
{
	struct fs_err err;

	switch (fs_tls_step(l->session, &err)) {
	case FS_TLS_DONE:
		ask(l, now);
		break;
	case FS_TLS_READ:
		l->tls_writes = false;
		break;
	case FS_TLS_WRITE:
		l->tls_writes = true;
		break;
	case FS_TLS_FAILED:
		fail_connect(l, now, err.code, err.msg);
		break;
	}
}

static void
connected(struct fs_link *l, int64_t now)
{
	struct sockaddr_storage	 peer;
	socklen_t		 len = sizeof(peer);
	struct fs_err		 err;

	/* Other releases of hiredis do not tell of a full queue. */
	if (l->host == NULL &&
	    getpeername(l->fd, (struct sockaddr *)&peer, &len) == -1) {
		try_again(l, now);
		return;
	}
	if (l->host != NULL)
		tune(l->fd);
	l->resp = fs_resp_new();
	l->step_at = l->deadline;
	if (l->setup->tls == NULL || l->host == NULL) {
		ask(l, now);
		return;
	}
	if (!fs_tls_start(l->setup->tls, l->ctx, l->host, &l->session, &err)) {
		fail_connect(l, now, err.code, err.msg);
		return;
	}
	l->state = FS_LINK_TLS;
	tls_step(l, now);
}

static void
connect_step(struct fs_link *l, short revents, int64_t now)
{
	int		error = 0;
	socklen_t	len = sizeof(error);

	if (l->fd == -1) {
		if (now >= l->step_at)
			try_socket(l, now);
		return;
	}
	if (revents == 0) {
		if (now >= l->step_at)
			next_address(l, now, FS_ETIMEOUT,
			    "no answer within the connect timeout");
		return;
	}
	if (getsockopt(l->fd, SOL_SOCKET, SO_ERROR, &error, &len) == -1)
		error = errno;
	if (error != 0)
		next_address(l, now, FS_ECONNECT, strerror(error));
	else
		connected(l, now);
}

static void
handshake_step(struct fs_link *l, short revents, int64_t now, char *buf,
    size_t size)
{
	bool more = true;

	if ((revents & POLLOUT) && !fs_link_write(l, now))
		return;
	if ((revents & (POLLIN | POLLHUP | POLLERR)) == 0)
		return;
	while (more && l->state == FS_LINK_HANDSHAKE &&
	    fs_link_read(l, buf, size, &more, now))
		listen_to(l, now);
}

/* How far it came by its deadline. */
static const char *
too_late(const struct fs_link *l)
{
	switch (l->state) {
	case FS_LINK_CONNECTING:
		return "no answer within the connect timeout";
	case FS_LINK_TLS:
		return "connected, but no answer to the TLS handshake: does "
		    "the port speak TLS?";
	default:
		return "connected, but no answer within the connect timeout";
	}
}

void
fs_link_step(struct fs_link *link, short revents, int64_t now, char *buf,
    size_t size)
{
	switch (link->state) {
	case FS_LINK_CONNECTING:
		connect_step(link, revents, now);
		break;
	case FS_LINK_TLS:
		if (revents != 0)
			tls_step(link, now);
		break;
	case FS_LINK_HANDSHAKE:
		handshake_step(link, revents, now, buf, size);
		break;
	case FS_LINK_LOADING:
		if (revents != 0)
			fail_connect(link, now, FS_ECONNECT,
			    "closed by the server");
		else if (now >= link->step_at)
			ask(link, now);
		break;
	case FS_LINK_DOWN:
	case FS_LINK_READY:
		return;
	}
	if (link->state != FS_LINK_DOWN && link->state != FS_LINK_READY &&
	    now >= link->deadline)
		fail_connect(link, now, FS_ETIMEOUT, too_late(link));
}

short
fs_link_events(const struct fs_link *link)
{
	switch (link->state) {
	case FS_LINK_CONNECTING:
		return POLLOUT;
	case FS_LINK_TLS:
		return link->tls_writes ? POLLOUT : POLLIN;
	case FS_LINK_HANDSHAKE:
	case FS_LINK_READY:
		return fs_link_has_output(link) && !link->shut ?
		    POLLIN | POLLOUT : POLLIN;
	case FS_LINK_LOADING:
		return POLLIN;
	case FS_LINK_DOWN:
		break;
	}
	return 0;
}

int64_t
fs_link_due(const struct fs_link *link)
{
	if (link->state == FS_LINK_DOWN || link->state == FS_LINK_READY)
		return FS_NEVER;
	return link->step_at < link->deadline ? link->step_at : link->deadline;
}

/*
 * Bytes
 */

uint64_t
fs_link_put(struct fs_link *link, struct fs_bytes bytes)
{
	fs_str_add_bytes(&link->out, bytes);
	link->put += bytes.len;
	return link->put;
}

/* The socket failed. What the server may have said before tells more. */
static void
broken(struct fs_link *l, int64_t now)
{
	struct fs_err err;

	if (l->session != NULL)
		fs_tls_reason(l->session, "closed by the server", &err);
	else if (l->ctx->err == REDIS_ERR_EOF)
		fs_fail(&err, FS_ECONNECT, "closed by the server");
	else
		fs_fail(&err, FS_ECONNECT, "%s", l->ctx->errstr);
	if (l->state == FS_LINK_READY) {
		fs_link_fail(l, &err, now);
		return;
	}
	if (l->session != NULL && l->answered == 0 &&
	    fs_tls_lacks_certificate(l->setup->tls))
		fs_fail_in(&err, "the server asked for a client certificate");
	fail_connect(l, now, err.code, err.msg);
}

/* Hand the next part of the output over once hiredis has written its last. */
static void
hand_over(struct fs_link *l)
{
	size_t len = l->out.len - l->out_pos;

	if (len > CHUNK)
		len = CHUNK;
	if (redisAppendFormattedCommand(l->ctx, l->out.data + l->out_pos,
	    len) != REDIS_OK)
		fs_mem_die();
	l->out_pos += len;
	if (l->out_pos == l->out.len) {
		fs_str_clear(&l->out);
		l->out_pos = 0;
	} else if (l->out_pos >= 4 * CHUNK) {
		fs_str_drop(&l->out, l->out_pos);
		l->out_pos = 0;
	}
}

bool
fs_link_write(struct fs_link *link, int64_t now)
{
	size_t	before;
	int	done = 1;

	while (fs_link_has_output(link) && done && !link->shut) {
		if (sdslen(link->ctx->obuf) == 0)
			hand_over(link);
		before = sdslen(link->ctx->obuf);
		if (redisBufferWrite(link->ctx, &done) != REDIS_OK) {
			/* All was written, and its buffer is gone. */
			if (link->ctx->err == REDIS_ERR_OOM)
				fs_mem_die();
			if (link->session != NULL) {
				broken(link, now);
				return false;
			}
			/* What the peer said before it left is still there to
			 * be read; the end comes with it. */
			link->ctx->err = 0;
			link->shut = true;
			return true;
		}
		link->written += before - sdslen(link->ctx->obuf);
	}
	return true;
}

bool
fs_link_read(struct fs_link *link, char *buf, size_t size, bool *more,
    int64_t now)
{
	ssize_t got = link->ctx->funcs->read(link->ctx, buf, size);

	*more = false;
	if (got < 0) {
		broken(link, now);
		return false;
	}
	link->received += (uint64_t)got;
	*more = got > 0 && (link->session != NULL || (size_t)got == size);
	fs_resp_feed(link->resp, buf, (size_t)got);
	return true;
}

enum fs_resp_got
fs_link_next(struct fs_link *link, struct fs_arena *arena,
    struct fs_reply *root, int64_t now)
{
	struct fs_err		err;
	enum fs_resp_got	got;

	got = fs_resp_next(link->resp, arena, root, &err);
	if (got == FS_RESP_BAD && link->state == FS_LINK_READY)
		fs_link_fail(link, &err, now);
	else if (got == FS_RESP_BAD)
		fail_connect(link, now, err.code, err.msg);
	return got;
}
