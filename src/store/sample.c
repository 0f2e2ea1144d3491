#include "store/sample.h"

#include <stdlib.h>

#include "base/mem.h"
#include "store/key.h"
#include "store/pick.h"
#include "store/scan.h"
#include "store/seen.h"
#include "store/sieve.h"

#define PAGE		1000

struct fs_sample {
	struct fs_store		*st;
	struct fs_sample_options	 opt;
	size_t			 at_a_time;	/* ids */
	uint64_t		 left;		/* to be given yet */
	struct fs_picker	*picker;	/* NULL: not by probing any more */
	struct fs_list		 met;		/* by the last probing */
	double			 fresh;		/* share of it that was new */
	struct fs_seen		 given;		/* by probing */
	struct fs_scan		*scan;		/* NULL: not walking */
	struct fs_sieve		 sieve;
	struct fs_list		 drawn;		/* what it kept */
	size_t			 next;		/* of it */
	struct fs_list		 page;
	struct fs_err		 err;		/* what was left out */
};

struct fs_sample *
fs_sample_open(struct fs_store *st, const struct fs_sample_options *opt)
{
	struct fs_sample *sm = fs_xcalloc(1, sizeof(*sm));

	sm->st = st;
	sm->opt = *opt;
	sm->at_a_time = fs_scan_page(opt->page != 0 ? opt->page : PAGE,
	    opt->rate, opt->duty, true);
	sm->left = opt->count;
	sm->fresh = 1;
	sm->picker = fs_picker_open(st, opt->rng, -1);
	fs_picker_budget(sm->picker, opt->rate, opt->duty);
	fs_seen_init(&sm->given, SIZE_MAX, fs_rng_next(opt->rng));
	return sm;
}

void
fs_sample_close(struct fs_sample *sm)
{
	if (sm == NULL)
		return;
	fs_picker_close(sm->picker);
	fs_scan_close(sm->scan);
	fs_sieve_free(&sm->sieve);
	fs_seen_free(&sm->given);
	fs_list_free(&sm->met);
	fs_list_free(&sm->drawn);
	fs_list_free(&sm->page);
	free(sm);
}

/*
 * Walking
 */

static void
begin_walk(struct fs_sample *sm)
{
	fs_picker_close(sm->picker);
	sm->picker = NULL;
	fs_list_free(&sm->met);
	sm->scan = fs_scan_open(sm->st, &(struct fs_scan_options){
	    .page = PAGE, .rate = sm->opt.rate, .duty = sm->opt.duty,
	    .no_seen = true, .replicas = true });
	fs_sieve_init(&sm->sieve, sm->left, fs_rng_next(sm->opt.rng));
}

static void
sift(struct fs_sample *sm, const struct fs_list *keys)
{
	struct fs_bytes id;

	for (size_t i = 0; i < keys->count; i++) {
		if (fs_key_id(fs_list_at(keys, i), fs_store_prefix(sm->st),
		    &id) && !fs_seen_has(&sm->given, id))
			fs_sieve_add(&sm->sieve, id);
	}
}

static enum fs_sample_event
walk(struct fs_sample *sm, struct fs_err *err)
{
	const struct fs_list	*keys;
	const struct fs_unit	*unit;

	switch (fs_scan_next(sm->scan, &keys, &unit, err)) {
	case FS_SCAN_PAGE:
		sift(sm, keys);
		return FS_SAMPLE_WALK;
	case FS_SCAN_UNIT:
		return FS_SAMPLE_WALK;
	case FS_SCAN_FAIL:
		return FS_SAMPLE_FAIL;
	case FS_SCAN_END:
		break;
	}
	if (sm->err.code == FS_OK)
		sm->err = fs_scan_state(sm->scan)->err;
	fs_scan_close(sm->scan);
	sm->scan = NULL;
	fs_sieve_end(&sm->sieve, &sm->drawn);
	return FS_SAMPLE_WALK;
}

static enum fs_sample_event
give_drawn(struct fs_sample *sm, struct fs_err *err)
{
	while (sm->page.count < sm->at_a_time && sm->next < sm->drawn.count)
		fs_list_add(&sm->page, fs_list_at(&sm->drawn, sm->next++));
	if (sm->page.count != 0)
		return FS_SAMPLE_IDS;
	*err = sm->err;
	return FS_SAMPLE_END;
}

/*
 * Probing
 */

static size_t
at_most(uint64_t n, size_t most)
{
	return n < most ? (size_t)n : most;
}

/* Whether to walk is less work than to meet all that are left by chance. */
static bool
is_costly(const struct fs_sample *sm)
{
	double need = (double)sm->left / (sm->fresh + 1e-3);

	return fs_picker_is_costly(sm->picker, need);
}

static enum fs_sample_event
pick(struct fs_sample *sm, struct fs_err *err)
{
	size_t n = at_most(sm->left, sm->at_a_time);

	fs_list_clear(&sm->met);
	if (!fs_picker_take(sm->picker, n, &sm->met, err))
		return FS_SAMPLE_FAIL;
	sm->err = *fs_picker_err(sm->picker);
	/* To walk is less work, or there are no more: only walking tells. */
	if (sm->met.count < n || (n < sm->left && is_costly(sm))) {
		begin_walk(sm);
		return FS_SAMPLE_WALK;
	}
	for (size_t i = 0; i < n; i++) {
		if (fs_seen_add(&sm->given, fs_list_at(&sm->met, i)))
			fs_list_add(&sm->page, fs_list_at(&sm->met, i));
	}
	sm->fresh = (double)sm->page.count / (double)n;
	sm->left -= sm->page.count;
	return FS_SAMPLE_IDS;
}

enum fs_sample_event
fs_sample_next(struct fs_sample *sm, const struct fs_list **ids,
    struct fs_err *err)
{
	*err = (struct fs_err){ 0 };
	*ids = &sm->page;
	fs_list_clear(&sm->page);
	if (sm->scan != NULL)
		return walk(sm, err);
	if (sm->picker == NULL)
		return give_drawn(sm, err);
	if (sm->left != 0)
		return pick(sm, err);
	*err = sm->err;
	return FS_SAMPLE_END;
}

double
fs_sample_walked(const struct fs_sample *sm)
{
	return sm->scan != NULL ? fs_scan_state(sm->scan)->progress : -1;
}
