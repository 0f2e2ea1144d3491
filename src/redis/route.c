#include "redis/route.h"

#include <stdlib.h>

#include "base/backoff.h"
#include "base/clock.h"
#include "base/mem.h"
#include "redis/map.h"

#define REDIRECTS_MAX	5
#define REDIRECTS_QUICK	2
#define REDIRECT_PAUSE	(80 * FS_MS)
#define TRYAGAIN_MAX	5
#define PAUSE_MIN	(10 * FS_MS)
#define PAUSE_MAX	(500 * FS_MS)
#define REOPEN_EVERY	FS_SEC

/*
 * Order. One connection keeps it, so units that write to the same key stay in
 * the order asked as long as they go straight. When one is redirected or put
 * off, or the map changes, those on their way by then may meet others on ways
 * that cross: until the last of them is answered, each unit is placed with a
 * look at those of its key. It waits for an earlier one that is not ahead of
 * it on the same connection, and, having been put off, for a later one that is
 * still on its way: should that be carried out, it has been overtaken.
 */

/* The key: the second string of the first command. */
static struct fs_bytes
key_of(const struct fs_work *w)
{
	const char	*at = w->out.data, *end = at + w->out.len;
	size_t		 len = 0;

	for (int i = 0; i < 2; i++) {
		at = memchr(at + len, '$', (size_t)(end - at) - len);
		len = strtoul(at + 1, NULL, 10);
		at = (const char *)memchr(at, '\n', (size_t)(end - at)) + 1;
	}
	return fs_bytes(at, len);
}

/* Whether both write to the same key, and v is not at its end. */
static bool
is_rival(const struct fs_work *v, const struct fs_work *w)
{
	return v != w && v->slot == w->slot && v->writes && w->writes &&
	    v->home == NULL && w->home == NULL &&
	    v->place != FS_PLACE_DONE &&
	    fs_bytes_eq(key_of(v), key_of(w));
}

/* Whether all that are on their way have gone straight. */
static bool
is_orderly(const struct fs_cluster *cl, const struct fs_work *w)
{
	const struct fs_work *first = TAILQ_FIRST(&w->batch->asked);

	return first == NULL || first->number > cl->strayed;
}

static bool
must_wait(const struct fs_cluster *cl, const struct fs_work *w,
    const struct fs_peer *peer)
{
	const struct fs_work *v;

	if (!w->writes || is_orderly(cl, w))
		return false;
	TAILQ_FOREACH(v, &w->batch->asked, asked) {
		if (!is_rival(v, w))
			continue;
		if (v->number > w->number) {
			if (v->place == FS_PLACE_FLIGHT &&
			    v->peer->link->state == FS_LINK_READY)
				return true;
		} else if (v->peer != peer) {
			return true;
		}
	}
	return false;
}

/* Those of its key that wait, up to this number, look again. */
static void
let_look(struct fs_cluster *cl, const struct fs_work *w, uint64_t last)
{
	struct fs_work *v;

	if (!w->writes || is_orderly(cl, w))
		return;
	TAILQ_FOREACH(v, &w->batch->asked, asked) {
		if (v->number <= last && v->behind &&
		    v->place == FS_PLACE_LATER && is_rival(v, w)) {
			v->later_at = cl->now;
			fs_route_wake(cl, cl->now);
		}
	}
}

/* It is carried out; what should have been before must not be any more. */
static void
overtake(struct fs_cluster *cl, const struct fs_work *w)
{
	struct fs_err	 err;
	struct fs_work	*v;

	if (!w->writes || is_orderly(cl, w))
		return;
	fs_fail(&err, FS_EBUSY,
	    "put off, and a later write to the same key came first");
	TAILQ_FOREACH(v, &w->batch->asked, asked) {
		if (v->number < w->number && v->place == FS_PLACE_LATER &&
		    is_rival(v, w)) {
			TAILQ_REMOVE(&cl->later, v, at);
			fs_route_lost(cl, v, &err);
		}
	}
}

/*
 * Ends
 */

static void
complete(struct fs_cluster *cl, struct fs_work *w)
{
	let_look(cl, w, UINT64_MAX);
	w->place = FS_PLACE_DONE;
	w->done_us = cl->now;
	w->peer = NULL;
	w->held = w->arena.total;
	cl->held += w->held;
	cl->completed++;
	TAILQ_INSERT_TAIL(&w->batch->done, w, at);
}

