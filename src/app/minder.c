#include "app/minder.h"

#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <bsd/string.h>
#include <bsd/unistd.h>

#include "base/clock.h"
#include "base/mem.h"

#define START_US	(10 * FS_SEC)
#define ASK_MS		1000
#define STEP_MS		5
#define FD_LIFELINE	3
#define FD_STATUS	4
#define SOCKET_NAME	"redis.sock"

struct minder {
	char	*dir, *socket;
	pid_t	 server;	/* 0: none */
	int	 output;	/* of the server, -1 none */
	char	 tail[400];	/* the last it said */
	size_t	 ntail;
};

static volatile sig_atomic_t ended;

static void
on_term(int sig)
{
	(void)sig;
	ended = 1;
}

/*
 * Alone in the world: no terminal, and no descriptor that would keep a pipe
 * of fsconsole open.
 */
static void
detach(int lifeline, int status)
{
	static const int ignored[] = { SIGINT, SIGHUP, SIGQUIT, SIGPIPE,
	    SIGTSTP };
	struct sigaction sa = { .sa_handler = SIG_IGN };
	sigset_t set;
	int null;

	setsid();
	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		sigaction(ignored[i], &sa, NULL);
	sa.sa_handler = on_term;
	sigaction(SIGTERM, &sa, NULL);
	sa.sa_handler = SIG_DFL;
	sigaction(SIGCHLD, &sa, NULL);
	/* Open while it waits alone, so that none is missed. */
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_SETMASK, &set, NULL);
	if (status == FD_LIFELINE)
		status = dup(status);
	dup2(lifeline, FD_LIFELINE);
	dup2(status, FD_STATUS);
	null = open("/dev/null", O_RDWR);
	for (int fd = 0; fd < 3; fd++)
		dup2(null, fd);
	closefrom(FD_STATUS + 1);
	fcntl(FD_STATUS, F_SETFD, FD_CLOEXEC);
	prctl(PR_SET_NAME, "fsconsole-demo");
	if (chdir("/") == -1)
		_exit(1);
}

static void
report(char sign, const char *text)
{
	char	line[FS_MINDER_MAX];
	size_t	len;

	line[0] = sign;
	len = strlcpy(line + 1, text, sizeof(line) - 1) + 1;
	if (len >= sizeof(line))
		len = sizeof(line) - 1;
	if (write(FD_STATUS, line, len) == -1)
		ended = 1;
}

/* Whether fsconsole is still there, having waited a moment. */
static bool
is_wanted(struct minder *md, int ms)
{
	struct pollfd fds[] = {
		{ .fd = FD_LIFELINE, .events = POLLIN },
		{ .fd = md->output, .events = POLLIN },
	};
	const struct timespec wait = { .tv_nsec = ms * 1000000L };
	char buf[sizeof(md->tail)];
	sigset_t none;
	ssize_t n;

	sigemptyset(&none);
	if (ppoll(fds, 2, ms < 0 ? NULL : &wait, &none) == -1 &&
	    errno != EINTR)
		return false;
	if (fds[0].revents != 0 || ended)
		return false;
	if (fds[1].revents == 0)
		return true;
	n = read(md->output, buf, sizeof(buf));
	if (n <= 0) {
		close(md->output);
		md->output = -1;
	} else {
		size_t keep = sizeof(md->tail) - (size_t)n;

		if (keep > md->ntail)
			keep = md->ntail;
		memmove(md->tail, md->tail + md->ntail - keep, keep);
		memcpy(md->tail + keep, buf, (size_t)n);
		md->ntail = keep + (size_t)n;
	}
	return true;
}

/*
 * The directory
 */

void
fs_minder_remove(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct dirent *e;
	struct stat st;
	DIR *d;

	/* Others may have put something of theirs in its place. */
	if (fd == -1 || fstat(fd, &st) == -1 || st.st_uid != geteuid()) {
		if (fd != -1)
			close(fd);
		return;
	}
	d = fdopendir(fd);
	if (d == NULL)
		close(fd);
	while (d != NULL && (e = readdir(d)) != NULL) {
		if (strcmp(e->d_name, ".") != 0 &&
		    strcmp(e->d_name, "..") != 0)
			unlinkat(dirfd(d), e->d_name, 0);
	}
	if (d != NULL)
		closedir(d);
	rmdir(dir);
}

/* A 0700 directory whose socket's path is not too long. */
static bool
make_dir(struct minder *md)
{
	const char *bases[] = { getenv("XDG_RUNTIME_DIR"), getenv("TMPDIR"),
	    "/tmp" };
	struct sockaddr_un sun;

	for (size_t i = 0; i < sizeof(bases) / sizeof(bases[0]); i++) {
		if (bases[i] == NULL || bases[i][0] != '/')
			continue;
		md->dir = fs_xasprintf("%s/fsconsole.XXXXXX", bases[i]);
		md->socket = fs_xasprintf("%s/%s", md->dir, SOCKET_NAME);
		if (strlen(md->socket) < sizeof(sun.sun_path) &&
		    mkdtemp(md->dir) != NULL) {
			memcpy(md->socket, md->dir, strlen(md->dir));
			return true;
		}
		free(md->dir);
		free(md->socket);
		md->dir = md->socket = NULL;
	}
	return false;
}

/*
 * The server
 */

