/*
 * What a key does: prompts, and the commands that go to the session. What is
 * left for the loop is told by wants.
 */
#ifndef FS_UI_ACT_H
#define FS_UI_ACT_H

#include <stdbool.h>
#include <stdint.h>

#include "app/command.h"
#include "app/options.h"
#include "app/session.h"
#include "ui/screen.h"

enum {
	FS_WANTS_QUIT = 1,
	FS_WANTS_SUSPEND = 2,
	FS_WANTS_REDRAW = 4,
	FS_WANTS_COPY = 8,		/* what is in copied */
};

/* In the place of the command that waits. */
#define FS_HELD_NOTHING	FS_CMD_COUNT

/* What the prompt asks for. */
enum fs_ask {
	FS_ASK_FILTER,
	FS_ASK_COMMAND,
	FS_ASK_LOAD_COUNT,
	FS_ASK_LOAD_TTL,
	FS_ASK_BATCH_COUNT,
	FS_ASK_UNLOCK,
	FS_ASK_DESTROY,
	FS_ASK_COUNT
};

struct fs_act {
	struct fs_session	*session;
	struct fs_screen	*screen;
	const struct fs_options	*options;
	unsigned		 wants;
	struct fs_str		 copied;
	size_t			 refresh;	/* index of the steps */

	enum fs_ask		 ask;
	struct fs_history	 history[FS_ASK_COUNT];
	struct fs_str		 filter_before;
	bool			 glob_before;
	struct fs_str		 load_count;
	/* What waits for the prefix to be typed: a key, or a request. */
	enum fs_cmd_id		 held;
	struct fs_request	*held_request;
	/* A repair, until it is counted by this request what it would do. */
	struct fs_request	*counted;
	uint64_t		 counting;
};

void fs_act_init(struct fs_act *act, struct fs_session *session,
    struct fs_screen *screen, const struct fs_options *options);
void fs_act_free(struct fs_act *act);

void fs_act_key(struct fs_act *act, const struct fs_snap *snap, int key);
/* Run a command, as its key would. */
void fs_act_run(struct fs_act *act, const struct fs_snap *snap,
    enum fs_cmd_id id);
/* Inspect this one; the list's cursor goes to it, if it is there. */
void fs_act_follow(struct fs_act *act, const struct fs_snap *snap,
    struct fs_bytes id);
/* Inspect what is under the cursor. */
void fs_act_inspect(struct fs_act *act, const struct fs_snap *snap);

/* The snap is new: go on with what waited for an answer. */
void fs_act_look(struct fs_act *act, const struct fs_snap *snap);
/* The notice has been read; the same words again are a new one. */
void fs_act_dismiss(struct fs_act *act);

/* Pasted text goes into a prompt, and nowhere else. */
void fs_act_paste(struct fs_act *act, const struct fs_snap *snap,
    struct fs_bytes text);
/* A button of the mouse went down; as xterm numbers them. */
void fs_act_mouse(struct fs_act *act, const struct fs_snap *snap, int button,
    int row, int col);
/*
 * Follow the first entity once there is a list, so that the screen lives;
 * whether that is done, or the operator was quicker.
 */
bool fs_act_begin(struct fs_act *act, const struct fs_snap *snap);

#endif