/* Remember why; memory for it is taken only when there is a why. */
static void
set_why(struct fs_work *w, const struct fs_err *err)
{
	if (w->why == NULL)
		w->why = fs_xmalloc(sizeof(*w->why));
	*w->why = *err;
}

/* Without INFO one start of a server is like the other. */
static uint64_t
process_of(const struct fs_peer *peer)
{
	uint64_t process = peer->link->caps.process;

	return process != 0 ? process :
	    (uintptr_t)peer + (uint64_t)peer->link->ready_at;
}

static void
answered(struct fs_cluster *cl, struct fs_work *w,
    const struct fs_reply *replies)
{
	free(w->why);
	w->why = NULL;
	w->fate = FS_FATE_ANSWERED;
	w->answer = replies;
	w->process = process_of(w->peer);
	w->node = w->peer->index;
	if (w->node == -1)		/* a replica answered for it */
		w->node = w->home != NULL ? w->home->index :
		    cl->slots[w->slot];
	complete(cl, w);
}

void
fs_route_fail(struct fs_cluster *cl, struct fs_work *w, enum fs_fate fate,
    const struct fs_err *err)
{
	set_why(w, err);
	w->fate = fate;
	w->answer = NULL;
	w->node = w->peer != NULL ? w->peer->index : -1;
	complete(cl, w);
}

/*
 * Patience. What waits does so from when it was seen that something is wrong,
 * and not anew for each unit: a scan of many pages would wait for each.
 */

/* How long, with hope for something that comes by itself or without. */
static int64_t
patience(const struct fs_work *w, bool hope)
{
	return hope && w->batch->heir_us > w->batch->away_us ?
	    w->batch->heir_us : w->batch->away_us;
}

/* Until when a peer that is away is waited for. */
static int64_t
patience_end(struct fs_cluster *cl, const struct fs_work *w,
    struct fs_peer *peer)
{
	if (peer->away_at == 0)
		peer->away_at = cl->now;
	return peer->away_at + patience(w, peer->heir);
}

static bool
is_gone(const struct fs_peer *peer)
{
	return peer->link->state != FS_LINK_READY && peer->link->failures != 0;
}

/* What a node that says the cluster is down leaves to hope for. */
struct outlook {
	bool	lost;		/* a primary has gone and has no heir */
	bool	heir;		/* a replica may take over from some */
	int64_t	since;		/* the first went then; FS_NEVER: none that
				   is known of */
};

static struct outlook
look_out(const struct fs_cluster *cl)
{
	struct outlook look = { .since = FS_NEVER };

	for (size_t i = 0; i < cl->nprimary; i++) {
		const struct fs_peer *peer = cl->primary[i];

		look.heir = look.heir || peer->heir;
		if (!is_gone(peer))
			continue;
		look.lost = look.lost || !peer->heir;
		if (peer->away_at != 0 && peer->away_at < look.since)
			look.since = peer->away_at;
	}
	return look;
}

/* Until when a cluster that is down is waited for; put_up_with() it until
 * *patient. Where it may be for a moment only that is the usual time-out. */
static int64_t
down_end(struct fs_cluster *cl, const struct fs_work *w, int64_t *patient)
{
	struct fs_peer	*peer = w->peer;
	struct outlook	 look = look_out(cl);
	int64_t		 since, end, wait;

	if (peer->down_at == 0)
		peer->down_at = cl->now;
	since = look.since < peer->down_at ? look.since : peer->down_at;
	wait = patience(w, look.heir && !look.lost);
	*patient = since + wait;
	if (look.lost || (wait != 0 && look.since != FS_NEVER))
		return *patient;
	end = peer->down_at + cl->target->timeout_ms * FS_MS;
	if (end > w->deadline)
		end = w->deadline;
	return end > *patient ? end : *patient;
}

/* Its time runs anew when it is sent. */
static void
put_up_with(struct fs_work *w, int64_t until)
{
	w->sent_us = 0;
	if (w->deadline < until)
		w->deadline = until;
}

/* Lost with its connection: whether it goes on. */
static bool
go_again(struct fs_cluster *cl, struct fs_work *w, const struct fs_err *err)
{
	int64_t until;

	if (w->place != FS_PLACE_FLIGHT || (w->writes && !w->twice) ||
	    (err->code != FS_ECONNECT && err->code != FS_ETIMEOUT))
		return false;
	until = patience_end(cl, w, w->peer);
	if (until <= cl->now)
		return false;
	put_up_with(w, until);
	fs_route_stray(cl);
	fs_route_place(cl, w);
	return true;
}

