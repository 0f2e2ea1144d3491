#include "redis/pump.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "redis/route.h"

#define FLUSH		(16 * 1024)	/* what a server reads at once */
#define READS_MAX	16		/* of one peer in one turn */
#define HELD_MAX	(32 * 1024 * 1024)
#define CANCEL_EVERY	(100 * FS_MS)
#define AWAY		(10 * FS_MS)

/*
 * Connections that end, and begin
 */

/* Those that waited for a connection learn that there is none. */
static void
replace_waiting(struct fs_cluster *cl, struct fs_peer *peer)
{
	struct fs_works	 works = TAILQ_HEAD_INITIALIZER(works);
	struct fs_work	*w;

	TAILQ_CONCAT(&works, &peer->waiting, at);
	while ((w = TAILQ_FIRST(&works)) != NULL) {
		TAILQ_REMOVE(&works, w, at);
		if (w->asking)
			fs_route_to(cl, w, peer);
		else
			fs_route_place(cl, w);
	}
}

/* Whether its primary can be asked for what a replica did not answer: then it
 * has all of its time again. */
static bool
has_primary(struct fs_cluster *cl, struct fs_work *w,
    const struct fs_peer *peer)
{
	if (!w->replica || w->writes || w->resent || peer->index != -1)
		return false;
	w->sent_us = 0;
	w->deadline = cl->now + cl->target->timeout_ms * FS_MS;
	return true;
}

/*
 * The link is down. What was not sent goes on as if nothing had happened, a
 * read is sent once more, and of a write nobody knows. blamed is the unit
 * whose reply was at fault, or NULL.
 */
static void
peer_lost(struct fs_cluster *cl, struct fs_peer *peer, struct fs_work *blamed)
{
	struct fs_works	 works = TAILQ_HEAD_INITIALIZER(works);
	struct fs_err	 err = peer->link->why;
	struct fs_work	*w;

	fs_fail_in(&err, "lost the connection to %s", peer->name);
	if (cl->caps.clustered)
		cl->map_wanted = true;
	peer->unsent = NULL;
	peer->reopen = NULL;
	TAILQ_CONCAT(&works, &peer->flight, at);
	while ((w = TAILQ_FIRST(&works)) != NULL) {
		bool sent = w->start < peer->link->written;

		TAILQ_REMOVE(&works, w, at);
		w->touched = w->touched || sent;
		if (!has_primary(cl, w, peer) && (w == blamed ||
		    (sent && (w->writes || w->resent)))) {
			fs_route_lost(cl, w, &err);
			continue;
		}
		w->resent = w->resent || sent;
		fs_route_place(cl, w);
	}
	replace_waiting(cl, peer);
}

/* What all that are connected, and are to do something, can do. */
static void
merge_caps(struct fs_cluster *cl, struct fs_peer *newest)
{
	bool		 clustered = cl->caps.clustered;
	struct fs_peer	*peer;

	if (newest->aside)
		return;
	cl->caps = newest->link->caps;
	cl->caps.clustered = clustered || newest->link->caps.clustered;
	TAILQ_FOREACH(peer, &cl->peers, next) {
		if (peer->link->state == FS_LINK_READY && !peer->aside)
			fs_caps_merge(&cl->caps, &peer->link->caps);
	}
	fs_caps_merge(&cl->caps, &cl->learned);
}

/* Let a link that is not ready make a step. */
static void
step(struct fs_cluster *cl, struct fs_peer *peer, short revents)
{
	struct fs_link *link = peer->link;

	fs_link_step(link, revents, cl->now, cl->buf, FS_READ_BYTES);
	if (link->state == FS_LINK_READY) {
		peer->reopen = NULL;
		peer->silent = false;
		merge_caps(cl, peer);
		replace_waiting(cl, peer);
	} else if (link->state == FS_LINK_DOWN) {
		peer->silent = link->why.code == FS_ETIMEOUT;
		if (cl->caps.clustered)
			cl->map_wanted = true;
		replace_waiting(cl, peer);
	}
}

/*
 * Writing and reading
 */

