#include "store/write.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/num.h"
#include "redis/batch.h"
#include "store/key.h"
#include "store/pick.h"

#define WINDOW		500	/* as fast as 1,000, and 0.8 MB less */
#define NONE		SIZE_MAX

/*
 * The longest time to live of a key, and the latest moment that Redis takes
 * for a field; both in milliseconds. A day is left for clocks that differ.
 */
#define KEY_TTL_MAX	((INT64_C(1) << 46) * 1000)
#define FIELD_END	((INT64_C(1) << 46) - INT64_C(86400000))

/* What a command of a unit is, and so what its reply must say. */
enum part {
	PART_LOOK,		/* PEXPIRETIME: -2 is a key that is gone */
	PART_HSET,		/* a count */
	PART_PEXPIRE,		/* 1 */
	PART_HSETEX,		/* 1 */
	PART_HPEXPIRE,		/* 1 for each field */
};

struct command {
	enum part	part;
	int64_t		ttl_ms;		/* it is about the cells with this */
	size_t		nfields;
};

/* A row in flight. Its memory is used again for later rows. */
struct op {
	uint64_t	 tag;
	struct fs_str	 key;
	size_t		 nfields;
	size_t		 nstreaming;	/* of them */
	bool		 load;		/* counts as an entity */
	bool		 plain;		/* no names kept: all is one HSET */
	bool		 undoing;
	bool		 twice;		/* may be sent again when it is lost */
	bool		 hsetex;	/* is sent with HSETEX */
	bool		 expiring;	/* all but the expiry is written */
	int64_t		 expiry_ms;	/* to be set then; 0: none */
	struct fs_row	 row;		/* as long as HSETEX may be refused */
	struct fs_str	 text;		/* its cells */
	struct fs_list	 names;
	int64_t		*ttls;		/* one for each of names; 0: none */
	size_t		 ttls_size;
	struct command	*commands;	/* one for each reply */
	size_t		 ncommands, commands_size;
	struct fs_err	*refusal;	/* why it was not sent; or NULL */
	size_t		 next;		/* in the chain it is on */
};

struct chain {
	size_t	first, last;
};

struct fs_writer {
	struct fs_store		*st;
	const struct fs_schema	*schema;
	struct fs_batch		*batch;
	struct fs_picker	*picker;
	struct fs_window	 window;
	struct op		*ops;
	size_t			 nops;
	struct chain		 unused, refused;
	size_t			 pending;
	bool			 had_hsetex;	/* one was acknowledged */
	size_t			 nhsetex;	/* sent with it, in flight */
	bool			 other_types;	/* a key was no hash */
	struct fs_err		 why;		/* the row at hand is refused */
	struct fs_written	 out;
};

struct fs_writer *
fs_writer_open(struct fs_store *st, size_t window)
{
	struct fs_writer *wr = fs_xcalloc(1, sizeof(*wr));

	wr->st = st;
	wr->schema = fs_store_schema(st);
	wr->batch = fs_store_batch(st);
	wr->window.units = window != 0 ? window : WINDOW;
	wr->window.any_order = true;
	wr->unused = wr->refused = (struct chain){ NONE, NONE };
	return wr;
}

void
fs_writer_close(struct fs_writer *wr)
{
	if (wr == NULL)
		return;
	if (fs_batch_pending(wr->batch) != 0)
		fs_batch_drop(wr->batch);
	for (size_t i = 0; i < wr->nops; i++) {
		fs_str_free(&wr->ops[i].key);
		fs_list_free(&wr->ops[i].names);
		free(wr->ops[i].ttls);
		free(wr->ops[i].commands);
		free(wr->ops[i].refusal);
		fs_row_free(&wr->ops[i].row);
		fs_str_free(&wr->ops[i].text);
	}
	free(wr->ops);
	free(wr);
}

void
fs_writer_picker(struct fs_writer *wr, struct fs_picker *pk)
{
	wr->picker = pk;
}

static bool
uses_hsetex(const struct fs_writer *wr)
{
	return fs_store_caps(wr->st)->hsetex;
}

/* After its refusal those with HSETEX are sent again, before any later ones. */
bool
fs_writer_full(const struct fs_writer *wr)
{
	return fs_batch_full(wr->batch) ||
	    (wr->nhsetex != 0 && !uses_hsetex(wr));
}