/* A read may always be sent again, so its fate is never unknown. */
void
fs_route_lost(struct fs_cluster *cl, struct fs_work *w,
    const struct fs_err *err)
{
	if (go_again(cl, w, err))
		return;
	fs_route_fail(cl, w, w->touched && w->writes ? FS_FATE_UNKNOWN :
	    FS_FATE_NOT_SENT, err);
}

/*
 * Ways
 */

static void
put_later(struct fs_cluster *cl, struct fs_work *w, int64_t when)
{
	w->place = FS_PLACE_LATER;
	w->peer = NULL;
	w->later_at = when;
	TAILQ_INSERT_TAIL(&cl->later, w, at);
	fs_route_wake(cl, when);
	fs_route_stray(cl);
}

/* Until one of its key is answered; which an earlier one may have waited for
 * that this one was in the way of. */
static void
put_behind(struct fs_cluster *cl, struct fs_work *w, struct fs_peer *peer)
{
	w->behind = true;
	w->via = w->asking ? peer : NULL;
	put_later(cl, w, FS_NEVER);
	let_look(cl, w, w->number - 1);
}

/* Each command of the unit behind its own ASKING. */
static void
put_asking(struct fs_link *link, struct fs_bytes commands)
{
	struct fs_str	out = { 0 };
	size_t		pos = 0, end;

	for (; pos < commands.len; pos = end) {
		end = fs_resp_skip(commands, pos);
		fs_resp_head(&out, FS_VERB_ASKING, 0);
		fs_str_add(&out, commands.data + pos, end - pos);
	}
	fs_link_put(link, fs_str_bytes(&out));
	fs_str_free(&out);
}

static void
put_verb(struct fs_link *link, enum fs_verb verb)
{
	struct fs_str out = { 0 };

	fs_resp_head(&out, verb, 0);
	fs_link_put(link, fs_str_bytes(&out));
	fs_str_free(&out);
}

/* Into the output of its peer, whole. */
static void
send_work(struct fs_work *w, struct fs_peer *peer)
{
	struct fs_link	*link = peer->link;
	struct fs_bytes	 commands = fs_str_bytes(&w->out);
	size_t		 size;

	w->peer = peer;
	w->place = FS_PLACE_FLIGHT;
	w->start = link->put;
	w->got = 0;
	w->errors = false;
	if (w->atomic) {
		w->expected = w->ncommands + 2 + w->asking;
		if (w->asking)
			put_verb(link, FS_VERB_ASKING);
		put_verb(link, FS_VERB_MULTI);
		fs_link_put(link, commands);
		put_verb(link, FS_VERB_EXEC);
	} else if (w->asking) {
		w->expected = 2 * w->ncommands;
		put_asking(link, commands);
	} else {
		w->expected = w->ncommands;
		fs_link_put(link, commands);
	}
	fs_arena_reset(&w->arena);
	size = w->expected * sizeof(*w->replies);
	w->replies = fs_arena_take(&w->arena, size, sizeof(uint64_t));
	memset(w->replies, 0, size);
	TAILQ_INSERT_TAIL(&peer->flight, w, at);
	if (peer->unsent == NULL)
		peer->unsent = w;
}

/*
 * The peer has failed. True: it is to be tried again later, or not at all. One
 * that does not even say that it is not there costs a time-out at each try to
 * connect to it: it is tried, but who has no patience does not wait for that.
 */
static bool
is_away(struct fs_cluster *cl, struct fs_work *w, struct fs_peer *peer)
{
	const struct fs_link	*link = peer->link;
	int64_t			 until = patience_end(cl, w, peer);
	bool			 patient = until > cl->now;
	bool			 due = link->state != FS_LINK_DOWN ||
				     link->retry_at <= cl->now;

	if (cl->caps.clustered)
		cl->map_wanted = true;
	/* What was asked of a node that has left is of no use any more. */
	if (link->retry_at == FS_NEVER ||
	    (w->home == peer && peer->index == -1))
		patient = false;
	if (patient)
		put_up_with(w, until);
	if (due && (patient || !peer->silent))
		return false;
	peer->knock = peer->knock || due;
	if (patient) {
		set_why(w, &link->why);
		put_later(cl, w, cl->now + PAUSE_MAX);
		return true;
	}
	w->place = FS_PLACE_NONE;
	w->peer = peer;
	fs_route_lost(cl, w, &link->why);
	return true;
}

bool
fs_route_reopens(const struct fs_cluster *cl, const struct fs_peer *peer)
{
	return peer->reopen != NULL && peer->link->state == FS_LINK_READY &&
	    cl->now - peer->link->ready_at > REOPEN_EVERY;
}

