#include "work/refresh.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "work/census.h"

#define AFTER_US	(5 * FS_MS)	/* a deadline, before it is looked at */
#define GRACE_US	(200 * FS_MS)	/* in which most nodes answer */

struct fs_refresher {
	struct fs_conn		*conn;
	struct fs_counter	*counter;
	int64_t			 refresh_us;
	int64_t			 next_us;	/* the whole */
	int64_t			 look_us;	/* the entity alone */
	bool			 heard;		/* late answers are to be shown */
	bool			 put_off;	/* the entity, until its node has
						   answered */
	struct fs_str		 followed;	/* its id; empty: none */
	struct fs_store_view	 view;		/* without ids and census */
	uint64_t		 ids_shown;	/* their changes in the last */
};

struct fs_refresher *
fs_refresher_new(struct fs_conn *conn)
{
	struct fs_refresher *rf = fs_xcalloc(1, sizeof(*rf));
	struct fs_store_options opt = conn->opt;

	rf->conn = conn;
	opt.name = "fsconsole-count";
	rf->counter = fs_counter_new(&opt);
	rf->look_us = FS_NEVER;
	rf->view.link = FS_VIEW_CONNECTING;
	rf->view.latency_us = -1;
	return rf;
}

void
fs_refresher_free(struct fs_refresher *rf)
{
	if (rf == NULL)
		return;
	fs_counter_free(rf->counter);
	fs_str_free(&rf->followed);
	fs_store_view_clear(&rf->view);
	free(rf);
}

void
fs_refresher_pace(struct fs_refresher *rf, int64_t refresh_us)
{
	rf->refresh_us = refresh_us;
	if (rf->next_us > fs_clock_mono() + refresh_us)
		rf->next_us = fs_clock_mono() + refresh_us;
}

void
fs_refresher_follow(struct fs_refresher *rf, struct fs_bytes id)
{
	fs_str_clear(&rf->followed);
	fs_str_add_bytes(&rf->followed, id);
	if (id.len == 0) {
		fs_entity_free(rf->view.inspected);
		rf->view.inspected = NULL;
	}
	rf->look_us = id.len != 0 ? 0 : FS_NEVER;
}

void
fs_refresher_poke(struct fs_refresher *rf)
{
	fs_conn_hurry(rf->conn);
	fs_counter_poke(rf->counter);
	rf->next_us = 0;
}

/*
 * The link
 */

void
fs_refresher_lost(struct fs_refresher *rf)
{
	struct fs_store_view *view = &rf->view;
	bool again = view->link == FS_VIEW_UNREADY;

	view->err = rf->conn->err;
	view->retry_mono_us = rf->conn->retry_us;
	view->link = FS_VIEW_WAITING;
	if (view->retry_mono_us == FS_NEVER)
		view->link = FS_VIEW_REFUSED;
	else if (view->err.code == FS_EUNREADY)
		view->link = FS_VIEW_UNREADY;
	view->latency_us = -1;
	fs_counter_down(rf->counter);
	/* While it loads its data, the first time alone. */
	if (!again || view->link != FS_VIEW_UNREADY)
		fs_log(FS_LOG_WARN, "%s", view->err.msg);
}

static bool
connect_store(struct fs_refresher *rf)
{
	struct fs_err err = { 0 };

	if (fs_conn_open(rf->conn, &err)) {
		rf->view.link = FS_VIEW_UP;
		fs_log(FS_LOG_INFO, "connected");
		return true;
	}
	fs_refresher_lost(rf);
	return false;
}

/* A question failed: true when the store is lost by it. */
static bool
failed(struct fs_refresher *rf, const struct fs_err *err)
{
	rf->view.err = *err;
	if (!fs_conn_failed(rf->conn, err))
		return false;
	fs_refresher_lost(rf);
	return true;
}

/*
 * The entity
 */

/* When the first of its fields, or it itself, is to go. */
static int64_t
first_end(const struct fs_entity *entity)
{
	int64_t now = fs_clock_mono(), first = FS_NEVER, left, end;

	for (size_t i = 0; i <= entity->nfields; i++) {
		left = fs_entity_left_ms(entity, i < entity->nfields ?
		    entity->fields[i].deadline_ms : entity->key_deadline_ms,
		    now);
		end = fs_clock_after(now + AFTER_US, left);
		if (left > 0 && end < first)
			first = end;
	}
	return first;
}

/* Not there to be looked at: say why, in its place. */
static struct fs_entity *
blank(struct fs_bytes id, const struct fs_err *err)
{
	struct fs_entity *entity = fs_entity_new(id, 0);

	entity->err = *err;
	entity->read_mono_us = fs_clock_mono();
	entity->key_deadline_ms = FS_NOT_THERE;
	entity->memory_bytes = -1;
	entity->slot = -1;
	return entity;
}

