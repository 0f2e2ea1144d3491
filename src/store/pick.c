/*
 * What is drawn (lot.c) goes through three rooms on its way to the caller: it
 * was met, then its key's deadline is asked, then it is ready. A flight asks
 * for the deadlines of some that were met and meets others at the same time.
 */
#include "store/pick.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "store/lot.h"
#include "store/key.h"
#include "store/seen.h"

#define SPARE		8		/* more than wanted, for those that go */
#define AGE_MAX		(5 * FS_SEC)	/* ready for longer: drawn anew */
#define ROUNDS_MAX	200		/* then the whole is scanned */
#define WINDOW		2048
#define PAUSE_MIN	FS_MS		/* shorter ones are saved up */

struct candidate {
	struct fs_str	id;
	int64_t		dies_us;	/* its key goes then; FS_NEVER */
	int64_t		ready_us;	/* when that was known */
	bool		alive;
};

struct candidates {
	struct candidate *item;
	size_t		  count, size;
};

struct fs_picker {
	struct fs_store		*st;
	struct fs_batch		*batch;
	struct fs_lot		 lot;
	int64_t			 margin_ms;	/* -1: no deadlines wanted */
	bool			 never_walks;	/* over all */
	size_t			 want;		/* of the last take */
	int64_t			 rtt_us;	/* the least; FS_NEVER */
	int64_t			 due_us;	/* the next flight, paced */
	size_t			 in_flight;	/* deadlines asked */
	struct candidates	 coming;	/* whose they are */
	struct candidates	 ready;
	bool			 ready_all;	/* there are no others */
	struct fs_err		 err;		/* the first node left out */
	struct fs_err		 no_deadline;	/* the first not told, of a
						   flight; FS_OK: all were */
};

/*
 * Candidates
 */

static struct candidate *
add_candidate(struct candidates *set, struct fs_bytes id)
{
	struct candidate *item;

	if (set->count == set->size) {
		size_t size = set->size * 2 + 16;

		set->item = fs_xreallocarray(set->item, size,
		    sizeof(*set->item));
		memset(set->item + set->size, 0,
		    (size - set->size) * sizeof(*set->item));
		set->size = size;
	}
	item = &set->item[set->count++];
	fs_str_clear(&item->id);
	fs_str_add_bytes(&item->id, id);
	item->dies_us = FS_NEVER;
	item->ready_us = 0;
	item->alive = true;
	return item;
}

/* The last one takes its place; its memory stays for the next. */
static void
drop_candidate(struct candidates *set, size_t i)
{
	struct candidate gone = set->item[i];

	set->item[i] = set->item[--set->count];
	set->item[set->count] = gone;
}

static void
free_candidates(struct candidates *set)
{
	for (size_t i = 0; i < set->size; i++)
		fs_str_free(&set->item[i].id);
	free(set->item);
}

/* Whether its key goes too soon to be written to. */
static bool
is_dying(const struct fs_picker *pk, const struct candidate *item, int64_t now)
{
	return item->dies_us != FS_NEVER &&
	    item->dies_us - now <= pk->margin_ms * FS_MS;
}

static void
drop_bad(struct fs_picker *pk)
{
	int64_t now = fs_clock_mono();

	for (size_t i = pk->ready.count; i-- > 0; ) {
		const struct candidate *item = &pk->ready.item[i];

		if (is_dying(pk, item, now)) {
			drop_candidate(&pk->ready, i);
		} else if (now - item->ready_us > AGE_MAX) {
			drop_candidate(&pk->ready, i);
			pk->ready_all = false;
		}
	}
}

/*
 * Opening
 */

struct fs_picker *
fs_picker_open(struct fs_store *st, struct fs_rng *rng, int64_t margin_ms)
{
	struct fs_picker *pk = fs_xcalloc(1, sizeof(*pk));

	pk->st = st;
	pk->batch = fs_store_batch(st);
	pk->margin_ms = margin_ms;
	pk->rtt_us = FS_NEVER;
	fs_lot_init(&pk->lot, st, rng);
	/* Who writes asks those who know best what is there. */
	pk->lot.replicas = margin_ms < 0;
	return pk;
}

void
fs_picker_close(struct fs_picker *pk)
{
	if (pk == NULL)
		return;
	free_candidates(&pk->ready);
	free_candidates(&pk->coming);
	fs_lot_free(&pk->lot);
	free(pk);
}

void
fs_picker_budget(struct fs_picker *pk, int64_t rate, double duty)
{
	pk->never_walks = true;
	fs_lot_budget(&pk->lot, rate, duty);
}

/*
 * From met to coming to ready
 */