size_t
fs_writer_pending(const struct fs_writer *wr)
{
	return wr->pending;
}

/*
 * Rows in flight
 */

static void
append(struct fs_writer *wr, struct chain *chain, struct op *op)
{
	size_t at = (size_t)(op - wr->ops);

	op->next = NONE;
	if (chain->first == NONE)
		chain->first = at;
	else
		wr->ops[chain->last].next = at;
	chain->last = at;
}

static struct op *
detach(struct fs_writer *wr, struct chain *chain)
{
	struct op *op;

	if (chain->first == NONE)
		return NULL;
	op = &wr->ops[chain->first];
	chain->first = op->next;
	return op;
}

static void
more_ops(struct fs_writer *wr)
{
	size_t n = wr->nops != 0 ? wr->nops * 2 : 16;

	wr->ops = fs_xreallocarray(wr->ops, n, sizeof(*wr->ops));
	memset(wr->ops + wr->nops, 0, (n - wr->nops) * sizeof(*wr->ops));
	for (size_t i = wr->nops; i < n; i++)
		append(wr, &wr->unused, &wr->ops[i]);
	wr->nops = n;
}

static struct op *
new_op(struct fs_writer *wr, uint64_t tag, const struct fs_row *row)
{
	struct op *op;

	if (wr->unused.first == NONE)
		more_ops(wr);
	op = detach(wr, &wr->unused);
	op->tag = tag;
	op->nfields = row->ncells;
	op->nstreaming = 0;
	op->load = op->plain = op->undoing = op->twice = false;
	op->hsetex = op->expiring = false;
	op->expiry_ms = 0;
	op->ncommands = 0;
	fs_list_clear(&op->names);
	fs_str_clear(&op->key);
	fs_key_make(&op->key, fs_store_prefix(wr->st), row->entity);
	if (wr->pending++ == 0)
		fs_batch_window(wr->batch, &wr->window);
	return op;
}

static void
add_command(struct op *op, enum part part, int64_t ttl_ms, size_t nfields)
{
	if (op->ncommands == op->commands_size) {
		op->commands_size = op->commands_size * 2 + 2;
		op->commands = fs_xreallocarray(op->commands,
		    op->commands_size, sizeof(*op->commands));
	}
	op->commands[op->ncommands++] =
	    (struct command){ part, ttl_ms, nfields };
}

/* Remember a cell by its name and the TTL that it is to have. */
static void
add_cell(struct op *op, const struct fs_cell *cell, int64_t ttl_ms)
{
	if (op->names.count == op->ttls_size) {
		op->ttls_size = op->ttls_size * 2 + 8;
		op->ttls = fs_xreallocarray(op->ttls, op->ttls_size,
		    sizeof(*op->ttls));
	}
	op->ttls[op->names.count] = ttl_ms;
	op->nstreaming += ttl_ms != 0;
	fs_list_add(&op->names, cell->name);
}

/*
 * Refusing beforehand: a row is refused for what wr->why says.
 */

static bool
check_row(const struct fs_row *row, struct fs_err *err)
{
	if (!fs_key_check_id(row->entity, err))
		return false;
	if (row->ncells == 0)
		return fs_fail(err, FS_EINPUT, "no values to write");
	return true;
}

static bool
check_ttl(int64_t ttl_ms, int64_t max, struct fs_err *err)
{
	char buf[32];

	if (ttl_ms >= 1 && ttl_ms <= max)
		return true;
	return fs_fail(err, FS_EUSAGE, "a time to live must be from 1 ms to %s",
	    fs_num_show_duration(buf, sizeof(buf), max, true));
}

static bool
check_field_ttl(int64_t ttl_ms, struct fs_err *err)
{
	/* Whatever the time is, until the year 3084. */
	if (ttl_ms >= 1 && ttl_ms <= FIELD_END / 2)
		return true;
	return check_ttl(ttl_ms, FIELD_END - fs_clock_wall() / 1000, err);
}

/* A right that is missing is so for all of them, and its rule comes first. */
static void
name_key(const struct op *op, struct fs_err *err)
{
	if (err->code != FS_EPERM)
		fs_fail_in(err, "%.*s", (int)op->key.len, op->key.data);
}

