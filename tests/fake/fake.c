/*
 * fake SCRIPT: plays a script (see README) until its standard input ends.
 * Standard output: "node NAME HOST PORT" or "node NAME PATH" for each node,
 * "ready", then "NODE CONNECTION WORD..." for each command as it comes,
 * "echo" for each byte of standard input, and at the end "missing LINE NODE
 * PATTERN" for each that was expected and did not come. The exit status is 0
 * when none is missing.
 */
#include "fake.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#ifdef HAVE_HIREDIS_SSL
#include <openssl/err.h>
#include <openssl/ssl.h>
#endif

#include "base/mem.h"

#define ARG_SHOWN	400	/* bytes of an argument in the transcript */

struct conn {
	LIST_ENTRY(conn)	 next;
	struct node		*node;
	int			 number, fd;
	struct ssl_st		*ssl;
	struct fs_str		 in;
	size_t			 pos;		/* of in: used up */
	bool			 stalled, multi, dirty, over, gently;
	struct fs_str		 queued;	/* answers for EXEC */
	size_t			 nqueued;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/*
 * The transcript
 */

static void
put_shown(struct fs_str *line, const struct fs_str *arg)
{
	size_t len = arg->len < ARG_SHOWN ? arg->len : ARG_SHOWN;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)arg->data[i];

		if (c <= ' ' || c >= 0x7f || c == '\\')
			fs_str_addf(line, "\\x%02x", c);
		else
			fs_str_add_char(line, (char)c);
	}
	if (len < arg->len)
		fs_str_add_text(line, "...");
}

/* Call under the lock. */
static void
note(const struct conn *cn, const struct command *cmd)
{
	struct fs_str line = { 0 };

	fs_str_addf(&line, "%s %d", cn->node->name, cn->number);
	for (size_t i = 0; i < cmd->nargs; i++) {
		fs_str_add_char(&line, ' ');
		put_shown(&line, &cmd->args[i]);
	}
	puts(line.data);
	fflush(stdout);
	fs_str_free(&line);
}

/*
 * Sockets
 */

static void
listen_unix(struct node *node)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	if (strlen(node->path) >= sizeof(addr.sun_path))
		errx(2, "%s: too long", node->path);
	memcpy(addr.sun_path, node->path, strlen(node->path));
	node->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (node->fd == -1 ||
	    bind(node->fd, (struct sockaddr *)&addr, sizeof(addr)) == -1)
		err(2, "%s", node->path);
}

static void
listen_tcp(struct node *node)
{
	struct addrinfo	 hints = {
		.ai_flags = AI_NUMERICHOST | AI_PASSIVE,
		.ai_socktype = SOCK_STREAM,
	};
	struct addrinfo		*ai;
	struct sockaddr_storage	 addr;
	socklen_t		 len = sizeof(addr);
	char			 port[16];
	int			 rv;

	if ((rv = getaddrinfo(node->host, "0", &hints, &ai)) != 0)
		errx(2, "%s: %s", node->host, gai_strerror(rv));
	node->fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (node->rcvbuf != 0)
		setsockopt(node->fd, SOL_SOCKET, SO_RCVBUF, &node->rcvbuf,
		    sizeof(node->rcvbuf));
	if (node->fd == -1 ||
	    bind(node->fd, ai->ai_addr, ai->ai_addrlen) == -1 ||
	    getsockname(node->fd, (struct sockaddr *)&addr, &len) == -1 ||
	    getnameinfo((struct sockaddr *)&addr, len, NULL, 0, port,
	    sizeof(port), NI_NUMERICSERV) != 0)
		err(2, "%s", node->host);
	node->port = atoi(port);
	freeaddrinfo(ai);
}

void
node_listen(struct node *node)
{
	if (node->path != NULL)
		listen_unix(node);
	else
		listen_tcp(node);
	if (listen(node->fd, 128) == -1)
		err(2, "listen");
}

#ifdef HAVE_HIREDIS_SSL