static void
ask_pttl(struct fs_picker *pk)
{
	for (size_t i = 0; i < pk->coming.count; i++) {
		struct fs_str key = { 0 };

		fs_key_make(&key, fs_store_prefix(pk->st),
		    fs_str_bytes(&pk->coming.item[i].id));
		fs_batch_key(pk->batch, FS_PICK_TAG | i, fs_str_bytes(&key));
		fs_batch_cmd(pk->batch, FS_VERB_PTTL, 1);
		fs_batch_arg(pk->batch, fs_str_bytes(&key));
		fs_batch_end(pk->batch);
		fs_str_free(&key);
		pk->in_flight++;
	}
}

static size_t
target(const struct fs_picker *pk)
{
	return pk->want + pk->want / 2 + SPARE;
}

/* Draw k different ones of n by their places; the chosen are flagged. */
static void
draw_places(struct fs_rng *rng, size_t n, size_t k, bool *chosen)
{
	size_t left = k;

	for (size_t i = 0; i < n && left > 0; i++) {
		if (fs_rng_below(rng, n - i) >= left)
			continue;
		chosen[i] = true;
		left--;
	}
}

/* Some of what was met come nearer. */
static void
advance(struct fs_picker *pk)
{
	size_t	 n = pk->lot.met.count, k = target(pk);
	bool	*chosen;

	pk->coming.count = 0;
	if (!pk->lot.met_whole && pk->ready.count >= k)
		return;
	chosen = fs_xcalloc(n, sizeof(*chosen));
	draw_places(pk->lot.rng, n, k < n ? k : n, chosen);
	for (size_t i = 0; i < n; i++) {
		if (chosen[i])
			add_candidate(&pk->coming, fs_list_at(&pk->lot.met, i));
	}
	free(chosen);
	if (!pk->lot.met_whole)
		fs_list_clear(&pk->lot.met);
}

/*
 * What came is ready. Of a sample of the whole each flight draws anew, so that
 * what is ready never holds an id twice.
 */
static void
arrive(struct fs_picker *pk)
{
	bool none_left = pk->lot.met_all && pk->coming.count == pk->lot.met.count;

	if (pk->lot.met_whole)
		pk->ready.count = 0;
	for (size_t i = 0; i < pk->coming.count; i++) {
		struct candidate *from = &pk->coming.item[i], *to;

		if (!from->alive)
			continue;
		to = add_candidate(&pk->ready, fs_str_bytes(&from->id));
		to->dies_us = from->dies_us;
		to->ready_us = fs_clock_mono();
	}
	pk->ready_all = none_left;
	pk->coming.count = 0;
}

/*
 * Flights
 */

static void
take_pttl(struct fs_picker *pk, const struct fs_unit *unit)
{
	struct candidate	*item = &pk->coming.item[unit->tag & UINT32_MAX];
	struct fs_err		 err = unit->err;
	int64_t			 left;

	/* Who may not ask, or cannot, does not write to it. */
	item->alive = err.code == FS_OK && unit->nreplies == 1 &&
	    fs_reply_want_integer(&unit->reply[0], "PTTL", &left, &err) &&
	    left >= FS_NO_TTL;
	if (err.code != FS_OK && pk->no_deadline.code == FS_OK)
		pk->no_deadline = err;
	if (item->alive && left >= 0)
		item->dies_us = fs_clock_after(unit->mono_us, left);
}

static void
end_flight(struct fs_picker *pk)
{
	arrive(pk);
	fs_lot_end(&pk->lot);
	if (pk->margin_ms >= 0)
		return;
	advance(pk);
	arrive(pk);
}

void
fs_picker_answer(struct fs_picker *pk, const struct fs_unit *unit)
{
	if ((unit->tag & FS_LOT_TAG) == FS_LOT_TAG) {
		fs_lot_answer(&pk->lot, unit);
	} else {
		pk->in_flight--;
		take_pttl(pk, unit);
	}
	if (pk->in_flight == 0 && pk->lot.in_flight == 0)
		end_flight(pk);
}

/* False when one is under way. One whose units were dropped is not. */
static bool
may_fly(struct fs_picker *pk)
{
	if (pk->in_flight == 0 && pk->lot.in_flight == 0)
		return true;
	if (fs_batch_pending(pk->batch) != 0)
		return false;
	pk->in_flight = 0;
	pk->coming.count = 0;
	fs_lot_forget(&pk->lot);
	return true;
}

void
fs_picker_prefetch(struct fs_picker *pk)
{
	if (!may_fly(pk))
		return;
	if (fs_batch_pending(pk->batch) == 0)
		fs_batch_window(pk->batch, &(struct fs_window){
		    .units = WINDOW, .any_order = true });
	drop_bad(pk);
	advance(pk);
	fs_lot_ask(&pk->lot, target(pk));
	if (pk->margin_ms >= 0)
		ask_pttl(pk);
	if (pk->in_flight == 0 && pk->lot.in_flight == 0)
		end_flight(pk);		/* there was nothing to ask */
}

/*
 * The budget
 */