static void
refuse(struct fs_writer *wr, struct op *op)
{
	name_key(op, &wr->why);
	op->refusal = fs_xmalloc(sizeof(*op->refusal));
	*op->refusal = wr->why;
	append(wr, &wr->refused, op);
}

/*
 * Sending
 */

static bool
belongs(const struct op *op, const struct command *command, size_t cell)
{
	return op->plain || op->ttls[cell] == command->ttl_ms;
}

static void
send_cells(struct fs_batch *b, const struct op *op,
    const struct command *command, const struct fs_row *row, bool values)
{
	for (size_t i = 0; i < row->ncells; i++) {
		if (!belongs(op, command, i))
			continue;
		fs_batch_arg(b, row->cells[i].name);
		if (values)
			fs_batch_arg(b, row->cells[i].value);
	}
}

static void
send_fields_word(struct fs_batch *b, size_t nfields)
{
	fs_batch_arg_text(b, "FIELDS");
	fs_batch_arg_u64(b, nfields);
}

static void
send_command(struct fs_batch *b, const struct op *op,
    const struct command *command, const struct fs_row *row)
{
	struct fs_bytes	key = fs_str_bytes(&op->key);
	size_t		n = command->nfields;

	switch (command->part) {
	case PART_LOOK:
		fs_batch_cmd(b, FS_VERB_PEXPIRETIME, 1);
		fs_batch_arg(b, key);
		break;
	case PART_HSET:
		fs_batch_cmd(b, FS_VERB_HSET, 1 + 2 * n);
		fs_batch_arg(b, key);
		send_cells(b, op, command, row, true);
		break;
	case PART_PEXPIRE:
		fs_batch_cmd(b, FS_VERB_PEXPIRE, 2);
		fs_batch_arg(b, key);
		fs_batch_arg_i64(b, command->ttl_ms);
		break;
	case PART_HSETEX:
		fs_batch_cmd(b, FS_VERB_HSETEX, 5 + 2 * n);
		fs_batch_arg(b, key);
		fs_batch_arg_text(b, "PX");
		fs_batch_arg_i64(b, command->ttl_ms);
		send_fields_word(b, n);
		send_cells(b, op, command, row, true);
		break;
	case PART_HPEXPIRE:
		fs_batch_cmd(b, FS_VERB_HPEXPIRE, 4 + n);
		fs_batch_arg(b, key);
		fs_batch_arg_i64(b, command->ttl_ms);
		send_fields_word(b, n);
		send_cells(b, op, command, row, false);
		break;
	}
}

/* Not known yet is whether HSETEX will be refused. */
static void
keep_row(struct op *op, const struct fs_row *row)
{
	size_t size = 0;

	for (size_t i = 0; i < row->ncells; i++)
		size += row->cells[i].value.len;
	fs_str_clear(&op->text);
	fs_str_room(&op->text, size + 1);	/* it does not move again */
	fs_row_clear(&op->row);
	for (size_t i = 0; i < row->ncells; i++) {
		struct fs_bytes value = row->cells[i].value;
		size_t		from = op->text.len;

		fs_str_add_bytes(&op->text, value);
		fs_row_add(&op->row, row->cells[i].feature,
		    fs_list_at(&op->names, i),
		    fs_bytes(op->text.data + from, value.len));
	}
}

static void
note_hsetex(struct fs_writer *wr, struct op *op, const struct fs_row *row)
{
	for (size_t i = 0; i < op->ncommands; i++)
		op->hsetex |= op->commands[i].part == PART_HSETEX;
	if (!op->hsetex)
		return;
	wr->nhsetex++;
	if (!wr->had_hsetex)
		keep_row(op, row);
}

static void
send_op(struct fs_writer *wr, struct op *op, const struct fs_row *row,
    bool atomic)
{
	op->hsetex = false;
	note_hsetex(wr, op, row);
	fs_batch_key(wr->batch, (uint64_t)(op - wr->ops),
	    fs_str_bytes(&op->key));
	if (op->twice)
		fs_batch_twice(wr->batch);
	if (atomic)
		fs_batch_atomic(wr->batch);
	for (size_t i = 0; i < op->ncommands; i++)
		send_command(wr->batch, op, &op->commands[i], row);
	fs_batch_end(wr->batch);
}

static size_t
count_cells(const struct op *op, int64_t ttl_ms)
{
	size_t n = 0;

	for (size_t i = 0; i < op->names.count; i++)
		n += op->ttls[i] == ttl_ms;
	return n;
}