void
fs_route_to(struct fs_cluster *cl, struct fs_work *w, struct fs_peer *peer)
{
	struct fs_link *link = peer->link;

	if (must_wait(cl, w, peer)) {
		put_behind(cl, w, peer);
		return;
	}
	if (link->state == FS_LINK_READY && !fs_route_reopens(cl, peer)) {
		send_work(w, peer);
		return;
	}
	if (is_gone(peer) && (link->state == FS_LINK_DOWN || peer->silent) &&
	    is_away(cl, w, peer))
		return;
	w->peer = peer;
	w->place = FS_PLACE_WAITING;
	TAILQ_INSERT_TAIL(&peer->waiting, w, at);
}

/* Whether a replica is there to be read from. One that was closed or has failed
 * is opened meanwhile, and nobody waits for it. */
static bool
is_there(const struct fs_cluster *cl, struct fs_peer *reader)
{
	if (!is_gone(reader))
		return true;
	reader->knock = reader->knock ||
	    (reader->link->state == FS_LINK_DOWN &&
	    reader->link->retry_at <= cl->now);
	return false;
}

/* Who is to get it: the peer it was asked for, or the one with its slot; a
 * replica in its place, if it may and that is there. */
static struct fs_peer *
peer_for(struct fs_cluster *cl, const struct fs_work *w)
{
	struct fs_peer *peer = w->home;

	if (peer == NULL) {
		int index = cl->slots[w->slot];

		if (index < 0)
			return NULL;
		peer = cl->primary[index];
	}
	if (w->replica && !w->writes && peer->reader != NULL &&
	    is_there(cl, peer->reader))
		peer = peer->reader;
	return peer;
}

/* The map has a hole where its slot is: may it be filled in time? */
static bool
may_be_served(struct fs_cluster *cl, const struct fs_work *w)
{
	cl->map_wanted = true;
	if (cl->hole_at == 0)
		cl->hole_at = cl->now;
	return w->batch->heir_us != 0 && cl->now <
	    cl->hole_at + cl->target->timeout_ms * FS_MS;
}

void
fs_route_place(struct fs_cluster *cl, struct fs_work *w)
{
	struct fs_peer	*peer = w->via != NULL ? w->via : peer_for(cl, w);
	struct fs_err	 err;

	if (w->number == 0)
		w->number = ++cl->placed;
	w->asking = w->via != NULL;
	w->via = NULL;
	w->behind = false;
	if (peer != NULL) {
		fs_route_to(cl, w, peer);
		return;
	}
	fs_fail(&err, FS_EBUSY, "no node serves slot %u", w->slot);
	if (may_be_served(cl, w)) {
		set_why(w, &err);
		put_later(cl, w, cl->now + PAUSE_MAX);
		return;
	}
	w->place = FS_PLACE_NONE;
	w->peer = NULL;
	fs_route_lost(cl, w, &err);
}

/*
 * Redirects, and what passes by itself
 */

static void
too_many(struct fs_cluster *cl, struct fs_work *w, const char *last)
{
	struct fs_err err;

	fs_fail(&err, FS_ESERVER, "redirect loop, the last one: %.100s", last);
	fs_route_lost(cl, w, &err);
}

/* Before the third it is short, as that is mostly enough; then long. */
static int64_t
redirect_pause(const struct fs_cluster *cl, const struct fs_work *w)
{
	int64_t part = cl->target->timeout_ms * FS_MS / 14;
	int	n = w->redirects - REDIRECTS_QUICK;

	if (n == 1)
		return part < REDIRECT_PAUSE ? part : REDIRECT_PAUSE;
	return n == 2 ? 2 * part : 5 * part;
}