static int64_t
time_at(size_t n, int64_t rate)
{
	return rate > 0 ? (int64_t)((double)n * (double)FS_SEC / (double)rate) :
	    0;
}

static int64_t
longer(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* The flight counts as so long: what the server worked, and pauses for it. */
static void
set_due(struct fs_picker *pk, int64_t began_us)
{
	const struct fs_lot *lt = &pk->lot;
	int64_t wall = fs_clock_mono() - began_us, whole = wall, worked = wall;

	if (lt->measures) {
		pk->rtt_us = wall < pk->rtt_us ? wall : pk->rtt_us;
		return;
	}
	if (pk->rtt_us != FS_NEVER)
		worked = longer(wall - pk->rtt_us, wall / 10);
	if (lt->duty > 0 && lt->duty < 1)
		whole += (int64_t)((double)worked * (1 / lt->duty - 1));
	whole = longer(whole, time_at(lt->found, lt->rate));
	whole = longer(whole, time_at(lt->walked,
	    fs_store_scan_rate(pk->st)));
	pk->due_us = longer(pk->due_us, began_us) + whole;
}

/* False when cancelled. */
static bool
pause_flights(struct fs_picker *pk, struct fs_err *err)
{
	return pk->due_us - fs_clock_mono() < PAUSE_MIN ||
	    fs_store_rest(pk->st, pk->due_us, err);
}

/* One flight, waited for, and the pause behind it. */
static bool
fly_once(struct fs_picker *pk, struct fs_err *err)
{
	int64_t began_us = fs_clock_mono();
	const struct fs_unit *unit;

	if (fs_store_cancelled(pk->st))
		return fs_fail(err, FS_ECANCEL, "cancelled");
	pk->no_deadline.code = FS_OK;
	fs_picker_prefetch(pk);
	while (!may_fly(pk) && (unit = fs_batch_take(pk->batch)) != NULL)
		fs_picker_answer(pk, unit);
	if (pk->lot.page == 0)
		return true;
	set_due(pk, began_us);
	return pause_flights(pk, err);
}

/* Flights until they have brought something. */
static bool
fly(struct fs_picker *pk, struct fs_err *err)
{
	do {
		if (!fly_once(pk, err))
			return false;
	} while (fs_lot_goes_on(&pk->lot));
	/* It would be the same with any others. */
	if (pk->ready.count == 0 && (pk->no_deadline.code == FS_EPERM ||
	    fs_err_passing(pk->no_deadline.code))) {
		if (err != NULL)
			*err = pk->no_deadline;
		return false;
	}
	if (pk->lot.err.code == FS_OK)
		return true;
	if (pk->err.code == FS_OK)
		pk->err = pk->lot.err;
	if (pk->lot.answered != 0)
		return true;
	if (err != NULL)
		*err = pk->lot.err;
	return false;
}

const struct fs_err *
fs_picker_err(const struct fs_picker *pk)
{
	return &pk->err;
}

/* Move up to n that are not among taken yet to ids, in random order. */
static size_t
hand_out(struct fs_picker *pk, size_t n, struct fs_seen *taken,
    struct fs_list *ids)
{
	size_t given = 0;

	drop_bad(pk);
	while (given < n && pk->ready.count > 0) {
		size_t		i = (size_t)fs_rng_below(pk->lot.rng,
				    pk->ready.count);
		struct fs_bytes	id = fs_str_bytes(&pk->ready.item[i].id);

		if (fs_seen_add(taken, id)) {
			fs_list_add(ids, id);
			given++;
		}
		drop_candidate(&pk->ready, i);
	}
	return given;
}

static bool
take(struct fs_picker *pk, size_t n, struct fs_list *ids, struct fs_err *err)
{
	struct fs_seen	taken;
	size_t		given = 0;
	bool		ok = true;

	fs_seen_init(&taken, SIZE_MAX, fs_rng_next(pk->lot.rng));
	for (int round = 0; ok && round < 2 * ROUNDS_MAX; round++) {
		bool all;

		given += hand_out(pk, n - given, &taken, ids);
		all = pk->ready_all;
		if (given == n || all)
			break;
		if (fs_lot_is_costly(&pk->lot,
		    (double)target(pk)) ||
		    round == ROUNDS_MAX) {
			if (pk->never_walks)
				break;
			ok = fs_lot_scan(&pk->lot, target(pk), err);
		}
		if (ok)
			ok = fly(pk, err);
	}
	pk->ready_all = false;
	fs_seen_free(&taken);
	return ok;
}

bool
fs_picker_take(struct fs_picker *pk, size_t n, struct fs_list *ids,
    struct fs_err *err)
{
	pk->want = n;
	return take(pk, n, ids, err);
}

bool
fs_picker_is_costly(const struct fs_picker *pk, double need)
{
	return pk->lot.met_whole || fs_lot_is_costly(&pk->lot, need);
}