/* Whether no cell before this one has its TTL. */
static bool
is_first_of_ttl(const struct op *op, size_t cell)
{
	for (size_t i = 0; i < cell; i++) {
		if (op->ttls[i] == op->ttls[cell])
			return false;
	}
	return true;
}

/* The commands that write the cells: one, or a pair, for each TTL. */
static void
plan(struct fs_writer *wr, struct op *op)
{
	bool hsetex = uses_hsetex(wr);

	for (size_t i = 0; i < op->names.count; i++) {
		int64_t	ttl_ms = op->ttls[i];
		size_t	n;

		if (!is_first_of_ttl(op, i))
			continue;
		n = count_cells(op, ttl_ms);
		if (ttl_ms != 0 && hsetex) {
			add_command(op, PART_HSETEX, ttl_ms, n);
			continue;
		}
		add_command(op, PART_HSET, ttl_ms, n);
		if (ttl_ms != 0)
			add_command(op, PART_HPEXPIRE, ttl_ms, n);
	}
}

/* The TTL that a streamed cell gets; a batch feature must not get one. */
static bool
stream_ttl(struct fs_writer *wr, const struct fs_cell *cell, int64_t *ttl_ms,
    struct fs_err *err)
{
	const struct fs_feature *feature;

	if (cell->feature < 0) {
		if (*ttl_ms == 0)
			*ttl_ms = wr->schema->streaming_ttl_ms;
		return check_field_ttl(*ttl_ms, err);
	}
	feature = &wr->schema->features[cell->feature];
	if (feature->class != FS_CLASS_STREAMING)
		return fs_fail(err, FS_EINPUT, "'%s' is a batch feature: "
		    "it lives as long as the key", feature->name);
	if (*ttl_ms == 0)
		*ttl_ms = fs_feature_ttl(wr->schema, feature);
	return check_field_ttl(*ttl_ms, err);
}

void
fs_writer_stream(struct fs_writer *wr, uint64_t tag, const struct fs_row *row,
    int64_t ttl_ms, bool must_exist)
{
	struct op	*op = new_op(wr, tag, row);
	bool		 ok = check_row(row, &wr->why);

	/* The second look would find what the first try has brought back. */
	op->twice = !must_exist;
	if (must_exist)
		add_command(op, PART_LOOK, 0, 0);
	for (size_t i = 0; ok && i < row->ncells; i++) {
		int64_t ttl = ttl_ms;

		ok = stream_ttl(wr, &row->cells[i], &ttl, &wr->why);
		add_cell(op, &row->cells[i], ttl);
	}
	if (!ok || !fs_store_need_field_ttl(wr->st, &wr->why)) {
		refuse(wr, op);
		return;
	}
	plan(wr, op);
	send_op(wr, op, row, op->ncommands > 1);
}

static int64_t
set_ttl(struct fs_writer *wr, const struct fs_cell *cell)
{
	if (cell->feature < 0)
		return 0;
	return fs_feature_ttl(wr->schema,
	    &wr->schema->features[cell->feature]);
}

/* Plan the cells with the TTL that the class of each has. */
static bool
plan_by_class(struct fs_writer *wr, struct op *op, const struct fs_row *row)
{
	for (size_t i = 0; i < row->ncells; i++) {
		int64_t ttl = set_ttl(wr, &row->cells[i]);

		if (ttl != 0 && !check_field_ttl(ttl, &wr->why))
			return false;
		add_cell(op, &row->cells[i], ttl);
	}
	if (op->nstreaming != 0 &&
	    !fs_store_need_field_ttl(wr->st, &wr->why))
		return false;
	plan(wr, op);
	return true;
}

void
fs_writer_set(struct fs_writer *wr, uint64_t tag, const struct fs_row *row)
{
	struct op *op = new_op(wr, tag, row);

	if (!check_row(row, &wr->why) || !plan_by_class(wr, op, row)) {
		refuse(wr, op);
		return;
	}
	send_op(wr, op, row, op->ncommands > 1);
}

static bool
has_streaming(struct fs_writer *wr, const struct fs_row *row)
{
	for (size_t i = 0; i < row->ncells; i++) {
		if (set_ttl(wr, &row->cells[i]) != 0)
			return true;
	}
	return false;
}

