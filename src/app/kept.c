#include "app/kept.h"

#include <stdlib.h>

#include "base/mem.h"

struct fs_kept_answer {
	TAILQ_ENTRY(fs_kept_answer)	 next;
	struct fs_answer		*answer;
};

void
fs_kept_init(struct fs_kept *kept)
{
	TAILQ_INIT(&kept->answers);
	kept->nbad = 0;
}

void
fs_kept_add(struct fs_kept *kept, struct fs_answer *answer)
{
	struct fs_kept_answer *ka = fs_xcalloc(1, sizeof(*ka));

	ka->answer = answer;
	kept->nbad += answer->nbad != 0;
	TAILQ_INSERT_TAIL(&kept->answers, ka, next);
}

static struct fs_answer *
take_out(struct fs_kept *kept, struct fs_kept_answer *ka)
{
	struct fs_answer *answer = ka->answer;

	TAILQ_REMOVE(&kept->answers, ka, next);
	kept->nbad -= answer->nbad != 0;
	free(ka);
	return answer;
}

struct fs_answer *
fs_kept_take(struct fs_kept *kept)
{
	struct fs_kept_answer *first = TAILQ_FIRST(&kept->answers);

	return first != NULL ? take_out(kept, first) : NULL;
}

void
fs_kept_drop(struct fs_kept *kept)
{
	struct fs_answer *answer;

	while ((answer = fs_kept_take(kept)) != NULL)
		fs_answer_free(answer);
}

/*
 * Merging
 */

static bool
is_report(const struct fs_answer *answer)
{
	return answer->kind == FS_ANSWER_PART && answer->drill != NULL &&
	    answer->nbad == 0;
}

/* Whether all that the older one says is said again by the newer. */
static bool
is_outdated(const struct fs_answer *old, const struct fs_answer *new)
{
	if (old->id != new->id)
		return false;
	if (new->kind == FS_ANSWER_PROGRESS)
		return old->kind == FS_ANSWER_PROGRESS;
	return is_report(new) && is_report(old);
}

static void
drop_outdated(struct fs_kept *kept, const struct fs_answer *new)
{
	struct fs_kept_answer *ka = TAILQ_FIRST(&kept->answers), *next;

	for (; ka != NULL; ka = next) {
		next = TAILQ_NEXT(ka, next);
		if (is_outdated(ka->answer, new))
			fs_answer_free(take_out(kept, ka));
	}
}

/* Of the parts, a screen shows a drill's report, and the log the bad rows. */
static bool
is_wanted(const struct fs_kept *kept, const struct fs_answer *answer)
{
	return answer->kind != FS_ANSWER_PART || answer->drill != NULL ||
	    (answer->nbad != 0 && kept->nbad < FS_KEPT_BAD);
}

void
fs_kept_merge(struct fs_kept *kept, struct fs_answer *answer)
{
	if (!is_wanted(kept, answer)) {
		fs_answer_free(answer);
		return;
	}
	drop_outdated(kept, answer);
	fs_kept_add(kept, answer);
}
