#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/command.h"
#include "app/guard.h"
#include "app/limits.h"
#include "app/session.h"
#include "base/clock.h"
#include "base/mem.h"
#include "cli/ask.h"
#include "cli/help.h"
#include "cli/notice.h"
#include "cli/print.h"
#include "cli/stop.h"

#define GRACE	FS_SEC		/* past the deadline of what was cancelled */

struct run {
	struct fs_options	*opt;
	const struct fs_command	*cmd;
	struct fs_session	*session;
	struct fs_out		 out;
	struct fs_notice	 notice;
	struct fs_printer	 printer;
	struct fs_str		 target;	/* where the store is */
	char			*file;		/* of rows, for messages */
	bool			 by_name;	/* entities were named */
	uint64_t		 id;		/* of the request */
	bool			 cancelled;
	int64_t			 give_up_us;	/* after it was cancelled */
};

static bool
is_utf8(const struct fs_options *opt)
{
	return !opt->ascii && strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

void
fs_cli_guard_fds(void)
{
	static const int modes[] = { O_WRONLY, O_RDONLY, O_RDONLY };

	/* The wrong way round, so that each use of them fails. */
	for (int fd = 0; fd < 3; fd++) {
		if (fcntl(fd, F_GETFD) == -1 && errno == EBADF)
			open("/dev/null", modes[fd]);
	}
}

/*
 * What is printed
 */

static void
choose_form(struct run *run)
{
	const struct fs_command_options *cmd = &run->opt->cmd;
	struct fs_printer *pr = &run->printer;

	pr->out = &run->out;
	pr->notes = &run->notice.out;
	pr->ctx.schema = run->opt->schema;
	fs_target_show(run->opt->target, &run->target);
	pr->ctx.target = run->target.data;
	pr->ctx.dry_run = cmd->dry_run;
	pr->rows = cmd->rows;
	if (cmd->prometheus)
		pr->form = FS_FORM_PROMETHEUS;
	else if (run->opt->json)
		pr->form = FS_FORM_JSON;
}

/* What is asked of the answer later, when the request is gone. */
static void
remember(struct run *run, const struct fs_request *request)
{
	run->by_name = request->entities.count != 0 || request->from != NULL;
	free(run->file);
	run->file = NULL;
	if (request->from != NULL)
		run->file = fs_xstrdup(strcmp(request->from, "-") == 0 ?
		    "stdin" : request->from);
	fs_list_copy(&run->printer.names, &request->features);
}

static void
print_schema(struct run *run, const struct fs_schema *schema)
{
	struct fs_str text = { 0 };

	fs_options_show_schema(schema, &text);
	fs_out_raw(&run->out, text.data, text.len);
	fs_str_free(&text);
}

/* The one in force, for which nothing is asked. */
static int
run_schema(struct run *run)
{
	struct fs_err err = { 0 };

	if (run->opt->argc > 1)
		fs_fail(&err, FS_EUSAGE, "%s: one argument too many: '%s'",
		    run->cmd->name, run->opt->argv[1]);
	else if (run->opt->cmd.given[FS_OPT_SAMPLE])
		fs_fail(&err, FS_EUSAGE, "%s: --sample only with --infer",
		    run->cmd->name);
	if (err.code != FS_OK)
		return fs_notice_fail(&err);
	print_schema(run, run->opt->schema);
	return 0;
}

/*
 * The exit status
 */

static bool
keeps_limits(struct run *run, const struct fs_audit_report *report)
{
	struct fs_err err = { 0 };

	if (report == NULL)
		return true;
	if (fs_limits_in_vain(&run->opt->cmd, run->opt->schema))
		fs_notice(&run->notice, "%s: no feature has an expected "
		    "interval, so none can be said to have stalled; --schema "
		    "gives one", run->cmd->name);
	if (fs_limits_judge(&run->opt->cmd, report, &err))
		return true;
	fs_notice(&run->notice, "%s: %s", run->cmd->name, err.msg);
	return false;
}

/* Without an error of its own: is the answer a good one? */
static bool
is_good(struct run *run, const struct fs_answer *answer)
{
	const struct fs_entity *one = answer->nentities == 1 ?
	    answer->entities[0] : NULL;

	if (answer->rejected != 0 || answer->failed != 0)
		return false;
	switch (answer->op) {
	case FS_OP_READ:
	case FS_OP_INSPECT:
		return one != NULL && one->exists;
	case FS_OP_BATCH_READ:
		return answer->missing == 0 || !run->by_name;
	case FS_OP_DELETE:
		return answer->missing == 0 && answer->not_hashes == 0;
	case FS_OP_AUDIT:
		return keeps_limits(run, answer->audit);
	default:
		return true;
	}
}

/* How to go on where nothing was named and nothing is there. */
static const char *
hint(const struct run *run, const struct fs_err *err)
{
	if (err->code == FS_ECONNECT && !run->opt->address_given &&
	    !run->opt->demo)
		return "; --uri names a server, --demo starts a private one";
	return "";
}

/* Ended by a reader who went away, or for watch as it always ends. */
static bool
is_quiet(const struct run *run, const struct fs_answer *answer)
{
	return answer->err.code == FS_ECANCEL &&
	    (run->out.error != 0 || answer->op == FS_OP_WATCH);
}

static int
judge(struct run *run, const struct fs_answer *answer)
{
	uint64_t rows = answer->rejected;

	if (answer->op != FS_OP_BATCH_READ)
		rows += answer->failed;
	if (run->file != NULL)
		fs_notice_more_rows(&run->notice, run->file, rows);
	if (answer->err.code == FS_OK)
		return is_good(run, answer) ? 0 : 1;
	if (!is_quiet(run, answer))
		fs_notice(&run->notice, "%s%s", answer->err.msg,
		    hint(run, &answer->err));
	return fs_err_status(answer->err.code);
}

/* A signal and a failed stdout come before what the answer says. */
static int
final_status(struct run *run, int status)
{
	int signal = fs_stop_signal();

	if (!fs_out_flush(&run->out) && run->out.error != EPIPE &&
	    run->out.error != EINTR)
		fs_notice(&run->notice, "stdout: %s",
		    strerror(run->out.error));
	if (signal != 0)
		return 128 + signal;
	if (run->out.error != 0)
		return 1;
	return status;
}

/*
 * One request
 */

/* Signals and a stdout that takes no more cancel what runs, once. */
static void
watch_for_end(struct run *run)
{
	if (run->cancelled)
		return;
	if (fs_stop_signal() == 0 && run->out.error == 0)
		return;
	fs_session_cancel(run->session);
	run->cancelled = true;
	run->give_up_us = fs_clock_mono() + GRACE +
	    run->opt->target->timeout_ms * FS_MS;
}

static bool
given_up(const struct run *run)
{
	return run->cancelled && (fs_stop_count() > 1 ||
	    fs_clock_mono() >= run->give_up_us);
}

static void
wait_for_answer(struct run *run)
{
	struct pollfd	fds[8];
	size_t		n = fs_session_fds(run->session, fds, false);
	int64_t		end = run->cancelled ? run->give_up_us : FS_NEVER;

	fs_stop_poll(fds, n, fs_clock_poll_ms(end));
	fs_session_take(run->session, false);
}

/* All but the last; what is meant for a reader is sent at once. */
static void
take_part(struct run *run, const struct fs_answer *answer)
{
	if (answer->kind == FS_ANSWER_PROGRESS) {
		fs_notice_progress(&run->notice, answer);
		return;
	}
	if (run->file != NULL)
		fs_notice_rows(&run->notice, run->file, answer);
	fs_notice_unread(&run->notice, answer);
	if (run->out.terminal)
		fs_notice_clear(&run->notice);
	fs_print_part(&run->printer, answer);
	if (answer->nevents != 0)
		fs_out_flush(&run->out);
}

/* The last answer, to be freed; NULL when it was given up. */
static struct fs_answer *
collect(struct run *run)
{
	struct fs_answer *answer;

	for (;;) {
		while ((answer = fs_session_answer(run->session)) != NULL) {
			if (answer->id == run->id &&
			    answer->kind == FS_ANSWER_DONE)
				return answer;
			if (answer->id == run->id)
				take_part(run, answer);
			fs_answer_free(answer);
		}
		watch_for_end(run);
		if (given_up(run))
			return NULL;
		wait_for_answer(run);
	}
}

/* Submit and wait; NULL and the message printed, with the status. */
static struct fs_answer *
ask_store(struct run *run, struct fs_request *request, int *status)
{
	struct fs_answer *answer;
	struct fs_err	  err = { 0 };

	run->id = fs_session_submit(run->session, request, &err);
	if (run->id == 0) {
		fs_notice(&run->notice, "%s: %s", run->cmd->name, err.msg);
		*status = fs_err_status(err.code);
		return NULL;
	}
	answer = collect(run);
	fs_notice_clear(&run->notice);
	if (answer == NULL) {
		fs_notice(&run->notice, "%s: given up; what was under way "
		    "may have been done or not", run->cmd->name);
		*status = 1;
	}
	return answer;
}

static int
run_request(struct run *run, struct fs_request *request)
{
	struct fs_answer *answer;
	int		  status = 0;

	answer = ask_store(run, request, &status);
	if (answer == NULL)
		return status;
	if (run->file != NULL)
		fs_notice_rows(&run->notice, run->file, answer);
	if (answer->op == FS_OP_INFER && answer->schema != NULL)
		print_schema(run, answer->schema);
	else
		fs_print_done(&run->printer, answer);
	/* Results first where both go to one place. */
	fs_out_flush(&run->out);
	fs_notice_flush(&run->notice);
	status = judge(run, answer);
	fs_answer_free(answer);
	return status;
}

/*
 * What destroys: counted first, and the prefix typed
 */

static bool
must_confirm(const struct run *run)
{
	return run->cmd->danger == FS_DANGER_DESTROYS &&
	    !run->opt->cmd.yes && !run->opt->cmd.dry_run;
}

static void
show_count(struct run *run, const struct fs_answer *answer)
{
	struct fs_print_context ctx = run->printer.ctx;

	ctx.dry_run = true;
	fs_out_bytes(&run->notice.out, fs_bytes_of(ctx.target));
	fs_out_text(&run->notice.out, ": ");
	fs_text_done(&run->notice.out, &ctx, answer);
}

/* Count what would be done, show it, and ask. Whether to go on. */
static bool
confirm(struct run *run, int *status)
{
	struct fs_err	   err = { 0 };
	struct fs_request *request;
	struct fs_answer  *answer;

	run->opt->cmd.dry_run = true;
	request = fs_command_request(run->cmd, &run->opt->cmd,
	    run->opt->argc, run->opt->argv, run->opt->schema, &err);
	run->opt->cmd.dry_run = false;
	if (request == NULL) {
		*status = fs_notice_fail(&err);
		return false;
	}
	answer = ask_store(run, request, status);
	if (answer == NULL)
		return false;
	*status = judge(run, answer);
	if (*status == 0)
		show_count(run, answer);
	fs_answer_free(answer);
	if (*status != 0)
		return false;
	if (fs_ask_prefix(&run->notice, run->opt->schema->prefix))
		return true;
	fs_notice(&run->notice, "%s: the prefix was not typed: nothing "
	    "changed", run->cmd->name);
	*status = 1;
	return false;
}

/*
 * One command
 */

static int
run_in_session(struct run *run, struct fs_request *request)
{
	struct fs_session_options so = { .options = run->opt,
		.demo = run->opt->demo };
	int status = 0;

	fs_stop_begin();
	run->session = fs_session_open(&so);
	if (!must_confirm(run) || confirm(run, &status))
		status = run_request(run, request);
	else
		fs_request_free(request);
	fs_session_close(run->session);
	return status;
}

/* What can be wrong with a request before the network is touched. */
static bool
check(const struct run *run, struct fs_request *request, struct fs_err *err)
{
	struct fs_guard guard;

	fs_guard_init(&guard, run->opt->schema->prefix, run->opt->read_only,
	    true);
	if (!fs_guard_permit(&guard, request, err))
		return false;
	if (must_confirm(run) && !fs_ask_can())
		return fs_fail(err, FS_EUSAGE, "%s: without a terminal it "
		    "needs --yes (or --dry-run)", run->cmd->name);
	return true;
}

static int
run_store_command(struct run *run, struct fs_request *request)
{
	struct fs_err err = { 0 };

	choose_form(run);
	remember(run, request);
	if (check(run, request, &err))
		return run_in_session(run, request);
	fs_request_free(request);
	return fs_notice_fail(&err);
}

static int
run_command(struct run *run, struct fs_request *request)
{
	struct fs_err err = { 0 };

	run->cmd = fs_command_for_shell(run->opt->argv[0], &err);
	if (run->cmd == NULL)
		return fs_notice_fail(&err);
	if (run->cmd->id == FS_CMD_HELP)
		return fs_help_run(&run->out, run->opt);
	if (request != NULL)
		return run_store_command(run, request);
	return run_schema(run);
}

int
fs_cli_run(struct fs_options *opt, struct fs_request *request)
{
	struct run	run = { .opt = opt };
	int		status;

	fs_out_begin(&run.out, STDOUT_FILENO, opt->color, is_utf8(opt));
	fs_notice_begin(&run.notice, is_utf8(opt));
	if (opt->help)
		status = fs_help_run(&run.out, opt);
	else if (opt->version)
		status = fs_help_version(&run.out);
	else
		status = run_command(&run, request);
	status = final_status(&run, status);
	fs_notice_end(&run.notice);
	fs_out_free(&run.out);
	fs_printer_free(&run.printer);
	fs_str_free(&run.target);
	free(run.file);
	return status;
}