/* From now on they count as sent, and their time runs. */
static void
stamp_sent(struct fs_cluster *cl, struct fs_peer *peer)
{
	struct fs_work *w;

	while ((w = peer->unsent) != NULL && w->start < peer->link->written) {
		if (w->sent_us == 0) {
			w->sent_us = cl->now;
			w->deadline = cl->now +
			    cl->target->timeout_ms * FS_MS;
		}
		peer->unsent = TAILQ_NEXT(w, at);
	}
}

static void
write_peer(struct fs_cluster *cl, struct fs_peer *peer)
{
	struct fs_link	*link = peer->link;
	uint64_t	 before = link->written;

	if (peer->unsent != NULL && peer->unsent == TAILQ_FIRST(&peer->flight))
		cl->cost.round_trips++;
	if (!fs_link_write(link, cl->now)) {
		peer_lost(cl, peer, NULL);
		return;
	}
	cl->cost.sent += link->written - before;
	stamp_sent(cl, peer);
}

/* As long as one answer follows the other, the time of the next runs anew. */
static void
next_in_turn(struct fs_cluster *cl, struct fs_peer *peer)
{
	struct fs_work *w = TAILQ_FIRST(&peer->flight);

	if (w == NULL)
		return;
	w->deadline = cl->now + cl->target->timeout_ms * FS_MS;
	fs_route_wake(cl, w->deadline);
}

/* Give the replies that were read to the units that wait for them. */
static void
match(struct fs_cluster *cl, struct fs_peer *peer)
{
	struct fs_link	*link = peer->link;
	struct fs_work	*w;
	struct fs_err	 err;

	while ((w = TAILQ_FIRST(&peer->flight)) != NULL &&
	    w->start < link->written) {
		struct fs_reply *reply = &w->replies[w->got];

		switch (fs_link_next(link, &w->arena, reply, cl->now)) {
		case FS_RESP_MORE:
			return;
		case FS_RESP_BAD:
			peer_lost(cl, peer, w);
			return;
		case FS_RESP_REPLY:
			break;
		}
		if (reply->type == FS_REPLY_ERROR)
			w->errors = true;
		if (++w->got < w->expected)
			continue;
		TAILQ_REMOVE(&peer->flight, w, at);
		fs_link_good(link);
		fs_route_settle(cl, w);
		next_in_turn(cl, peer);
	}
	if (fs_resp_left(link->resp)) {
		fs_fail(&err, FS_EPROTO, "an answer to no question");
		fs_link_fail(link, &err, cl->now);
		peer_lost(cl, peer, NULL);
	}
}

static void
read_peer(struct fs_cluster *cl, struct fs_peer *peer)
{
	struct fs_link	*link = peer->link;
	uint64_t	 before = link->received;
	bool		 more = true;

	for (int i = 0; more && i < READS_MAX; i++) {
		if (!fs_link_read(link, cl->buf, FS_READ_BYTES, &more,
		    cl->now)) {
			peer_lost(cl, peer, NULL);
			return;
		}
		cl->cost.received += link->received - before;
		before = link->received;
		match(cl, peer);
		if (link->state != FS_LINK_READY)
			return;
	}
}

static void
flush_peer(struct fs_cluster *cl, struct fs_peer *peer)
{
	struct fs_link *link = peer->link;

	if (link->state != FS_LINK_READY || !fs_link_has_output(link))
		return;
	/* Nothing is to come: has the server closed it, or said something that
	 * would be taken for the answer to what is sent now? */
	if (peer->unsent == TAILQ_FIRST(&peer->flight))
		read_peer(cl, peer);
	if (link->state == FS_LINK_READY)
		write_peer(cl, peer);
}

/* Whether there is something for a peer to which there is no connection. */
static bool
is_to_open(const struct fs_cluster *cl, const struct fs_peer *peer)
{
	return peer->link->state == FS_LINK_DOWN &&
	    peer->link->retry_at <= cl->now &&
	    (peer->knock || !TAILQ_EMPTY(&peer->waiting));
}

static void
open_peer(struct fs_cluster *cl, struct fs_peer *peer)
{
	peer->knock = false;
	fs_link_open(peer->link);
	cl->now = fs_clock_mono();	/* the look-up took its time */
	step(cl, peer, 0);
}

void
fs_pump_refuse(struct fs_cluster *cl, struct fs_work *work,
    const struct fs_err *err)
{
	cl->now = fs_clock_mono();
	fs_route_fail(cl, work, FS_FATE_NOT_SENT, err);
}

