#include "app/demo.h"

#include <sys/socket.h>
#include <sys/wait.h>

#include <netinet/in.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/minder.h"
#include "base/clock.h"
#include "base/mem.h"
#include "model/list.h"

#define STOP_US		(2 * FS_SEC)
#define REFUSE_MS	200	/* what is at home refuses faster */
#define WHAT_IS_NEEDED	"a Redis server from 7.4 on or Valkey from 9.0 on is " \
	"needed; install redis-server, or name one in FSCONSOLE_REDIS_SERVER"

struct fs_demo {
	pid_t	 minder;
	int	 lifeline;	/* it lives as long as this is open */
	int	 status;	/* at its end when all is gone */
	char	*socket;
};

bool
fs_demo_nothing_at(const struct fs_target *target)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	struct pollfd pfd = { .events = POLLOUT };
	socklen_t len = sizeof(int);
	int fd, error = 0;

	/* Only for the default, which is a number and on this machine. */
	if (target->host == NULL ||
	    inet_pton(AF_INET, target->host, &sin.sin_addr) != 1)
		return false;
	sin.sin_port = htons((uint16_t)target->port);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return false;
	if (connect(fd, (struct sockaddr *)&sin, sizeof(sin)) == -1)
		error = errno;
	pfd.fd = fd;
	if (error == EINPROGRESS && (poll(&pfd, 1, REFUSE_MS) != 1 ||
	    getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == -1))
		error = 0;
	close(fd);
	return error == ECONNREFUSED;
}

/* Add the program of that path, from the root on: the minder goes there. */
static bool
add_path(struct fs_list *servers, const char *path)
{
	char *here = path[0] != '/' ? getcwd(NULL, 0) : NULL, *full;

	if (access(path, X_OK) == -1 || (path[0] != '/' && here == NULL)) {
		free(here);
		return false;
	}
	full = here != NULL ? fs_xasprintf("%s/%s", here, path) :
	    fs_xstrdup(path);
	fs_list_add(servers, fs_bytes_of(full));
	free(full);
	free(here);
	return true;
}

/* Add name if it is a program in PATH (or a path to one). */
static void
add_program(struct fs_list *servers, const char *name)
{
	const char *path = getenv("PATH");

	if (strchr(name, '/') != NULL) {
		add_path(servers, name);
		return;
	}
	while (path != NULL) {
		size_t len = strcspn(path, ":");
		char *full = fs_xasprintf("%.*s/%s", (int)len, path, name);

		if (len != 0 && add_path(servers, full))
			path = NULL;
		else
			path = path[len] == ':' ? path + len + 1 : NULL;
		free(full);
	}
}

/* Those to try. What the operator named is not replaced by something else. */
static bool
find(struct fs_list *servers, struct fs_err *err)
{
	const char *named = getenv("FSCONSOLE_REDIS_SERVER");

	if (named != NULL && named[0] != '\0') {
		add_program(servers, named);
		if (servers->count == 0)
			return fs_fail(err, FS_ECONNECT, "--demo: "
			    "FSCONSOLE_REDIS_SERVER: no program '%s'", named);
		return true;
	}
	if (FS_BUILD_SERVER[0] != '\0')
		add_program(servers, FS_BUILD_SERVER);
	add_program(servers, "redis-server");
	add_program(servers, "valkey-server");
	if (servers->count == 0)
		return fs_fail(err, FS_ECONNECT, "--demo: " WHAT_IS_NEEDED);
	return true;
}

/* All that comes until the other end is closed or deadline; its length. */
static size_t
read_status(int fd, char *buf, size_t size, bool first, int64_t deadline)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	size_t len = 0;

	while (len < size && (!first || len == 0)) {
		ssize_t n;
		int r = poll(&pfd, 1, fs_clock_poll_ms(deadline));

		if (r == 0 || (r == -1 && errno != EINTR))
			break;
		n = r == 1 ? read(fd, buf + len, size - len) : -1;
		if (n == 0 || (n == -1 && errno != EINTR))
			break;
		if (n > 0)
			len += (size_t)n;
	}
	return len;
}

static bool
fork_minder(struct fs_demo *demo, const struct fs_list *servers,
    struct fs_err *err)
{
	int life[2], status[2];

	if (pipe2(life, O_CLOEXEC) == -1)
		return fs_fail(err, FS_ECONNECT, "--demo: %s",
		    strerror(errno));
	if (pipe2(status, O_CLOEXEC) == -1) {
		close(life[0]);
		close(life[1]);
		return fs_fail(err, FS_ECONNECT, "--demo: %s",
		    strerror(errno));
	}
	demo->minder = fork();
	if (demo->minder == 0)
		fs_minder_run(life[0], status[1], servers);
	close(life[0]);
	close(status[1]);
	demo->lifeline = life[1];
	demo->status = status[0];
	if (demo->minder == -1)
		return fs_fail(err, FS_ECONNECT, "--demo: %s",
		    strerror(errno));
	return true;
}

static bool
start(struct fs_demo *demo, const struct fs_list *servers, struct fs_err *err)
{
	char text[FS_MINDER_MAX + 1];
	size_t len;

	if (!fork_minder(demo, servers, err))
		return false;
	/* The minder limits its own time, whatever the servers do. */
	len = read_status(demo->status, text, FS_MINDER_MAX, true, FS_NEVER);
	text[len] = '\0';
	if (len > 1 && text[0] == '+') {
		demo->socket = fs_xstrdup(text + 1);
		return true;
	}
	return fs_fail(err, FS_ETOOOLD, "--demo: %s: " WHAT_IS_NEEDED,
	    len > 1 ? text + 1 : "no server started");
}

struct fs_demo *
fs_demo_start(struct fs_err *err)
{
	struct fs_demo *demo = fs_xcalloc(1, sizeof(*demo));
	struct fs_list servers = { 0 };
	bool ok;

	demo->lifeline = demo->status = -1;
	ok = find(&servers, err) && start(demo, &servers, err);
	fs_list_free(&servers);
	if (ok)
		return demo;
	fs_demo_stop(demo);
	return NULL;
}

const char *
fs_demo_socket(const struct fs_demo *demo)
{
	return demo->socket;
}

/* The minder has been killed: what it would have removed. */
static void
clean_up(struct fs_demo *demo)
{
	char *slash = demo->socket != NULL ? strrchr(demo->socket, '/') : NULL;

	if (slash == NULL)
		return;
	*slash = '\0';
	fs_minder_remove(demo->socket);
}

/* It ends by itself if it is let; whether it did. */
static bool
end_minder(pid_t minder)
{
	int status = 0;

	kill(minder, SIGKILL);
	while (waitpid(minder, &status, 0) == -1) {
		if (errno != EINTR)
			return false;
	}
	return WIFEXITED(status);
}

void
fs_demo_stop(struct fs_demo *demo)
{
	char rest[64];

	if (demo == NULL)
		return;
	if (demo->lifeline != -1)
		close(demo->lifeline);
	if (demo->status != -1) {
		read_status(demo->status, rest, sizeof(rest), false,
		    fs_clock_mono() + STOP_US);
		close(demo->status);
	}
	if (demo->minder > 0 && !end_minder(demo->minder))
		clean_up(demo);
	free(demo->socket);
	free(demo);
}