/* Streaming features of a row get their TTL too, lest they leak. */
static bool
plan_load(struct fs_writer *wr, struct op *op, const struct fs_row *row)
{
	if (has_streaming(wr, row))
		return plan_by_class(wr, op, row);
	op->plain = true;
	add_command(op, PART_HSET, 0, row->ncells);
	return true;
}

void
fs_writer_load(struct fs_writer *wr, uint64_t tag, const struct fs_row *row,
    int64_t ttl_ms)
{
	struct op *op = new_op(wr, tag, row);

	op->load = op->twice = true;
	if (!check_row(row, &wr->why) ||
	    !check_ttl(ttl_ms, KEY_TTL_MAX, &wr->why) ||
	    !plan_load(wr, op, row)) {
		refuse(wr, op);
		return;
	}
	if (wr->other_types) {
		op->expiry_ms = ttl_ms;
		send_op(wr, op, row, op->ncommands > 1);
		return;
	}
	add_command(op, PART_PEXPIRE, ttl_ms, 0);
	send_op(wr, op, row, !op->plain || fs_store_caps(wr->st)->may_be_full);
}

/*
 * Answers
 */

struct verdict {
	bool	gone;		/* the key was not there */
	bool	wrote;		/* something was */
	bool	refused;	/* an HSET was */
	bool	renewed;	/* an expiry was accepted */
	bool	ok;
};

static bool
check_count(const struct fs_reply *reply, const char *what, size_t max,
    struct fs_err *err)
{
	int64_t n;

	if (!fs_reply_want_integer(reply, what, &n, err))
		return false;
	if (n < 0 || (uint64_t)n > max)
		return fs_fail(err, FS_EPROTO, "%s: answered %lld", what,
		    (long long)n);
	return true;
}

static bool
check_one(const struct fs_reply *reply, const char *what, struct fs_err *err)
{
	int64_t n;

	if (!fs_reply_want_integer(reply, what, &n, err))
		return false;
	return n == 1 || fs_fail(err, FS_ESERVER, "%s: answered %lld, not 1",
	    what, (long long)n);
}

static const char *
code_text(int64_t code)
{
	switch (code) {
	case 2:
		return "deleted, its time is over";
	case 0:
		return "condition not met";
	case -2:
		return "no such field";
	}
	return "unknown code";
}

/* Every code of HPEXPIRE must be 1; the fields where it is not are named. */
static bool
check_codes(const struct op *op, const struct command *command,
    const struct fs_reply *reply, struct verdict *v, struct fs_err *err)
{
	struct fs_str	bad = { 0 };
	size_t		at = 0;
	int64_t		code;
	bool		ok = fs_reply_want_array(reply, "HPEXPIRE",
			    command->nfields, err);

	if (!ok)
		return false;
	for (size_t i = 0; ok && i < op->names.count; i++) {
		if (!belongs(op, command, i))
			continue;
		ok = fs_reply_want_integer(&reply->item[at++], "HPEXPIRE",
		    &code, err);
		v->renewed |= ok && code == 1;
		if (!ok || code == 1)
			continue;
		fs_str_add_text(&bad, bad.len != 0 ? ", " : "");
		fs_str_add_bytes(&bad, fs_list_at(&op->names, i));
		fs_str_addf(&bad, " (%lld: %s)", (long long)code,
		    code_text(code));
	}
	if (ok && bad.len != 0)
		ok = fs_fail(err, FS_ESERVER, "HPEXPIRE: %s", bad.data);
	fs_str_free(&bad);
	return ok;
}

static bool
check_look(const struct fs_reply *reply, struct verdict *v, struct fs_err *err)
{
	int64_t deadline;

	if (!fs_reply_want_integer(reply, "PEXPIRETIME", &deadline, err))
		return false;
	v->gone = deadline == FS_NOT_THERE;
	return true;
}

static bool
check_reply(const struct op *op, const struct command *command,
    const struct fs_reply *reply, struct verdict *v, struct fs_err *err)
{
	bool ok = false;

	switch (command->part) {
	case PART_LOOK:
		return check_look(reply, v, err);
	case PART_HSET:
		ok = check_count(reply, "HSET", command->nfields, err);
		v->refused |= !ok;
		v->wrote |= ok;
		break;
	case PART_HSETEX:
		ok = check_one(reply, "HSETEX", err);
		v->wrote |= ok;
		break;
	case PART_PEXPIRE:
		ok = check_one(reply, "PEXPIRE", err);
		v->renewed |= ok;
		break;
	case PART_HPEXPIRE:
		ok = check_codes(op, command, reply, v, err);
		break;
	}
	return ok;
}