void
fs_pump_add(struct fs_cluster *cl, struct fs_work *work)
{
	struct fs_peer *peer;

	cl->now = fs_clock_mono();
	work->sent_us = 0;
	work->deadline = cl->now + cl->target->timeout_ms * FS_MS;
	fs_route_wake(cl, work->deadline);
	fs_route_place(cl, work);
	peer = work->peer;
	if (work->place != FS_PLACE_FLIGHT)
		return;
	if (peer->link->put - peer->link->written >= FLUSH)
		flush_peer(cl, peer);
}

/* It is another server by now than when it was connected to. What is on its way
 * to it is answered first, and nothing more is sent. */
static void
reopen(struct fs_cluster *cl, struct fs_peer *peer)
{
	struct fs_err why;

	if (!fs_route_reopens(cl, peer) || !TAILQ_EMPTY(&peer->flight))
		return;
	fs_fail(&why, FS_ECONNECT, "%s", peer->reopen);
	fs_link_fail(peer->link, &why, cl->now);
	peer_lost(cl, peer, NULL);
}

/*
 * Send what is to be sent, and connect where that is needed. One name is
 * looked up in a turn, which may take seconds: that of the peer that has been
 * due for the longest time.
 */
static void
flush(struct fs_cluster *cl)
{
	struct fs_peer *peer, *named = NULL;

	TAILQ_FOREACH(peer, &cl->peers, next) {
		reopen(cl, peer);
		if (!is_to_open(cl, peer))
			flush_peer(cl, peer);
		else if (!peer->link->named)
			open_peer(cl, peer);
		else if (named == NULL ||
		    peer->link->retry_at < named->link->retry_at)
			named = peer;
	}
	if (named != NULL)
		open_peer(cl, named);
}

/*
 * Time
 */

static void
expire_in_flight(struct fs_cluster *cl, struct fs_work *w)
{
	struct fs_peer	*peer = w->peer;
	struct fs_err	 err;

	fs_fail(&err, FS_ETIMEOUT, "no answer within %lld ms",
	    (long long)cl->target->timeout_ms);
	/* Its answer must not be taken for that of a later one. */
	fs_link_fail(peer->link, &err, cl->now);
	peer_lost(cl, peer, w);
}

static void
expire(struct fs_cluster *cl, struct fs_work *w)
{
	struct fs_err err;

	fs_fail(&err, FS_ETIMEOUT, "no answer within %lld ms",
	    (long long)cl->target->timeout_ms);
	switch (w->place) {
	case FS_PLACE_FLIGHT:
		expire_in_flight(cl, w);
		break;
	case FS_PLACE_WAITING:
		TAILQ_REMOVE(&w->peer->waiting, w, at);
		if (w->peer->link->state == FS_LINK_LOADING)
			err = w->peer->link->why;
		fs_fail_in(&err, "waiting for %s", w->peer->name);
		fs_route_lost(cl, w, &err);
		break;
	case FS_PLACE_LATER:
		TAILQ_REMOVE(&cl->later, w, at);
		if (w->why != NULL)
			err = *w->why;
		fs_route_lost(cl, w, &err);
		break;
	case FS_PLACE_NONE:
	case FS_PLACE_DONE:
		break;
	}
}

/* Replies are not read faster than they are taken, once they are many. */
static bool
may_read(const struct fs_cluster *cl, const struct fs_peer *peer)
{
	const struct fs_batch *batch;

	if (cl->held < HELD_MAX)
		return true;
	TAILQ_FOREACH(batch, &cl->batches, next) {
		const struct fs_work *w = TAILQ_FIRST(&batch->asked);

		if (w != NULL && w->place == FS_PLACE_FLIGHT &&
		    w->peer == peer)
			return true;
	}
	return false;
}

