/* argv to options, then one command or the console; the exit status. */
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/command.h"
#include "app/demo.h"
#include "app/options.h"
#include "app/parse.h"
#include "app/session.h"
#include "base/log.h"
#include "cli/cli.h"
#include "cli/notice.h"
#include "ui/loop.h"

/*
 * What the command asks of the store: NULL when that is nothing, or when it is
 * wrong, which err tells and for which no server is started.
 */
static struct fs_request *
request_of(const struct fs_options *opt, struct fs_err *err)
{
	const struct fs_command *cmd = fs_command_for_shell(opt->argv[0],
	    err);

	if (cmd == NULL || !fs_command_asks(cmd, &opt->cmd))
		return NULL;
	return fs_command_request(cmd, &opt->cmd, opt->argc, opt->argv,
	    opt->schema, err);
}

static bool
wants_demo(void)
{
	char line[16];

	fprintf(stderr, "Nothing listens on 127.0.0.1:6379.\n"
	    "Start a private server with 200 made-up entities (--demo)? "
	    "[Y/n] ");
	fflush(stderr);
	if (fgets(line, sizeof(line), stdin) == NULL)
		return false;
	return line[0] == '\n' || line[0] == 'y' || line[0] == 'Y';
}

/* With no address given and nothing there: what else there is. */
static bool
offer_demo(struct fs_options *opt, struct fs_err *err)
{
	if (opt->demo || opt->address_given ||
	    !fs_demo_nothing_at(opt->target))
		return true;
	if (!opt->once && isatty(STDIN_FILENO) && isatty(STDERR_FILENO) &&
	    wants_demo()) {
		opt->demo = true;
		return true;
	}
	return fs_fail(err, FS_ECONNECT, "127.0.0.1:6379: nothing listens "
	    "there; --uri names a server, --demo starts a private one");
}

static bool
start_demo(struct fs_options *opt, struct fs_demo **demo, struct fs_err *err)
{
	if (!opt->demo)
		return true;
	*demo = fs_demo_start(err);
	if (*demo == NULL)
		return false;
	fs_options_use_socket(opt, fs_demo_socket(*demo));
	return true;
}

static int
run_command(struct fs_options *opt, struct fs_demo **demo)
{
	struct fs_err err = { 0 };
	struct fs_request *request = request_of(opt, &err);

	if (err.code != FS_OK || (request != NULL &&
	    ((opt->askpass && !fs_options_askpass(opt, &err)) ||
	    !start_demo(opt, demo, &err)))) {
		fs_request_free(request);
		return fs_notice_fail(&err);
	}
	return fs_cli_run(opt, request);
}

static int
run_console(struct fs_options *opt, struct fs_demo **demo)
{
	struct fs_err err = { 0 };

	if (!offer_demo(opt, &err) ||
	    (opt->askpass && !fs_options_askpass(opt, &err)) ||
	    !start_demo(opt, demo, &err))
		return fs_notice_fail(&err);
	return fs_loop_run(opt);
}

/* Not over the console's own screen. */
static void
start_log(const struct fs_options *opt)
{
	fs_log_ascii(strcmp(nl_langinfo(CODESET), "UTF-8") != 0);
	if (opt->verbose && (opt->argc > 0 || !isatty(STDERR_FILENO)))
		fs_log_to(stderr);
}

int
main(int argc, char **argv)
{
	struct fs_options	 opt;
	struct fs_demo		*demo = NULL;
	struct fs_err		 err = { 0 };
	int			 status;

	fs_cli_guard_fds();
	signal(SIGPIPE, SIG_IGN);
	/* Not LC_ALL: numbers are the same everywhere. */
	setlocale(LC_CTYPE, "");
	if (!fs_parse_options(&opt, argc, argv, &err)) {
		status = fs_notice_fail(&err);
	} else if (opt.help || opt.version) {
		status = fs_cli_run(&opt, NULL);
	} else {
		start_log(&opt);
		status = opt.argc > 0 ? run_command(&opt, &demo) :
		    run_console(&opt, &demo);
	}
	fs_demo_stop(demo);
	if (!fs_session_is_over()) {
		fflush(NULL);
		_exit(status);
	}
	fs_options_free(&opt);
	return status;
}