/* All replies are looked at; err is of the first that is bad. */
static struct verdict
judge(const struct op *op, const struct fs_unit *unit, struct fs_err *err)
{
	struct verdict v = { .ok = true };

	if (unit->err.code != FS_OK) {
		*err = unit->err;
		v.ok = false;
		return v;
	}
	if (unit->nreplies != op->ncommands) {
		v.ok = fs_fail(err, FS_EPROTO, "%zu replies instead of %zu",
		    unit->nreplies, op->ncommands);
		return v;
	}
	for (size_t i = 0; i < op->ncommands; i++) {
		if (!check_reply(op, &op->commands[i], &unit->reply[i], &v,
		    v.ok ? err : NULL))
			v.ok = false;
	}
	return v;
}

static void
count(struct fs_writer *wr, const struct op *op)
{
	struct fs_stats *stats = fs_store_count(wr->st);

	if (op->load)
		stats->batch_writes++;
	else
		stats->batch_writes += op->nfields - op->nstreaming;
	stats->streaming_writes += op->nstreaming;
}

/* Not all of it is zeroed for each row: the message is long. */
static void
clear_out(struct fs_writer *wr, const struct op *op)
{
	struct fs_written *out = &wr->out;

	out->tag = op->tag;
	out->acknowledged = out->unknown = false;
	out->renewed_stale = out->revived = false;
	out->fields = 0;
	out->err.code = FS_OK;
	out->err.msg[0] = '\0';
}

static const struct fs_written *
finish(struct fs_writer *wr, struct op *op)
{
	struct fs_written *out = &wr->out;

	if (out->acknowledged)
		count(wr, op);
	else
		name_key(op, &out->err);
	if (op->row.ncells != 0) {
		fs_row_free(&op->row);
		fs_str_free(&op->text);
	}
	append(wr, &wr->unused, op);
	wr->pending--;
	return out;
}

/*
 * What the user may do is not asked beforehand: after the first refusal of
 * HSETEX rows are sent as for a server that has none, and so are, once more,
 * those that were on their way. Nothing of them was carried out: HSETEX was
 * alone, or all of its MULTI was refused.
 */
static bool
without_hsetex(struct fs_writer *wr, struct op *op, const struct fs_err *err)
{
	size_t n = op->ncommands;

	wr->nhsetex -= op->hsetex;
	wr->had_hsetex |= op->hsetex && err->code == FS_OK;
	if (!op->hsetex || err->code != FS_EPERM || uses_hsetex(wr) ||
	    op->row.ncells == 0)
		return false;
	for (size_t i = 0; i < n; i++) {
		struct command c = op->commands[i];

		if (c.part != PART_HSETEX) {
			add_command(op, c.part, c.ttl_ms, c.nfields);
			continue;
		}
		add_command(op, PART_HSET, c.ttl_ms, c.nfields);
		add_command(op, PART_HPEXPIRE, c.ttl_ms, c.nfields);
	}
	op->ncommands -= n;
	memmove(op->commands, op->commands + n,
	    op->ncommands * sizeof(*op->commands));
	send_op(wr, op, &op->row, true);
	return true;
}

/*
 * The expiry of a key that is no hash is set although HSET is refused: MULTI
 * carries out the rest of it, and PEXPIRE has no condition for it. It cannot be
 * undone, as the key's own expiry is not known any more; to ask for that
 * beforehand, or to wait for each HSET, would cost every load for what is in
 * hardly any store. So it is told of those that were on their way, and from
 * the first of them on the expiry follows when HSET is acknowledged.
 */
static void
note_type(struct fs_writer *wr, const struct op *op, struct verdict *v,
    struct fs_err *err)
{
	if (!op->load || err->code != FS_ETYPE)
		return;
	wr->other_types = true;
	if (v->refused && v->renewed)
		fs_fail_in(err, "its time to live was set all the same");
	v->renewed = false;
}

static void
expire(struct fs_writer *wr, struct op *op)
{
	op->expiring = true;
	op->ncommands = 0;
	add_command(op, PART_PEXPIRE, op->expiry_ms, 0);
	send_op(wr, op, NULL, false);
}