static void
tick(struct fs_cluster *cl, struct fs_work *w)
{
	if (w->place == FS_PLACE_LATER && w->later_at <= cl->now &&
	    w->deadline > cl->now) {
		TAILQ_REMOVE(&cl->later, w, at);
		fs_route_place(cl, w);
	}
	if (w->place == FS_PLACE_DONE)
		return;
	if (w->place == FS_PLACE_FLIGHT) {
		if (w != TAILQ_FIRST(&w->peer->flight))
			return;		/* its time has not begun */
		if (!may_read(cl, w->peer))
			w->deadline = cl->now + cl->target->timeout_ms * FS_MS;
	}
	/* What is ahead of it is answered first, and has a time of its own. */
	if (w->place == FS_PLACE_WAITING &&
	    w->peer->link->state == FS_LINK_READY)
		w->deadline = cl->now + cl->target->timeout_ms * FS_MS;
	if (w->deadline <= cl->now) {
		expire(cl, w);
		return;
	}
	fs_route_wake(cl, w->deadline);
	if (w->place == FS_PLACE_LATER)
		fs_route_wake(cl, w->later_at);
}

/* While the caller was busy elsewhere nobody looked for answers. */
static void
forgive(struct fs_cluster *cl)
{
	int64_t		 away = cl->now - cl->left_at;
	struct fs_batch	*batch;
	struct fs_work	*w;

	if (cl->left_at == 0 || away < AWAY)
		return;
	TAILQ_FOREACH(batch, &cl->batches, next) {
		TAILQ_FOREACH(w, &batch->asked, asked)
			w->deadline += away;
	}
}

/* Look at every unit, which is rare: wake is when the first may be due. */
static void
timers(struct fs_cluster *cl)
{
	struct fs_batch	*batch;
	struct fs_work	*w;

	if (cl->now < cl->wake)
		return;
	cl->wake = FS_NEVER;
	TAILQ_FOREACH(batch, &cl->batches, next) {
		TAILQ_FOREACH(w, &batch->asked, asked)
			tick(cl, w);
	}
}

bool
fs_pump_cancelled(const struct fs_cluster *cl)
{
	return cl->cancel != NULL && atomic_load(cl->cancel);
}

/* Everything that waits ends now, because of why. */
static void
end_all(struct fs_cluster *cl, const struct fs_err *why)
{
	struct fs_batch	*batch;
	struct fs_peer	*peer;
	struct fs_work	*w;

	TAILQ_FOREACH(peer, &cl->peers, next) {
		if (TAILQ_EMPTY(&peer->flight))
			continue;
		fs_link_close(peer->link, cl->now);
		peer->unsent = NULL;
		while ((w = TAILQ_FIRST(&peer->flight)) != NULL) {
			TAILQ_REMOVE(&peer->flight, w, at);
			w->touched = w->touched ||
			    w->start < peer->link->written;
			fs_route_lost(cl, w, why);
		}
	}
	TAILQ_FOREACH(batch, &cl->batches, next) {
		TAILQ_FOREACH(w, &batch->asked, asked) {
			if (w->place == FS_PLACE_WAITING)
				TAILQ_REMOVE(&w->peer->waiting, w, at);
			else if (w->place == FS_PLACE_LATER)
				TAILQ_REMOVE(&cl->later, w, at);
			else
				continue;
			fs_route_lost(cl, w, why);
		}
	}
}

/* The system will not wait for so many, or not at all: connections are what
 * can be done without. */
static void
cannot_wait(struct fs_cluster *cl, int error)
{
	struct fs_err	 err;
	struct fs_peer	*peer;

	if (error == ENOMEM)
		fs_mem_die();
	fs_fail(&err, FS_EBUSY, "cannot wait for %zu servers: %s", cl->npeers,
	    strerror(error));
	end_all(cl, &err);
	TAILQ_FOREACH(peer, &cl->peers, next) {
		if (peer->link->state != FS_LINK_DOWN)
			fs_link_fail(peer->link, &err, cl->now);
	}
}

/*
 * Turns
 */

/*
 * What to poll for, into cl->fds: first fd, if it is not -1, then the peers
 * that have a connection. Poll counts against the limit of open files whatever
 * stands there. Returns when something is due anyway.
 */