static void
redirect(struct fs_cluster *cl, struct fs_work *w, const struct fs_reply *reply)
{
	struct fs_redirect	 to;
	struct fs_peer		*from = w->peer, *peer;
	struct fs_err		 err;
	char			*host;

	if (!fs_redirect_parse(fs_bytes(reply->text, reply->len), &to)) {
		fs_fail(&err, FS_EPROTO, "malformed redirect: %.100s",
		    reply->text);
		fs_route_lost(cl, w, &err);
		return;
	}
	if (++w->redirects > REDIRECTS_MAX) {
		too_many(cl, w, reply->text);
		return;
	}
	if (to.host.len != 0)
		host = fs_xmemdup0(to.host.data, to.host.len);
	else
		host = fs_xstrdup(from->host != NULL ? from->host :
		    "127.0.0.1");
	fs_target_translate(cl->target, &host, &to.port);
	peer = fs_peer_at(cl, host, to.port, false);
	free(host);
	if (peer == NULL) {
		too_many(cl, w, reply->text);
		return;
	}
	if (!to.ask) {
		fs_peer_moved(cl, to.slot, peer);
		cl->map_wanted = true;
	}
	if (w->redirects > REDIRECTS_QUICK) {
		/* Two nodes that disagree need a moment, and get half of the
		 * time that there is, if they need it. */
		fs_fail(&err, FS_EBUSY, "redirected again and again: %.100s",
		    reply->text);
		set_why(w, &err);
		put_later(cl, w, cl->now + redirect_pause(cl, w));
		return;
	}
	w->asking = to.ask;
	fs_route_stray(cl);
	fs_route_to(cl, w, peer);
}

/* Until when a unit that was answered with what passes is tried again. */
static int64_t
passing_end(struct fs_cluster *cl, struct fs_work *w,
    const struct fs_reply *reply)
{
	int64_t patient, end;

	if (fs_reply_is_error(reply, "TRYAGAIN"))
		return w->retries < TRYAGAIN_MAX ? w->deadline : cl->now;
	cl->map_wanted = true;
	if (fs_reply_is_error(reply, "LOADING")) {
		/* It needs nobody to take over. */
		patience_end(cl, w, w->peer);
		patient = w->peer->away_at + patience(w, true);
		end = patient > w->deadline ? patient : w->deadline;
	} else {
		end = down_end(cl, w, &patient);
	}
	if (patient > cl->now)
		put_up_with(w, patient);
	return end;
}

/* Wait a little; false when there is no time for it any more. */
static bool
try_later(struct fs_cluster *cl, struct fs_work *w,
    const struct fs_reply *reply)
{
	int64_t		end = passing_end(cl, w, reply), pause;
	struct fs_err	why;

	pause = fs_backoff(&cl->rng, PAUSE_MIN, PAUSE_MAX, w->retries + 1U);
	if (cl->now + pause >= end)
		return false;
	if (w->retries < UINT8_MAX)
		w->retries++;
	fs_fail(&why, FS_EBUSY, "%.100s", reply->text);
	set_why(w, &why);
	put_later(cl, w, cl->now + pause);
	return true;
}

static bool
is_redirect(const struct fs_reply *reply)
{
	return fs_reply_is_error(reply, "MOVED") ||
	    fs_reply_is_error(reply, "ASK");
}

static bool
is_passing(const struct fs_reply *reply)
{
	return fs_reply_is_error(reply, "TRYAGAIN") ||
	    fs_reply_is_error(reply, "CLUSTERDOWN") ||
	    fs_reply_is_error(reply, "LOADING") ||
	    fs_reply_is_error(reply, "MASTERDOWN");
}

/* The words of its i-th command, for messages. */
static void
command_name(const struct fs_work *w, uint32_t i, char *name, size_t size)
{
	struct fs_bytes	 out = fs_str_bytes(&w->out);
	size_t		 pos = 0, len;
	const char	*word;

	while (i-- > 0)
		pos = fs_resp_skip(out, pos);
	/* "*3\r\n$4\r\nHSET\r\n..." */
	word = memchr(out.data + pos, '$', out.len - pos);
	word = memchr(word, '\n', out.len - (size_t)(word - out.data));
	word++;
	len = strcspn(word, "\r");
	if (len >= size)
		len = size - 1;
	memcpy(name, word, len);
	name[len] = '\0';
}

/* "No permissions to access a key", says the server: which would do? */
static void
name_keys(const struct fs_cluster *cl, struct fs_work *w,
    struct fs_reply *error)
{
	static const char label[] = FS_REPLY_KEYS;
	size_t	 len = error->len, more = sizeof(label) - 1 + cl->keys.len;
	char	*text;

	if (cl->keys.len == 0 || !fs_reply_is_error(error, "NOPERM") ||
	    strstr(error->text, label) != NULL)
		return;
	text = fs_arena_take(&w->arena, len + more + 1, 1);
	memcpy(text, error->text, len);
	memcpy(text + len, label, sizeof(label));
	memcpy(text + len + sizeof(label) - 1, cl->keys.data,
	    cl->keys.len + 1);
	error->text = text;
	error->len += (uint32_t)more;
}