static _Noreturn void
become_server(const struct minder *md, const char *path, int output,
    pid_t parent)
{
	const char *const args[] = { path, "--port", "0", "--unixsocket",
	    md->socket, "--unixsocketperm", "700", "--save", "",
	    "--appendonly", "no", "--dir", md->dir, NULL };

	sigset_t none;

	setpgid(0, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* It does not outlive its minder; should that be gone already, end. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1 || getppid() != parent)
		_exit(127);
	dup2(output, STDOUT_FILENO);
	dup2(output, STDERR_FILENO);
	closefrom(3);
	execvp(path, (char *const *)(uintptr_t)args);
	dprintf(STDERR_FILENO, "%s", strerror(errno));
	_exit(127);
}

static bool
start(struct minder *md, const char *path)
{
	pid_t self = getpid();
	int fds[2];

	md->ntail = 0;
	if (pipe2(fds, O_CLOEXEC) == -1)
		return false;
	md->server = fork();
	if (md->server == 0)
		become_server(md, path, fds[1], self);
	close(fds[1]);
	md->output = fds[0];
	if (md->server == -1) {
		md->server = 0;
		return false;
	}
	setpgid(md->server, md->server);
	return true;
}

static void
end_server(struct minder *md)
{
	if (md->server > 0) {
		kill(-md->server, SIGKILL);
		kill(md->server, SIGKILL);
		while (waitpid(md->server, NULL, 0) == -1 && errno == EINTR)
			;
	}
	md->server = 0;
	if (md->output != -1)
		close(md->output);
	md->output = -1;
	unlink(md->socket);
}

/* Read so many bytes within ASK_MS; false when they do not come. */
static bool
read_all(int fd, char *buf, size_t size)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	size_t len = 0;

	while (len < size) {
		ssize_t n;

		if (poll(&pfd, 1, ASK_MS) <= 0)
			return false;
		n = read(fd, buf + len, size - len);
		if (n <= 0)
			return false;
		len += (size_t)n;
	}
	return true;
}

enum found { NOT_YET, TOO_OLD, GOOD };

/*
 * Ask it whether it is there and has field TTL. The layers that speak to
 * Redis are not for this process; this much of the protocol does.
 */
static enum found
ask(const struct minder *md)
{
	static const char question[] = "PING\r\nCOMMAND INFO HPEXPIRE\r\n";
	static const char start_of_answer[] = "+PONG\r\n*1\r\n";
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	char buf[sizeof(start_of_answer) + 1];
	enum found found = NOT_YET;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strlcpy(sun.sun_path, md->socket, sizeof(sun.sun_path));
	if (fd != -1 &&
	    connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == 0 &&
	    write(fd, question, sizeof(question) - 1) != -1 &&
	    read_all(fd, buf, sizeof(buf)) && memcmp(buf, start_of_answer,
	    sizeof(start_of_answer) - 1) == 0) {
		/* An array tells of the command, nil says there is none. */
		const char *reply = buf + sizeof(start_of_answer) - 1;

		found = reply[0] == '*' && reply[1] != '-' ? GOOD : TOO_OLD;
	}
	if (fd != -1)
		close(fd);
	return found;
}

static bool
has_died(struct minder *md)
{
	if (waitpid(md->server, NULL, WNOHANG) != md->server)
		return false;
	md->server = 0;
	for (int i = 0; i < 64 && md->output != -1; i++)
		is_wanted(md, 0);	/* its last words */
	return true;
}

/* The last line of what the server said. */
static void
last_words(const struct minder *md, char *buf, size_t size)
{
	size_t end = md->ntail, from;

	while (end > 0 && md->tail[end - 1] == '\n')
		end--;
	for (from = end; from > 0 && md->tail[from - 1] != '\n'; from--)
		;
	if (end - from >= size)
		end = from + size - 1;
	memcpy(buf, md->tail + from, end - from);
	buf[end - from] = '\0';
}

static bool
add_reason(char *why, const char *path, const char *reason)
{
	size_t len = strlen(why);

	snprintf(why + len, FS_MINDER_MAX - len, "%s%s: %s",
	    len != 0 ? "; " : "", path, reason);
	return false;
}

/* Start this server and wait until it answers; else why says why not. */
static bool
try(struct minder *md, const char *path, char *why)
{
	int64_t end = fs_clock_mono() + START_US;
	char words[200];
	enum found found;

	if (!start(md, path))
		return add_reason(why, path, strerror(errno));
	do {
		found = ask(md);
		if (found == GOOD)
			return true;
		if (found == TOO_OLD || has_died(md))
			break;
	} while (is_wanted(md, STEP_MS) && fs_clock_mono() < end);
	end_server(md);
	if (found == TOO_OLD)
		return add_reason(why, path, "has no field TTL");
	last_words(md, words, sizeof(words));
	return add_reason(why, path, words[0] != '\0' ? words :
	    "does not answer");
}

void
fs_minder_run(int lifeline, int status, const struct fs_list *servers)
{
	struct minder md = { .output = -1 };
	char why[FS_MINDER_MAX] = "";
	bool found = false;

	detach(lifeline, status);
	if (!make_dir(&md)) {
		report('-', "no directory for its socket in "
		    "$XDG_RUNTIME_DIR, $TMPDIR or /tmp");
		_exit(1);
	}
	for (size_t i = 0; !found && !ended && i < servers->count; i++)
		found = try(&md, fs_list_at(servers, i).data, why);
	if (found) {
		report('+', md.socket);
		while (is_wanted(&md, -1))
			;
	}
	end_server(&md);
	fs_minder_remove(md.dir);
	if (!found)
		report('-', why);
	_exit(found ? 0 : 1);
}