/* False when the store was lost. */
static bool
look(struct fs_refresher *rf)
{
	struct fs_bytes id = fs_str_bytes(&rf->followed);
	struct fs_entity *old = rf->view.inspected, *now;
	struct fs_err err = { 0 };

	rf->look_us = FS_NEVER;
	rf->put_off = false;
	if (id.len == 0)
		return true;
	if (old != NULL && !fs_bytes_eq(fs_bytes(old->id, old->id_len), id)) {
		fs_entity_free(old);
		old = rf->view.inspected = NULL;
	}
	rf->put_off = fs_store_is_owed(rf->conn->store, id, &err);
	if (rf->put_off && err.code == FS_OK)
		return true;
	now = rf->put_off ? NULL :
	    fs_store_inspect(rf->conn->store, id, old, &err);
	if (now == NULL && err.code == FS_ECANCEL)
		return true;
	if (now == NULL && !rf->put_off && failed(rf, &err))
		return false;
	if (now == NULL)
		now = blank(id, &err);
	fs_entity_follow(now, old);
	rf->view.inspected = now;
	rf->look_us = first_end(now);
	return true;
}

/*
 * The server
 */

static int64_t
latency_of(const struct fs_server *server)
{
	int64_t most = -1;

	for (size_t i = 0; i < server->nnodes; i++) {
		if (server->nodes[i].up && server->nodes[i].latency_us > most)
			most = server->nodes[i].latency_us;
	}
	return most;
}

static void
take_server(struct fs_refresher *rf, struct fs_server *server)
{
	struct fs_store_view *view = &rf->view;

	fs_server_free(view->server);
	view->server = server;
	view->latency_us = latency_of(server);
	fs_counter_up(rf->counter, server->dbsize);
}

/* False when the store was lost, or waiting was cancelled. */
static bool
show_server(struct fs_refresher *rf)
{
	struct fs_err err = { 0 };
	struct fs_server *server = fs_store_watched(rf->conn->store, &err);

	rf->heard = false;
	rf->view.err = (struct fs_err){ 0 };
	if (server != NULL) {
		take_server(rf, server);
		fs_store_need_field_ttl(rf->conn->store, &rf->view.err);
	} else if (err.code == FS_ECANCEL || failed(rf, &err)) {
		return false;
	} else {
		fs_counter_up(rf->counter, -1);
	}
	return true;
}

/* One that takes its time keeps nobody from showing how the others are. */
static void
refresh(struct fs_refresher *rf)
{
	int64_t until;

	if (rf->conn->store == NULL && !connect_store(rf))
		return;
	fs_store_watch(rf->conn->store);
	until = fs_clock_mono() + GRACE_US;
	while (fs_store_owed(rf->conn->store) != 0 &&
	    fs_store_heed(rf->conn->store, -1, until))
		continue;
	/* Only all of it: what fails each time behind it is to be paced. */
	if (show_server(rf) && look(rf) && !rf->put_off)
		fs_conn_good(rf->conn);
}

/* What came later than the refresh that asked for it. */
static void
show_late(struct fs_refresher *rf)
{
	if (show_server(rf) && rf->put_off)
		look(rf);
}

bool
fs_refresher_owed(const struct fs_refresher *rf)
{
	return rf->conn->store != NULL && fs_store_owed(rf->conn->store) != 0;
}

void
fs_refresher_wait(struct fs_refresher *rf, int fd, int64_t until_us)
{
	if (fs_store_heed(rf->conn->store, fd, until_us))
		rf->heard = true;
}

/*
 * Steps
 */

static int64_t
least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

int64_t
fs_refresher_due(struct fs_refresher *rf)
{
	if (rf->conn->store == NULL)
		return rf->conn->retry_us;
	if (rf->heard)
		return 0;
	return least(least(rf->next_us, rf->look_us),
	    fs_counter_due(rf->counter));
}

bool
fs_refresher_step(struct fs_refresher *rf)
{
	int64_t now = fs_clock_mono();

	if (rf->conn->store == NULL || now >= rf->next_us) {
		refresh(rf);
		/* Not since it began: the census has its turn in between. */
		rf->next_us = fs_clock_mono() + rf->refresh_us;
		return true;
	}
	/* Nobody waits for them while there is other work. */
	if (fs_refresher_owed(rf))
		fs_refresher_wait(rf, -1, 0);
	if (rf->heard) {
		show_late(rf);
		return true;
	}
	if (now >= rf->look_us) {
		look(rf);
		return true;
	}
	return fs_counter_step(rf->counter);
}

static struct fs_list *
copy_ids(const struct fs_list *ids)
{
	struct fs_list *copy = fs_xcalloc(1, sizeof(*copy));

	fs_list_copy(copy, ids);
	return copy;
}

struct fs_store_view *
fs_refresher_view(struct fs_refresher *rf, bool ids)
{
	struct fs_store_view *view = fs_xcalloc(1, sizeof(*view));
	const struct fs_list *list;
	uint64_t changes;

	*view = rf->view;
	view->server = fs_server_copy(rf->view.server);
	if (rf->view.inspected != NULL)
		view->inspected = fs_entity_copy(rf->view.inspected);
	view->census = fs_counter_census(rf->counter);
	view->stats = fs_conn_stats(rf->conn);
	list = fs_counter_ids(rf->counter, &view->ids_complete, &changes);
	view->ids = NULL;
	if (ids || changes != rf->ids_shown)
		view->ids = copy_ids(list);
	rf->ids_shown = changes;
	return view;
}