/* What an error tells of the server and the user outlasts the connection. */
static void
learn(struct fs_cluster *cl, struct fs_work *w, struct fs_reply *error)
{
	name_keys(cl, w, error);
	fs_caps_learn(&cl->learned, error);
	fs_caps_merge(&cl->caps, &cl->learned);
}

/* MULTI was refused, see err: each command was carried out by itself, or not. */
static void
settle_one_by_one(struct fs_cluster *cl, struct fs_work *w,
    const struct fs_reply *replies, struct fs_err *err)
{
	struct fs_err	but;
	bool		done = false;

	for (uint32_t i = 0; i < w->ncommands; i++)
		done = done || replies[i].type != FS_REPLY_ERROR;
	w->touched = w->touched || done;
	if (done && w->writes) {
		fs_fail(&but, err->code, "it was written without");
		fs_fail_also(err, &but);
	}
	fs_route_fail(cl, w, w->touched && w->writes ? FS_FATE_UNKNOWN :
	    FS_FATE_ANSWERED, err);
}

/*
 * EXEC has run them, or why not: the first command that was not queued says
 * more than EXECABORT does.
 */
static void
settle_atomic(struct fs_cluster *cl, struct fs_work *w)
{
	const struct fs_reply	*multi = &w->replies[w->asking];
	const struct fs_reply	*queued = multi + 1;
	const struct fs_reply	*exec = queued + w->ncommands;
	struct fs_err		 err;
	char			 name[32];

	if (!fs_reply_want_ok(multi, "MULTI", &err)) {
		settle_one_by_one(cl, w, queued, &err);
		return;
	}
	if (exec->type == FS_REPLY_ARRAY && exec->len == w->ncommands) {
		answered(cl, w, exec->item);
		return;
	}
	for (uint32_t i = 0; i < w->ncommands; i++) {
		if (queued[i].type != FS_REPLY_ERROR)
			continue;
		command_name(w, i, name, sizeof(name));
		learn(cl, w, &w->replies[w->asking + 1 + i]);
		fs_reply_error(&queued[i], name, &err);
		fs_route_fail(cl, w, FS_FATE_ANSWERED, &err);
		return;
	}
	fs_reply_want_array(exec, "EXEC", w->ncommands, &err);
	fs_route_fail(cl, w, exec->type == FS_REPLY_ARRAY ? FS_FATE_UNKNOWN :
	    FS_FATE_ANSWERED, &err);
}

/* Whether the server has carried out nothing of it. */
static bool
all_refused(const struct fs_work *w)
{
	uint32_t step = w->asking ? 2 : 1;

	if (w->atomic)
		return w->replies[w->expected - 1].type == FS_REPLY_ERROR &&
		    w->replies[w->asking].type == FS_REPLY_STATUS;
	for (uint32_t i = step - 1; i < w->expected; i += step) {
		if (w->replies[i].type != FS_REPLY_ERROR)
			return false;
	}
	return true;
}

/* Its errors: does it go elsewhere, or again, or is that the answer? */
static bool
goes_on(struct fs_cluster *cl, struct fs_work *w)
{
	for (uint32_t i = 0; i < w->expected; i++) {
		struct fs_reply *reply = &w->replies[i];

		if (reply->type != FS_REPLY_ERROR)
			continue;
		if (is_redirect(reply) || is_passing(reply))
			w->touched = w->touched || !all_refused(w);
		if (is_redirect(reply)) {
			redirect(cl, w, reply);
			return true;
		}
		if (is_passing(reply) && try_later(cl, w, reply))
			return true;
		if (fs_reply_is_error(reply, "READONLY")) {
			/* Another one may be primary under this name now. */
			w->peer->reopen = "it is read-only";
			cl->map_wanted = true;
		}
		learn(cl, w, reply);
	}
	return false;
}

/* All replies to this sending are there. */
void
fs_route_settle(struct fs_cluster *cl, struct fs_work *w)
{
	if (w->errors && goes_on(cl, w)) {
		let_look(cl, w, UINT64_MAX);
		return;
	}
	if (!w->errors)
		w->peer->away_at = 0;
	/* A node whose cluster is down still answers what has no slot. */
	if (!w->errors && w->home == NULL)
		w->peer->down_at = 0;
	if (!w->errors || !all_refused(w))
		overtake(cl, w);
	if (w->atomic) {
		settle_atomic(cl, w);
		return;
	}
	if (w->asking) {
		for (uint32_t i = 0; i < w->ncommands; i++)
			w->replies[i] = w->replies[2 * i + 1];
	}
	answered(cl, w, w->replies);
}
