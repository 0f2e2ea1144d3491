/*
 * A scripted Redis: nodes that answer as a server with field TTL does, but for
 * what a script says. tests/fake/README tells the language.
 *
 * The script is read before the first thread starts; after that only what is
 * marked changes, under one lock.
 */
#ifndef FS_TESTS_FAKE_H
#define FS_TESTS_FAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <bsd/sys/queue.h>

#include "base/str.h"

enum act {
	ACT_REPLY,	/* text and a line end; inside MULTI by EXEC */
	ACT_SEND,	/* text as it is */
	ACT_DEFAULT,	/* what would have been answered */
	ACT_PART,	/* the first number bytes of that */
	ACT_DRIP,	/* text, or that, a byte each number ms */
	ACT_REPEAT,	/* text number times, 0 without end */
	ACT_PAUSE,	/* number ms */
	ACT_TELL,	/* text in the log, as a command */
	ACT_STALL,	/* read on, never answer again on this connection */
	ACT_DEAF,	/* do not even read */
	ACT_CLOSE,
	ACT_RESET,
	ACT_LEAVE,	/* the node hangs up on all and listens no more */
};

struct action {
	STAILQ_ENTRY(action)	 next;
	enum act		 act;
	long			 number;
	struct fs_str		 text;
};

/* What is done at a command that matches. */
struct rule {
	STAILQ_ENTRY(rule)	 next;
	int			 line;		/* of the script */
	char			*text;		/* the pattern as written */
	struct fs_str		*words;
	size_t			 nwords;
	long			 times;		/* left, -1: any; locked */
	long			 skip;		/* first so many; locked */
	int			 conn;		/* on this one alone; 0 any */
	STAILQ_HEAD(, action)	 actions;
};

struct field {
	STAILQ_ENTRY(field)	 next;
	struct fs_str		 name, value;
	int64_t			 deadline_ms;	/* -1: none */
};

struct hash {
	STAILQ_ENTRY(hash)	 next;
	struct fs_str		 key;
	int64_t			 deadline_ms;	/* -1: none */
	size_t			 nfields;
	STAILQ_HEAD(, field)	 fields;
};

struct conn;
struct ssl_ctx_st;

struct node {
	STAILQ_ENTRY(node)	 next;
	char			*name, *host, *path;
	int			 port, fd;
	int			 rcvbuf;	/* 0: as it is */
	struct ssl_ctx_st	*tls;
	struct fs_str		 info, lacks;	/* lines; " A B " */
	struct fs_str		 pass, user;
	struct {
		int first, last;
	}			 slots[64];
	size_t			 nslots;
	int64_t			 clock_ms;	/* how far ahead of ours */
	struct node		*primary;	/* of a replica */
	STAILQ_HEAD(, hash)	 hashes;
	STAILQ_HEAD(, rule)	 rules;
	int			 accepted;	/* locked */
	LIST_HEAD(, conn)	 conns;		/* locked */
};

STAILQ_HEAD(nodes, node);
extern struct nodes nodes;
extern bool clustered;

/* A command as it came. */
struct command {
	struct fs_str	*args;
	size_t		 nargs;
};

/* script.c: opens the nodes' sockets too, as the text may name their ports. */
void script_read(const char *text);
/* Whether a command fits the words of a rule. */
bool script_match(const struct rule *rule, const struct command *cmd);
/* The one for this command, counted; NULL if none. Call under the lock. */
const struct rule *script_find(struct node *node, int conn,
    const struct command *cmd);

/* fake.c */
void node_listen(struct node *node);
void node_tls(struct node *node, const char *cert, const char *key,
    const char *ca);

/* answer.c: append what a well-behaved server would say. */
void answer(const struct node *node, const struct command *cmd,
    struct fs_str *out);
int64_t now_ms(void);

#endif