/* The write brought back a key that had expired: take it out again. */
static void
undo(struct fs_writer *wr, struct op *op)
{
	op->undoing = true;
	fs_batch_key(wr->batch, (uint64_t)(op - wr->ops),
	    fs_str_bytes(&op->key));
	fs_batch_cmd(wr->batch, FS_VERB_HDEL, 1 + op->names.count);
	fs_batch_arg(wr->batch, fs_str_bytes(&op->key));
	for (size_t i = 0; i < op->names.count; i++)
		fs_batch_arg(wr->batch, fs_list_at(&op->names, i));
	fs_batch_end(wr->batch);
}

static const struct fs_written *
take_undone(struct fs_writer *wr, struct op *op, const struct fs_unit *unit)
{
	struct fs_written	*out = &wr->out;
	struct fs_err		*err = &out->err;
	bool			 ok = unit->err.code == FS_OK;

	out->revived = true;
	if (!ok)
		*err = unit->err;
	else if (unit->nreplies != 1)
		ok = fs_fail(err, FS_EPROTO, "HDEL: no answer");
	else
		ok = check_count(&unit->reply[0], "HDEL", op->nfields, err);
	if (ok)
		fs_fail(err, FS_ENOENT, "expired before the write, "
		    "which was undone");
	else
		fs_fail_in(err, "expired before the write, which brought it "
		    "back without a TTL and could not be undone");
	return finish(wr, op);
}

static const struct fs_written *
take_op(struct fs_writer *wr, const struct fs_unit *unit)
{
	struct op		*op = &wr->ops[unit->tag];
	struct fs_written	*out = &wr->out;
	struct verdict		 v;

	clear_out(wr, op);
	if (op->undoing)
		return take_undone(wr, op, unit);
	v = judge(op, unit, &out->err);
	if (without_hsetex(wr, op, &out->err))
		return NULL;
	note_type(wr, op, &v, &out->err);
	if (v.ok && op->expiry_ms != 0 && !op->expiring) {
		expire(wr, op);
		return NULL;
	}
	if (op->expiring && !v.ok)
		fs_fail_in(&out->err, "written, but not its time to live");
	if (v.gone && v.wrote) {
		undo(wr, op);
		return NULL;
	}
	if (v.ok && v.gone)
		v.ok = fs_fail(&out->err, FS_ENOENT, "not there any more");
	out->acknowledged = v.ok;
	out->fields = v.ok ? op->nfields : 0;
	out->unknown = unit->fate == FS_FATE_UNKNOWN;
	out->renewed_stale = v.refused && v.renewed;
	return finish(wr, op);
}

static const struct fs_written *
take_refused(struct fs_writer *wr)
{
	struct op *op = detach(wr, &wr->refused);

	if (op == NULL)
		return NULL;
	clear_out(wr, op);
	wr->out.err = *op->refusal;
	free(op->refusal);
	op->refusal = NULL;
	append(wr, &wr->unused, op);
	wr->pending--;
	return &wr->out;
}

/* NULL: it was the picker's, or an undoing has begun. */
static const struct fs_written *
take_unit(struct fs_writer *wr, const struct fs_unit *unit)
{
	if ((unit->tag & FS_PICK_TAG) == 0)
		return take_op(wr, unit);
	if (wr->picker != NULL)
		fs_picker_answer(wr->picker, unit);
	return NULL;
}

const struct fs_written *
fs_writer_take(struct fs_writer *wr)
{
	const struct fs_written	*out = take_refused(wr);
	const struct fs_unit	*unit;

	while (out == NULL && (unit = fs_batch_take(wr->batch)) != NULL)
		out = take_unit(wr, unit);
	return out;
}

const struct fs_written *
fs_writer_poll(struct fs_writer *wr)
{
	const struct fs_written	*out = take_refused(wr);
	const struct fs_unit	*unit;

	while (out == NULL && (unit = fs_batch_poll(wr->batch)) != NULL)
		out = take_unit(wr, unit);
	return out;
}

void
fs_writer_wait(struct fs_writer *wr, int fd, int64_t deadline_us)
{
	if (wr->refused.first == NONE)
		fs_batch_wait(wr->batch, fd, deadline_us);
}
