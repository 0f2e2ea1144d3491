/* Files by name, lists of ids, stdin, and the reading beneath. */
#include "source_feed.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>

#include <sys/stat.h>

#include "model/request.h"
#include "source/input.h"

static struct fs_schema *schema;
static char dir[] = "/tmp/fsconsole-source-XXXXXX";

static int
set_up(void **state)
{
	(void)state;
	schema = fs_schema_sample();
	return mkdtemp(dir) == NULL;
}

static int
tear_down(void **state)
{
	(void)state;
	fs_schema_free(schema);
	return rmdir(dir);
}

/* What is read from a file of that name with that text. */
static void
check_as(const char *name, enum fs_format format, bool ids, const char *text,
    const char *expected)
{
	struct fs_source_options opt = { .schema = schema, .ids = ids };
	struct fs_str	  path = { 0 }, out = { 0 };
	struct fs_err	  err = { 0 };
	struct fs_source *src;
	int		  fd;

	fs_str_addf(&path, "%s/%s", dir, name);
	fd = open(path.data, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	src = fs_source_open(path.data, format, &opt, &err);
	unlink(path.data);
	if (src != NULL)
		feed_drain(src, fs_bytes_of(text), &out);
	else
		fs_str_addf(&out, "%d%s", fs_err_status(err.code),
		    err.msg + strlen(dir) + 1 + strlen(name));
	assert_string_equal(fs_str_bytes(&out).data, expected);
	fs_source_close(src);
	fs_str_free(&path);
	fs_str_free(&out);
}

static void
test_formats(void **state)
{
	const char *json = "{\"entity\":\"u1\",\"features\":{\"a\":1}}\n";
	const char *csv = "id,a\nu1,1\n";

	(void)state;
	check_as("x.csv", FS_FORMAT_AUTO, false, csv, "2: u1 a~1\n");
	check_as("x.CSV", FS_FORMAT_AUTO, false, csv, "2: u1 a~1\n");
	check_as("x.ndjson", FS_FORMAT_AUTO, false, json, "1: u1 a~1\n");
	check_as("x.jsonl", FS_FORMAT_AUTO, false, json, "1: u1 a~1\n");
	check_as("x.json", FS_FORMAT_AUTO, false, json, "1: u1 a~1\n");
	check_as("x", FS_FORMAT_CSV, false, csv, "2: u1 a~1\n");
	check_as("x.csv", FS_FORMAT_NDJSON, false, json, "1: u1 a~1\n");
	check_as("x.txt", FS_FORMAT_AUTO, false, csv,
	    "2: neither .csv nor .ndjson: the format must be named");
	check_as(".csv", FS_FORMAT_AUTO, false, csv, "2: u1 a~1\n");
	check_as("x.csv", FS_FORMAT_CSV, false, "a,a\n",
	    "1: header: columns 1 and 2 are both 'a'");
}

static void
test_ids(void **state)
{
	(void)state;
	check_as("ids", FS_FORMAT_AUTO, true, "u1\n\r\nu2\r\n u 3 \nu4",
	    "1: u1\n3: u2\n4:  u 3 \n5: u4\n");
	check_as("ids", FS_FORMAT_AUTO, true, "\xef\xbb\xbfu1\n\xff\n",
	    "1: u1\n2: \xff\n");
	check_as("ids", FS_FORMAT_AUTO, true, "", "");
	check_as("ids.csv", FS_FORMAT_AUTO, true, "a,b\nu1,x\nu2,\n",
	    "2: u1\n3: u2\n");
}

static void
test_long_id(void **state)
{
	struct fs_source_options opt = { .line_max = 5 };
	struct fs_bytes	  text = fs_bytes_of("12345\n123456\n12345\r\n"
	    "1234567890\n1");
	struct fs_source *src = fs_source_lines(feed_file(text), &opt);
	struct fs_str	  out = { 0 };

	(void)state;
	feed_drain(src, text, &out);
	assert_string_equal(out.data, "1: 12345\n2! too long an id\n"
	    "3: 12345\n4! too long an id\n5: 1\n");
	fs_source_close(src);
	fs_str_free(&out);
}

static void
test_missing(void **state)
{
	struct fs_source_options opt = { .schema = schema };
	struct fs_err err = { 0 };

	(void)state;
	assert_null(fs_source_open("/nowhere/x.csv", 0, &opt, &err));
	assert_int_equal(err.code, FS_EIO);
	assert_string_equal(err.msg,
	    "/nowhere/x.csv: No such file or directory");
	assert_null(fs_source_open("/tmp", FS_FORMAT_CSV, &opt, &err));
	assert_string_equal(err.msg, "/tmp: read: Is a directory");
	fs_source_close(NULL);
}

/* stdin is read from where it is, and stays open for others. */
static void
test_stdin(void **state)
{
	struct fs_source_options opt = { .schema = schema };
	const char	 *text = "skip\n{\"entity\":\"u1\",\"features\":"
	    "{\"a\":1}}\n";
	struct fs_source *src;
	struct fs_str	  out = { 0 };
	uint64_t	  done, total;
	int		  old = dup(STDIN_FILENO);

	(void)state;
	assert_int_equal(dup2(feed_file(fs_bytes_of(text)), STDIN_FILENO), 0);
	assert_int_equal(lseek(STDIN_FILENO, 5, SEEK_SET), 5);
	src = fs_source_open("-", FS_FORMAT_AUTO, &opt, NULL);
	assert_int_not_equal(fs_source_fd(src), STDIN_FILENO);
	feed_drain(src, fs_bytes_of(text + 5), &out);
	assert_string_equal(out.data, "1: u1 a~1\n");
	fs_source_progress(src, &done, &total);
	assert_int_equal(done, strlen(text + 5));
	assert_int_equal(total, strlen(text + 5));
	fs_source_close(src);
	assert_true(fcntl(STDIN_FILENO, F_GETFD) != -1);
	assert_int_equal(lseek(STDIN_FILENO, 0, SEEK_SET), 0);
	opt.ids = true;
	src = fs_source_open("-", FS_FORMAT_AUTO, &opt, NULL);
	fs_str_clear(&out);
	feed_drain(src, fs_bytes_of(text), &out);
	assert_non_null(strstr(out.data, "1: skip\n2: {"));
	fs_source_close(src);
	assert_int_equal(dup2(old, STDIN_FILENO), 0);
	close(old);
	fs_str_free(&out);
}

/*
 * Waiting leaves the descriptor as it was, and a reader that may block gets
 * its bytes from one that others made non-blocking.
 */
static void
test_blocking(void **state)
{
	struct fs_source_options opt = { .schema = schema, .wait = true };
	struct fs_source *src;
	struct fs_str	  out = { 0 };
	int		  fds[2], flags;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	flags = fcntl(fds[0], F_GETFL);
	src = fs_source_ndjson(fds[0], &opt, NULL);
	assert_int_equal(feed_drain(src, fs_bytes(NULL, 0), &out),
	    FS_GOT_WAIT);
	assert_int_equal(fcntl(fds[0], F_GETFL), flags);
	fcntl(fds[0], F_SETFL, flags | O_NONBLOCK);
	assert_int_equal(feed_drain(src, fs_bytes(NULL, 0), &out),
	    FS_GOT_WAIT);
	close(fds[1]);
	assert_int_equal(feed_drain(src, fs_bytes(NULL, 0), &out),
	    FS_GOT_END);
	fs_source_close(src);
	fs_str_free(&out);
}

static void
test_nonblocking_stdin(void **state)
{
	struct fs_input	in;
	int		fds[2];
	pid_t		pid;

	(void)state;
	assert_int_equal(pipe2(fds, O_NONBLOCK), 0);
	pid = fork();
	if (pid == 0) {
		poll(NULL, 0, 50);
		_exit(write(fds[1], "late", 4) != 4);
	}
	close(fds[1]);
	fs_input_open(&in, fds[0], false);
	assert_int_equal(fs_input_more(&in, NULL), FS_MORE);
	assert_int_equal(fs_input_bytes(&in).len, 4);
	assert_int_equal(fs_input_more(&in, NULL), FS_MORE_END);
	assert_int_equal(fs_input_more(&in, NULL), FS_MORE_END);
	fs_input_close(&in);
}

/* Nobody writes to it yet, somebody does, and goes away. */
static void
test_fifo(void **state)
{
	struct fs_source_options opt = { .schema = schema, .wait = true };
	const char	 *text = "entity,a\nu1,1\n";
	struct fs_str	  path = { 0 }, out = { 0 };
	struct fs_source *src;
	int		  fd;

	(void)state;
	fs_str_addf(&path, "%s/x.csv", dir);
	assert_int_equal(mkfifo(path.data, 0600), 0);
	src = fs_source_open(path.data, FS_FORMAT_AUTO, &opt, NULL);
	assert_int_equal(feed_drain(src, fs_bytes(NULL, 0), &out),
	    FS_GOT_WAIT);
	fd = open(path.data, O_WRONLY);
	assert_int_equal(feed_drain(src, fs_bytes(NULL, 0), &out),
	    FS_GOT_WAIT);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(feed_drain(src, fs_bytes_of(text), &out),
	    FS_GOT_WAIT);
	close(fd);
	assert_int_equal(feed_drain(src, fs_bytes_of(text), &out),
	    FS_GOT_END);
	assert_string_equal(out.data, "2: u1 a~1\n");
	fs_source_close(src);
	unlink(path.data);
	fs_str_free(&path);
	fs_str_free(&out);
}

/* The buffer stays as small as its rows allow. */
static void
test_memory(void **state)
{
	struct fs_str	text = { 0 };
	struct fs_input	in;
	size_t		len = 0;

	(void)state;
	for (int i = 0; i < 1000000; i++)
		fs_str_add_text(&text, "0123456\n");
	fs_input_open(&in, feed_file(fs_str_bytes(&text)), false);
	for (int i = 0; i < 1000000; i++) {
		assert_int_equal(fs_input_line(&in, 100, &len, NULL),
		    FS_MORE);
		assert_int_equal(len, 7);
		assert_int_equal(in.line, i + 1);
		fs_input_drop_line(&in);
	}
	assert_int_equal(fs_input_line(&in, 100, &len, NULL), FS_MORE_END);
	assert_true(in.size <= 128 << 10);
	assert_int_equal(in.offset, text.len);
	fs_input_close(&in);
	fs_str_free(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_formats),
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_long_id),
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_stdin),
		cmocka_unit_test(test_blocking),
		cmocka_unit_test(test_fifo),
		cmocka_unit_test(test_nonblocking_stdin),
		cmocka_unit_test(test_memory),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
