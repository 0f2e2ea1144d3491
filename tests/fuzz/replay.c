/*
 * What stands in for libFuzzer in make check: gives a fuzzer, which is
 * tests/fuzz/fuzz_NAME, each file of tests/fuzz/corpus/NAME, or the files that
 * were named. Each is a case of its own, in a process of its own.
 */
#include <sys/wait.h>

#include <dirent.h>
#include <err.h>
#include <unistd.h>

#include "fuzz.h"

#define SECONDS	120	/* for one file, whatever the sanitizer */

const char *fuzz_file;

static void
read_file(const char *path, struct fs_str *text)
{
	char	 buf[4096];
	size_t	 n;
	FILE	*in = fopen(path, "rb");

	if (in == NULL)
		err(1, "%s", path);
	while ((n = fread(buf, 1, sizeof(buf), in)) > 0)
		fs_str_add(text, buf, n);
	if (ferror(in))
		err(1, "%s", path);
	fclose(in);
}

static void
run(const char *path, const char *name)
{
	struct fs_str	 text = { 0 };
	char		*copy;

	alarm(SECONDS);
	fuzz_file = name;
	read_file(path, &text);
	copy = fuzz_copy(fs_str_bytes(&text));
	LLVMFuzzerTestOneInput((const uint8_t *)copy, text.len);
	free(copy);
	fs_str_free(&text);
}

/* A process of its own: what one file breaks does not hide the others. */
static int
replay(int number, const char *path, const char *name)
{
	pid_t	child;
	int	status = 0;

	fflush(NULL);
	child = fork();
	if (child == -1)
		err(1, "fork");
	if (child == 0) {
		run(path, name);
		exit(0);
	}
	if (waitpid(child, &status, 0) == -1)
		err(1, "waitpid");
	printf("%sok %d - %s\n", status == 0 ? "" : "not ", number, name);
	if (WIFSIGNALED(status))
		printf("# signal %d\n", WTERMSIG(status));
	return status == 0;
}

static int
is_shown(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int
replay_all(const char *dir)
{
	struct dirent	**entries;
	struct fs_str	  path = { 0 };
	int		  n, failed = 0;

	n = scandir(dir, &entries, is_shown, alphasort);
	if (n < 1)
		err(1, "%s", dir);
	printf("1..%d\n", n);
	for (int i = 0; i < n; i++) {
		fs_str_clear(&path);
		fs_str_addf(&path, "%s/%s", dir, entries[i]->d_name);
		failed += !replay(i + 1, path.data, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	fs_str_free(&path);
	return failed;
}

int
main(int argc, char **argv)
{
	const char	*name = strrchr(argv[0], '_');
	const char	*top = getenv("FS_SRCDIR");
	struct fs_str	 dir = { 0 };
	int		 failed = 0;

	if (argc == 1) {
		fs_str_addf(&dir, "%s/tests/fuzz/corpus/%s",
		    top != NULL ? top : ".", name != NULL ? name + 1 : "");
		failed = replay_all(dir.data);
		fs_str_free(&dir);
		return failed != 0;
	}
	printf("1..%d\n", argc - 1);
	for (int i = 1; i < argc; i++) {
		name = strrchr(argv[i], '/');
		failed += !replay(i, argv[i], name != NULL ? name + 1 :
		    argv[i]);
	}
	return failed != 0;
}