void
node_tls(struct node *node, const char *cert, const char *key, const char *ca)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	if (ctx == NULL ||
	    SSL_CTX_use_certificate_chain_file(ctx, cert) != 1 ||
	    SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1 ||
	    (ca != NULL && SSL_CTX_load_verify_locations(ctx, ca, NULL) != 1))
		errx(2, "%s, %s: %s", cert, key,
		    ERR_reason_error_string(ERR_peek_error()));
	if (ca != NULL)
		SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER |
		    SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	node->tls = ctx;
}

static bool
shake_hands(struct conn *cn)
{
	if (cn->node->tls == NULL)
		return true;
	cn->ssl = SSL_new(cn->node->tls);
	if (cn->ssl == NULL || SSL_set_fd(cn->ssl, cn->fd) != 1)
		errx(2, "no TLS");
	return SSL_accept(cn->ssl) == 1;
}

static ssize_t
get_bytes(struct conn *cn, char *buf, size_t size)
{
	if (cn->ssl != NULL)
		return SSL_read(cn->ssl, buf, (int)size);
	return recv(cn->fd, buf, size, 0);
}

static ssize_t
put_bytes(struct conn *cn, const char *data, size_t len)
{
	if (cn->ssl != NULL)
		return SSL_write(cn->ssl, data, (int)len);
	return send(cn->fd, data, len, MSG_NOSIGNAL);
}

/* An end that can be told from a broken connection. */
static void
say_goodbye(struct conn *cn)
{
	if (cn->ssl != NULL && SSL_is_init_finished(cn->ssl))
		SSL_shutdown(cn->ssl);
}

static void
free_session(struct conn *cn)
{
	SSL_free(cn->ssl);
}

#else

void
node_tls(struct node *node, const char *cert, const char *key, const char *ca)
{
	(void)node;
	(void)cert;
	(void)key;
	(void)ca;
	errx(2, "this build has no TLS");
}

static bool
shake_hands(struct conn *cn)
{
	(void)cn;
	return true;
}

static ssize_t
get_bytes(struct conn *cn, char *buf, size_t size)
{
	return recv(cn->fd, buf, size, 0);
}

static ssize_t
put_bytes(struct conn *cn, const char *data, size_t len)
{
	return send(cn->fd, data, len, MSG_NOSIGNAL);
}

static void
say_goodbye(struct conn *cn)
{
	(void)cn;
}

static void
free_session(struct conn *cn)
{
	(void)cn;
}

#endif

static void
put_all(struct conn *cn, const char *data, size_t len)
{
	while (len != 0 && !cn->over) {
		ssize_t n = put_bytes(cn, data, len);

		if (n <= 0) {
			cn->over = true;
			return;
		}
		data += n;
		len -= (size_t)n;
	}
}

/*
 * Actions
 */

static void
pause_ms(long ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000 };

	while (nanosleep(&ts, &ts) == -1 && errno == EINTR)
		;
}

static void
drip(struct conn *cn, const struct fs_str *text, long ms)
{
	for (size_t i = 0; i < text->len && !cn->over; i++) {
		put_all(cn, text->data + i, 1);
		pause_ms(ms);
	}
}

/* Large pieces, as a flood of small writes would only test this program. */
static void
repeat(struct conn *cn, const struct fs_str *text, long times)
{
	struct fs_str	piece = { 0 };
	long		in_piece = 0;

	while (piece.len < 65536 && (times == 0 || in_piece < times)) {
		fs_str_add_bytes(&piece, fs_str_bytes(text));
		in_piece++;
	}
	for (long done = 0; !cn->over && (times == 0 || done < times);
	    done += in_piece) {
		if (times != 0 && times - done < in_piece)
			in_piece = times - done;
		put_all(cn, piece.data, (size_t)in_piece * text->len);
	}
	fs_str_free(&piece);
}