static int64_t
prepare(struct fs_cluster *cl, int fd, int64_t deadline)
{
	int64_t		 due = cl->wake < deadline ? cl->wake : deadline;
	struct fs_peer	*peer;

	if (cl->fds_size < cl->npeers + 1) {
		cl->fds_size = cl->npeers + 1;
		cl->fds = fs_xreallocarray(cl->fds, cl->fds_size,
		    sizeof(*cl->fds));
	}
	cl->nfds = 0;
	if (fd != -1)
		cl->fds[cl->nfds++] =
		    (struct pollfd){ .fd = fd, .events = POLLIN };
	TAILQ_FOREACH(peer, &cl->peers, next) {
		const struct fs_link	*link = peer->link;
		short			 events = fs_link_events(link);
		int64_t			 when = fs_link_due(link);

		if (link->state == FS_LINK_READY && !may_read(cl, peer))
			events &= ~POLLIN;
		peer->polled = link->fd != -1 && events != 0;
		if (peer->polled)
			cl->fds[cl->nfds++] = (struct pollfd){
			    .fd = link->fd, .events = events };
		if (is_to_open(cl, peer))
			when = cl->now;
		if (when < due)
			due = when;
	}
	if (cl->cancel != NULL && cl->now + CANCEL_EVERY < due)
		due = cl->now + CANCEL_EVERY;
	return due;
}

static void
serve(struct fs_cluster *cl, const struct pollfd *fds)
{
	struct fs_peer *peer;

	TAILQ_FOREACH(peer, &cl->peers, next) {
		short revents = peer->polled ? fds++->revents : 0;

		if (peer->link->state != FS_LINK_READY) {
			if (revents != 0 || fs_link_due(peer->link) <= cl->now)
				step(cl, peer, revents);
			continue;
		}
		if (revents & (POLLIN | POLLHUP | POLLERR))
			read_peer(cl, peer);
		if (peer->link->state == FS_LINK_READY &&
		    (revents & POLLOUT))
			write_peer(cl, peer);
	}
}

bool
fs_pump_turn(struct fs_cluster *cl, int fd, int64_t deadline)
{
	uint64_t	completed = cl->completed;
	int64_t		before, due;
	int		ms, got;
	struct fs_err	err;

	cl->now = fs_clock_mono();
	if (fs_pump_cancelled(cl)) {
		fs_fail(&err, FS_ECANCEL, "cancelled");
		end_all(cl, &err);
		return false;
	}
	forgive(cl);
	fs_peer_tend(cl);
	flush(cl);
	due = prepare(cl, fd, deadline);
	before = cl->now;
	ms = cl->completed != completed ? 0 : fs_clock_poll_ms(due);
	got = poll(cl->fds, cl->nfds, ms);
	cl->now = fs_clock_mono();
	if (ms != 0)
		cl->cost.waited_us += cl->now - before;
	if (got != -1)
		serve(cl, cl->fds + (fd != -1));
	else if (errno != EINTR)
		cannot_wait(cl, errno);
	timers(cl);
	cl->left_at = cl->now;
	return got > 0 && fd != -1 && cl->fds[0].revents != 0;
}

void
fs_pump_drop(struct fs_cluster *cl, struct fs_batch *batch)
{
	struct fs_err	 err;
	struct fs_work	*w;

	cl->now = fs_clock_mono();
	fs_fail(&err, FS_ECANCEL, "dropped");
	TAILQ_FOREACH(w, &batch->asked, asked) {
		struct fs_peer *peer = w->peer;

		switch (w->place) {
		case FS_PLACE_FLIGHT:
			TAILQ_REMOVE(&peer->flight, w, at);
			fs_link_close(peer->link, cl->now);
			peer->unsent = NULL;
			fs_route_lost(cl, w, &err);
			break;
		case FS_PLACE_WAITING:
			TAILQ_REMOVE(&peer->waiting, w, at);
			fs_route_lost(cl, w, &err);
			break;
		case FS_PLACE_LATER:
			TAILQ_REMOVE(&cl->later, w, at);
			fs_route_lost(cl, w, &err);
			break;
		case FS_PLACE_NONE:
		case FS_PLACE_DONE:
			break;
		}
	}
	/* Units of other batches on the same links. */
	for (struct fs_peer *p = TAILQ_FIRST(&cl->peers); p != NULL;
	    p = TAILQ_NEXT(p, next)) {
		if (p->link->state == FS_LINK_DOWN && !TAILQ_EMPTY(&p->flight))
			peer_lost(cl, p, NULL);
	}
}