/* Linger 0: what the peer gets is a reset. */
static void
reset(struct conn *cn)
{
	struct linger linger = { .l_onoff = 1, .l_linger = 0 };

	setsockopt(cn->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	cn->over = true;
}

static void
leave(struct conn *cn)
{
	struct conn *other;

	pthread_mutex_lock(&lock);
	shutdown(cn->node->fd, SHUT_RDWR);
	close(cn->node->fd);
	cn->node->fd = -1;
	LIST_FOREACH(other, &cn->node->conns, next)
		shutdown(other->fd, SHUT_RDWR);
	pthread_mutex_unlock(&lock);
	cn->over = true;
}

static void
queue(struct conn *cn, const char *data, size_t len)
{
	fs_str_add(&cn->queued, data, len);
	cn->nqueued++;
	put_all(cn, "+QUEUED\r\n", 9);
}

/* Inside MULTI only an error is told at once. */
static void
say(struct conn *cn, const char *data, size_t len)
{
	if (cn->multi && len != 0 && *data == '-')
		cn->dirty = true;
	if (cn->multi && len != 0 && *data != '-')
		queue(cn, data, len);
	else
		put_all(cn, data, len);
}

static void
exec(struct conn *cn)
{
	static const char aborted[] = "-EXECABORT Transaction discarded "
	    "because of previous errors.\r\n";
	struct fs_str	  head = { 0 };

	cn->multi = false;
	fs_str_addf(&head, "*%zu\r\n", cn->nqueued);
	if (cn->dirty) {
		put_all(cn, aborted, sizeof(aborted) - 1);
	} else {
		put_all(cn, head.data, head.len);
		put_all(cn, cn->queued.data, cn->queued.len);
	}
	fs_str_free(&head);
}

static bool
is(const struct command *cmd, const char *word)
{
	return strcasecmp(cmd->args[0].data, word) == 0;
}

/* As a server does it; the state of MULTI is the connection's. */
static void
behave(struct conn *cn, const struct command *cmd, const struct fs_str *usual)
{
	if (is(cmd, "MULTI")) {
		cn->multi = true;
		cn->dirty = false;
		cn->nqueued = 0;
		fs_str_clear(&cn->queued);
		put_all(cn, "+OK\r\n", 5);
	} else if (is(cmd, "EXEC") && cn->multi) {
		exec(cn);
	} else {
		say(cn, usual->data, usual->len);
	}
}

static void
tell(const struct conn *cn, struct fs_str *text)
{
	const struct command cmd = { text, 1 };

	pthread_mutex_lock(&lock);
	note(cn, &cmd);
	pthread_mutex_unlock(&lock);
}

static void
act(struct conn *cn, struct action *a, const struct command *cmd,
    const struct fs_str *usual)
{
	struct fs_str line = { 0 };

	switch (a->act) {
	case ACT_REPLY:
		fs_str_add_bytes(&line, fs_str_bytes(&a->text));
		fs_str_add_text(&line, "\r\n");
		if (is(cmd, "EXEC"))
			cn->multi = false;
		say(cn, line.data, line.len);
		fs_str_free(&line);
		break;
	case ACT_SEND:
		put_all(cn, a->text.data, a->text.len);
		break;
	case ACT_DEFAULT:
		behave(cn, cmd, usual);
		break;
	case ACT_PART:
		put_all(cn, usual->data, (size_t)a->number < usual->len ?
		    (size_t)a->number : usual->len);
		break;
	case ACT_DRIP:
		drip(cn, a->text.len != 0 ? &a->text : usual, a->number);
		break;
	case ACT_REPEAT:
		repeat(cn, &a->text, a->number);
		break;
	case ACT_PAUSE:
		pause_ms(a->number);
		break;
	case ACT_TELL:
		tell(cn, &a->text);
		break;
	case ACT_STALL:
		cn->stalled = true;
		break;
	case ACT_DEAF:
		for (;;)
			pause();
	case ACT_CLOSE:
		cn->over = cn->gently = true;
		break;
	case ACT_RESET:
		reset(cn);
		break;
	case ACT_LEAVE:
		leave(cn);
		break;
	}
}

static void
play(struct conn *cn, const struct rule *rule, const struct command *cmd,
    const struct fs_str *usual)
{
	struct action *a;

	STAILQ_FOREACH(a, &rule->actions, next) {
		if (cn->over)
			return;
		act(cn, a, cmd, usual);
	}
}

static void
serve(struct conn *cn, const struct command *cmd)
{
	struct fs_str		 usual = { 0 };
	const struct rule	*rule = NULL;

	pthread_mutex_lock(&lock);
	note(cn, cmd);
	if (!cn->stalled)
		rule = script_find(cn->node, cn->number, cmd);
	pthread_mutex_unlock(&lock);
	if (cn->stalled)
		return;
	/* <accept> and <end> are no commands. */
	if (*cmd->args[0].data != '<')
		answer(cn->node, cmd, &usual);
	if (rule != NULL)
		play(cn, rule, cmd, &usual);
	else if (usual.len != 0 || *cmd->args[0].data != '<')
		behave(cn, cmd, &usual);
	fs_str_free(&usual);
}

static void
event(struct conn *cn, const char *name)
{
	struct fs_str	arg = { 0 };
	struct command	cmd = { &arg, 1 };

	fs_str_add_text(&arg, name);
	serve(cn, &cmd);
	fs_str_free(&arg);
}

/*
 * Commands
 */

static bool
fill(struct conn *cn)
{
	char	buf[65536];
	ssize_t	n;

	if (cn->pos > 1 << 20) {
		fs_str_drop(&cn->in, cn->pos);
		cn->pos = 0;
	}
	n = get_bytes(cn, buf, sizeof(buf));
	if (n > 0)
		fs_str_add(&cn->in, buf, (size_t)n);
	return n > 0;
}

/* "*3" or "$5": the number behind the mark; -1 at the end, -2 no such. */
static long
get_number(struct conn *cn, char mark)
{
	const char	*end;
	long		 n;

	while (cn->in.len == cn->pos || (end = memchr(cn->in.data + cn->pos,
	    '\n', cn->in.len - cn->pos)) == NULL) {
		if (cn->in.len > cn->pos && cn->in.data[cn->pos] != mark)
			return -2;
		if (!fill(cn))
			return -1;
	}
	if (cn->in.data[cn->pos] != mark)
		return -2;
	n = atol(cn->in.data + cn->pos + 1);
	cn->pos = (size_t)(end + 1 - cn->in.data);
	return n >= 0 ? n : -2;
}

static bool
get_arg(struct conn *cn, struct fs_str *arg)
{
	long n = get_number(cn, '$');

	if (n < 0)
		return false;
	while (cn->in.len - cn->pos < (size_t)n + 2) {
		if (!fill(cn))
			return false;
	}
	fs_str_add(arg, cn->in.data + cn->pos, (size_t)n);
	cn->pos += (size_t)n + 2;
	return true;
}

static void
free_command(struct command *cmd)
{
	for (size_t i = 0; i < cmd->nargs; i++)
		fs_str_free(&cmd->args[i]);
	free(cmd->args);
}

static bool
get_command(struct conn *cn, struct command *cmd)
{
	static const char wrong[] = "-ERR Protocol error: expected '*'\r\n";
	long		  n;

	while ((n = get_number(cn, '*')) == -2 && cn->stalled)
		cn->pos = cn->in.len;
	*cmd = (struct command){ 0 };
	if (n == -2)
		put_all(cn, wrong, sizeof(wrong) - 1);
	if (n < 1)
		return false;
	cmd->args = fs_xcalloc((size_t)n, sizeof(*cmd->args));
	cmd->nargs = (size_t)n;
	for (long i = 0; i < n; i++) {
		if (!get_arg(cn, &cmd->args[i])) {
			free_command(cmd);
			return false;
		}
	}
	return true;
}

/*
 * Connections
 */

/* With something unread it would be a reset. */
static void
close_gently(struct conn *cn)
{
	struct timeval	second = { .tv_sec = 1 };
	char		buf[65536];

	say_goodbye(cn);
	shutdown(cn->fd, SHUT_WR);
	setsockopt(cn->fd, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof(second));
	while (recv(cn->fd, buf, sizeof(buf), 0) > 0)
		;
}

static void
hang_up(struct conn *cn)
{
	if (cn->gently)
		close_gently(cn);
	if (!cn->over)
		event(cn, "<end>");
	pthread_mutex_lock(&lock);
	LIST_REMOVE(cn, next);
	pthread_mutex_unlock(&lock);
	free_session(cn);
	close(cn->fd);
	fs_str_free(&cn->in);
	fs_str_free(&cn->queued);
	free(cn);
}

static void *
converse(void *arg)
{
	struct conn	*cn = arg;
	struct command	 cmd;

	event(cn, "<accept>");
	if (!cn->over && !cn->stalled && !shake_hands(cn)) {
		event(cn, "<no-tls>");
		cn->over = cn->gently = true;
	}
	while (!cn->over && get_command(cn, &cmd)) {
		serve(cn, &cmd);
		free_command(&cmd);
	}
	hang_up(cn);
	return NULL;
}

static void
welcome(struct node *node, int fd)
{
	struct conn	*cn = fs_xcalloc(1, sizeof(*cn));
	pthread_t	 thread;
	int		 one = 1;

	cn->node = node;
	cn->fd = fd;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	pthread_mutex_lock(&lock);
	cn->number = ++node->accepted;
	LIST_INSERT_HEAD(&node->conns, cn, next);
	pthread_mutex_unlock(&lock);
	if (pthread_create(&thread, NULL, converse, cn) != 0)
		errx(2, "no thread");
	pthread_detach(thread);
}

static void *
accept_all(void *arg)
{
	struct node *node = arg;

	for (;;) {
		int listening, fd;

		pthread_mutex_lock(&lock);
		listening = node->fd;
		pthread_mutex_unlock(&lock);
		if (listening == -1)
			return NULL;
		fd = accept(listening, NULL, NULL);
		if (fd != -1)
			welcome(node, fd);
	}
}

/*
 * The whole
 */

static char *
read_file(const char *path)
{
	struct fs_str	 text = { 0 };
	char		 buf[65536];
	FILE		*f = fopen(path, "r");
	size_t		 n;

	if (f == NULL)
		err(2, "%s", path);
	while ((n = fread(buf, 1, sizeof(buf), f)) > 0)
		fs_str_add(&text, buf, n);
	fclose(f);
	return fs_str_take(&text);
}

static void
start(struct node *node)
{
	pthread_t thread;

	if (node->path != NULL)
		printf("node %s %s\n", node->name, node->path);
	else
		printf("node %s %s %d\n", node->name, node->host, node->port);
	if (pthread_create(&thread, NULL, accept_all, node) != 0)
		errx(2, "no thread");
	pthread_detach(thread);
}

/* All that came before this has been told. */
static void
echo(void)
{
	pthread_mutex_lock(&lock);
	puts("echo");
	fflush(stdout);
	pthread_mutex_unlock(&lock);
}

/* What was expected and did not come; how much. */
static int
verdict(void)
{
	struct node	*node;
	struct rule	*rule;
	int		 missing = 0;

	STAILQ_FOREACH(node, &nodes, next) {
		STAILQ_FOREACH(rule, &node->rules, next) {
			if (rule->times <= 0)
				continue;
			printf("missing %d %s %s\n", rule->line, node->name,
			    rule->text);
			missing++;
		}
	}
	fflush(stdout);
	return missing;
}

int
main(int argc, char **argv)
{
	struct node	*node;
	char		 buf[1], *text;
	int		 missing;

	if (argc != 2)
		errx(2, "usage: fake SCRIPT");
	signal(SIGPIPE, SIG_IGN);
	text = read_file(argv[1]);
	script_read(text);
	free(text);
	STAILQ_FOREACH(node, &nodes, next)
		start(node);
	puts("ready");
	fflush(stdout);
	while (read(STDIN_FILENO, buf, 1) > 0)
		echo();
	pthread_mutex_lock(&lock);
	missing = verdict();
	/* The threads may be anywhere. */
	_exit(missing != 0);
}
