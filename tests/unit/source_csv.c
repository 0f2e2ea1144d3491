#include "source_feed.h"
#include "sample_schema.h"

#include <fcntl.h>

static void
check_bytes(const struct fs_source_options *opt, struct fs_bytes text,
    const char *expected)
{
	struct fs_source_options all = { .schema = schema };
	struct fs_str out = { 0 };

	if (opt != NULL) {
		all = *opt;
		all.schema = schema;
	}
	feed_run(fs_source_csv, &all, text, &out);
	assert_string_equal(fs_str_bytes(&out).data, expected);
	fs_str_free(&out);
}

static void
check(const char *text, const char *expected)
{
	check_bytes(NULL, fs_bytes_of(text), expected);
}

static void
test_plain(void **state)
{
	(void)state;
	check("id,country_iso,tx_count_7d,avg_amount_30d\n"
	    "u0001,US,5,92.0\n"
	    "u0002,GB,-1,1e3\n",
	    "2: u0001 country_iso=US tx_count_7d=5 avg_amount_30d=92.0\n"
	    "3: u0002 country_iso=GB tx_count_7d=-1 avg_amount_30d=1e3\n");
}

static void
test_line_ends(void **state)
{
	(void)state;
	check("id,a\r\nu1,x\r\nu2,y\nu3,z",
	    "2: u1 a~x\n3: u2 a~y\n4: u3 a~z\n");
	check("id,a\nu1,x\r", "2: u1 a~x\n");
	check("id,a\n\nu1,x\n\r\n\nu2,y\n", "3: u1 a~x\n6: u2 a~y\n");
	check("id,a\nu1,x\ry\nu2,y\n",
	    "2! 'a': a carriage return in a cell without quotes\n"
	    "3: u2 a~y\n");
	check("id,a\rb\nu1,x\n", "not opened: header: column 2: "
	    "a carriage return in a cell without quotes\n");
}

static void
test_bom(void **state)
{
	(void)state;
	check("\xef\xbb\xbfid,a\nu1,\xef\xbb\xbfx\n",
	    "2: u1 a~\xef\xbb\xbfx\n");
	check("\xef\xbb\xbf", "not opened: empty: a header row is needed\n");
	check("\xef\xbb", "");
	check("\xef\xbb\nu1\n", "2! no values\n");
}

static void
test_quotes(void **state)
{
	(void)state;
	check("id,\"a\",\"b,\"\"c\"\"\"\n\"u1\",\"x,y\",\"\"\n"
	    "u2,\"line 1\nline 2\r\n\",\"say \"\"hi\"\"\"\n"
	    "u3,\"\"\"\",z\n",
	    "2: u1 a~x,y b,\"c\"~\n"
	    "3: u2 a~line 1\nline 2\r\n b,\"c\"~say \"hi\"\n"
	    "6: u3 a~\" b,\"c\"~z\n");
	check("\"id\",\"two\nlines\"\r\nu1,\"x\"\r\nu2,\"y\"",
	    "3: u1 two\nlines~x\n4: u2 two\nlines~y\n");
}

/* Empty is missing; quoted and empty is a value. */
static void
test_missing(void **state)
{
	(void)state;
	check("id,country_iso,tx_count_7d\n"
	    "u1,,\n"
	    "u2,US,\n"
	    "u3,\"\",7\n"
	    "u4,,\"\"\n"
	    ",US,1\n"
	    "\"\",US,1\n",
	    "2! no values\n"
	    "3: u2 country_iso=US\n"
	    "4: u3 country_iso= tx_count_7d=7\n"
	    "5! tx_count_7d: '' is not an int64\n"
	    "6! no entity: 'id' is empty\n"
	    "7! no entity: 'id' is empty\n");
}

static void
test_counts(void **state)
{
	(void)state;
	check("id,a,b\nu1,1\nu2,1,2,3\nu3,1,2\nu4,\"x\ny\"\nu5,1,2",
	    "2! 2 cells, but the header has 3\n"
	    "3! 4 cells, but the header has 3\n"
	    "4: u3 a~1 b~2\n"
	    "5! 2 cells, but the header has 3\n"
	    "7: u5 a~1 b~2\n");
	check("id,a,b\nu1,1,2\nu2,1", "2: u1 a~1 b~2\n"
	    "3! 2 cells, but the header has 3\n");
}

static void
test_types(void **state)
{
	(void)state;
	check("id,tx_count_7d,avg_amount_30d\n"
	    "u1,abc,1\nu2,9223372036854775808,1\nu3,1.0,1\nu4,1,1e400\n"
	    "u5,1,nan\nu6, 1,1\nu7,1,\"1,5\"\nu8,0,0.5\n",
	    "2! tx_count_7d: 'abc' is not an int64\n"
	    "3! tx_count_7d: '9223372036854775808' is not an int64\n"
	    "4! tx_count_7d: '1.0' is not an int64\n"
	    "5! avg_amount_30d: '1e400' is not a float64\n"
	    "6! avg_amount_30d: 'nan' is not a float64\n"
	    "7! tx_count_7d: ' 1' is not an int64\n"
	    "8! avg_amount_30d: '1,5' is not a float64\n"
	    "9: u8 tx_count_7d=0 avg_amount_30d=0.5\n");
}

/* One stray quote costs its row, not those behind it. */
static void
test_broken(void **state)
{
	(void)state;
	check("id,a,b\n"
	    "u1,5\" disk,x\n"
	    "u2,\"abc\"def,x\n"
	    "u3,\"open,x\n"
	    "u4,\"fine\",x\n"
	    "u5,y,\"open\n"
	    "u6,1,2\n",
	    "2! 'a': a quote in a cell without quotes\n"
	    "3! 'a': text after a closing quote\n"
	    "4! 'a': text after a closing quote\n"
	    "5: u4 a~fine b~x\n"
	    "6! 'b': a quote that is not closed\n"
	    "7: u6 a~1 b~2\n");
	check("id,a\nu1,2,3,4\"\nu2,x\n",
	    "2! cell 4: a quote in a cell without quotes\n"
	    "3: u2 a~x\n");
	check("id,a\nu1,\"x\" ,\nu2,\"", "2! 'a': text after a closing "
	    "quote\n3! 'a': a quote that is not closed\n");
}

static void
test_nul(void **state)
{
	static const char text[] = "id,a,b\nu1,x\0y,1\nu2,\"x\0y\",1\n"
	    "u3,\0,1\nu4,x,1\n";

	(void)state;
	check_bytes(NULL, fs_bytes(text, sizeof(text) - 1),
	    "2! 'a': a NUL byte\n3! 'a': a NUL byte\n"
	    "4! 'a': a NUL byte\n5: u4 a~x b~1\n");
	check_bytes(NULL, fs_bytes("i\0d\n", 4),
	    "not opened: header: column 1: a NUL byte\n");
}

/* Bytes are bytes: what they mean is not for a reader of CSV to say. */
static void
test_foreign_bytes(void **state)
{
	(void)state;
	check("id,a\nu\xff,\x1b[31m\xc0\x80\n",
	    "2: u\xff a~\x1b[31m\xc0\x80\n");
}

static void
test_header(void **state)
{
	struct fs_source_options opt = { .id_column = "user" };

	(void)state;
	check("", "not opened: empty: a header row is needed\n");
	check("id,a\n", "");
	check("id,a", "");
	check("id,,b\n", "not opened: header: column 2 has no name\n");
	check("id,a,b,a\n",
	    "not opened: header: columns 2 and 4 are both 'a'\n");
	check("id,\"a\n", "not opened: header: column 2: "
	    "a quote that is not closed\n");
	check_bytes(&opt, fs_bytes_of("a,user,b\n1,u1,2\n3,,4\n"),
	    "2: u1 a~1 b~2\n3! no entity: 'user' is empty\n");
	check_bytes(&opt, fs_bytes_of("a,id\n1,u1\n"),
	    "not opened: header: no column 'user'\n");
}

static void
test_many_columns(void **state)
{
	struct fs_str text = { 0 };

	(void)state;
	for (int i = 0; i < 5000; i++)
		fs_str_addf(&text, "c%d,", i);
	fs_str_add_text(&text, "last\n");
	check(text.data, "not opened: header: 5001 columns, more than 4097\n");
	fs_str_clear(&text);
	fs_str_add_text(&text, "id,a\n");
	for (int i = 0; i < 5000; i++)
		fs_str_add_char(&text, ',');
	fs_str_add_text(&text, "\nu1,x\n");
	check(text.data, "2! 5001 cells, but the header has 2\n"
	    "3: u1 a~x\n");
	fs_str_free(&text);
}

static void
test_events(void **state)
{
	struct fs_source_options opt = { .events = true };
	const char *text = "id,tx_count_5m,ttl\nu1,1,30s\nu2,2,\nu3,3,0\n"
	    "u4,4,x\nu5,5,90\n";

	(void)state;
	check_bytes(&opt, fs_bytes_of(text),
	    "2: u1 tx_count_5m=1 ttl 30000\n3: u2 tx_count_5m=2\n"
	    "4! ttl: '0' is not a time to live\n"
	    "5! ttl: 'x' is not a time to live\n"
	    "6: u5 tx_count_5m=5 ttl 90000\n");
	check("id,ttl\nu1,30s\n", "2: u1 ttl~30s\n");
}

static void
test_ids(void **state)
{
	struct fs_source_options opt = { .schema = schema, .ids = true };

	(void)state;
	/* A value that is not taken need not be one. */
	check_bytes(&opt, fs_bytes_of("id,a,tx_count_7d\nu1,,1\nu2,x,x\n"),
	    "2: u1\n3: u2\n");
	check_bytes(&opt, fs_bytes_of("id,a\nu1\n,x\n\"u\"2,x\nu3,x\n"),
	    "2! 1 cells, but the header has 2\n3! no entity: 'id' is empty\n"
	    "4! 'id': text after a closing quote\n5: u3\n");
	check_bytes(&opt, fs_bytes_of("id\nu1\n\nu2"), "2: u1\n4: u2\n");
}

static void
fill(struct fs_str *text, char c, size_t n)
{
	while (n-- > 0)
		fs_str_add_char(text, c);
}

static void
test_too_long(void **state)
{
	struct fs_source_options opt = { .schema = schema, .line_max = 100 };
	struct fs_str text = { 0 }, out = { 0 };

	(void)state;
	fs_str_add_text(&text, "id,a\nu1,");
	fill(&text, 'x', 96);		/* with its newline: as long as may be */
	fs_str_add_text(&text, "\nu2,");
	fill(&text, 'x', 97);
	fs_str_add_text(&text, "\nu3,\"");
	fill(&text, '\n', 200);
	fs_str_add_text(&text, "\"\nu4,y\n");
	feed_run(fs_source_csv, &opt, fs_str_bytes(&text), &out);
	memset(strstr(out.data, "xxx"), ' ', 96);
	assert_string_equal(out.data, "2: u1 a~                           "
	    "                                                               "
	    "      \n"
	    "3! too long a row, or a quote that is not closed\n"
	    "4! too long a row, or a quote that is not closed\n"
	    "204! 'id': a quote that is not closed\n"
	    "205: u4 a~y\n");
	fs_str_free(&text);
	fs_str_free(&out);
}

/* The default limit: a line of 3 MiB is passed over in constant memory. */
static void
test_huge_line(void **state)
{
	struct fs_str text = { 0 };

	(void)state;
	fs_str_add_text(&text, "id,a\nu1,");
	fill(&text, 'x', 3 << 20);
	fs_str_add_text(&text, "\nu2,");
	fill(&text, 'y', 10);
	fs_str_add_text(&text, "\n");
	check(text.data, "2! too long a row, or a quote that is not closed\n"
	    "3: u2 a~yyyyyyyyyy\n");
	fs_str_free(&text);
}

/* A stray quote far from the next one: found out within the limit. */
static void
test_stray_quote(void **state)
{
	struct fs_source_options opt = { .schema = schema };
	struct fs_str	  text = { 0 };
	struct fs_source *src;
	struct fs_row	  row = { 0 };
	struct fs_bad	  bad = { 0 };
	uint64_t	  rows = 0;

	(void)state;
	fs_str_add_text(&text, "id,a,b\n");
	for (int i = 1; i <= 400000; i++)
		fs_str_addf(&text, "u%07d,%s,1\n", i, i == 7 ? "\"x" : "x");
	src = fs_source_csv(feed_file(fs_str_bytes(&text)), &opt, NULL);
	for (int i = 1; i <= 400000; i++) {
		enum fs_got got = fs_source_next(src, &row, &bad, NULL);

		assert_int_equal(got, i == 7 ? FS_GOT_BAD : FS_GOT_ROW);
		rows += got == FS_GOT_ROW;
	}
	assert_int_equal(bad.line, 8);
	assert_int_equal(bad.offset, 7 + 6 * 13);
	assert_int_equal(rows, 399999);
	assert_int_equal(fs_source_next(src, &row, &bad, NULL), FS_GOT_END);
	assert_int_equal(fs_source_next(src, &row, &bad, NULL), FS_GOT_END);
	fs_row_free(&row);
	fs_source_close(src);
	fs_str_free(&text);
}

/* Wherever the bytes are torn apart, the rows are the same. */
static void
test_split(void **state)
{
	static const char text[] = "\xef\xbb\xbfid,\"a\",tx_count_7d\r\n"
	    "u1,\"x \"\"y\"\"\r\nz\",5\r\n"
	    "u2,\"open,1\n"
	    "u3,5\" disk,2\n"
	    "\r\n"
	    "u4,\"w\" ,\n"
	    "u5,\"\",x\n"
	    "u6,aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa,1\n"
	    "u7,\"v\",9";
	struct fs_source_options opt = { .schema = schema, .line_max = 40 };
	struct fs_bytes	bytes = fs_bytes(text, sizeof(text) - 1);
	struct fs_str	whole = { 0 }, split = { 0 };

	(void)state;
	feed_run(fs_source_csv, &opt, bytes, &whole);
	assert_non_null(strstr(whole.data, "u1 a~x \"y\"\r\nz tx_count_7d=5"));
	assert_non_null(strstr(whole.data, "u7 a~v tx_count_7d=9"));
	opt.wait = true;
	for (size_t i = 0; i <= bytes.len; i++) {
		feed_run_split(fs_source_csv, &opt, bytes, i, &split);
		assert_string_equal(split.data, whole.data);
	}
	fs_str_free(&whole);
	fs_str_free(&split);
}

/* A writer that pauses in the middle of rows, while the buffer is moved: what
 * lay behind its end is none of the row that is still to come. */
static void
test_pauses(void **state)
{
	struct fs_source_options opt = { .schema = schema };
	struct fs_str	  text = { 0 }, whole = { 0 }, parts = { 0 };
	struct fs_source *src;
	int		  fds[2];

	(void)state;
	fs_str_add_text(&text, "id,a,\"b\"\n");
	for (int i = 0; i < 8000; i++)
		fs_str_addf(&text, "u%d,%.*s,\"%d\"\n", i * 7919, i % 37,
		    "abcdefghijklmnopqrstuvwxyz0123456789", i);
	feed_run(fs_source_csv, &opt, fs_str_bytes(&text), &whole);
	opt.wait = true;
	assert_int_equal(pipe(fds), 0);
	src = fs_source_csv(fds[0], &opt, NULL);
	for (size_t at = 0, n; at < text.len; at += n) {
		n = text.len - at < 7001 ? text.len - at : 7001;
		assert_int_equal(write(fds[1], text.data + at, n), n);
		assert_int_equal(feed_drain(src, fs_str_bytes(&text), &parts),
		    FS_GOT_WAIT);
	}
	close(fds[1]);
	feed_drain(src, fs_str_bytes(&text), &parts);
	fs_source_close(src);
	assert_string_equal(parts.data, whole.data);
	fs_str_free(&text);
	fs_str_free(&whole);
	fs_str_free(&parts);
}

/* A header that comes late and is bad: no rows, and no end of that. */
static void
test_late_header(void **state)
{
	struct fs_source_options opt = { .schema = schema, .wait = true };
	struct fs_str	  out = { 0 };
	struct fs_source *src;
	int		  fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	src = fs_source_csv(fds[0], &opt, NULL);
	assert_non_null(src);
	assert_int_equal(fs_source_fd(src), fds[0]);
	assert_int_equal(feed_drain(src, fs_bytes(NULL, 0), &out), FS_GOT_WAIT);
	assert_int_equal(write(fds[1], "a,b,a\nu1,1,1\n", 13), 13);
	assert_int_equal(feed_drain(src, fs_bytes(NULL, 0), &out), FS_GOT_FAIL);
	assert_string_equal(out.data,
	    "failed: header: columns 1 and 3 are both 'a'\n");
	assert_int_equal(feed_drain(src, fs_bytes(NULL, 0), &out), FS_GOT_FAIL);
	fs_source_close(src);
	close(fds[1]);
	fs_str_free(&out);
}

static void
test_read_error(void **state)
{
	struct fs_source_options opt = { .schema = schema };
	struct fs_err err = { 0 };

	(void)state;
	assert_null(fs_source_csv(open("/", O_RDONLY), &opt, &err));
	assert_int_equal(err.code, FS_EIO);
	assert_string_equal(err.msg, "read: Is a directory");
}

/* A million rows, one of them bad: where it is, and the memory it takes. */
static void
test_million(void **state)
{
	struct fs_source_options opt = { .schema = schema };
	struct fs_str	  text = { 0 };
	struct fs_source *src;
	struct fs_row	  row = { 0 };
	struct fs_bad	  bad = { 0 };
	uint64_t	  rows = 0, nbad = 0, done, total;
	enum fs_got	  got;

	(void)state;
	fs_str_add_text(&text, "id,tx_count_7d\n");
	for (int i = 1; i <= 1000000; i++)
		fs_str_addf(&text, "u%07d,%s\n", i, i == 654321 ? "x" : "5");
	src = fs_source_csv(feed_file(fs_str_bytes(&text)), &opt, NULL);
	while ((got = fs_source_next(src, &row, &bad, NULL)) != FS_GOT_END) {
		rows += got == FS_GOT_ROW;
		nbad += got == FS_GOT_BAD;
	}
	fs_source_progress(src, &done, &total);
	assert_int_equal(rows, 999999);
	assert_int_equal(nbad, 1);
	assert_int_equal(bad.line, 654322);
	assert_int_equal(bad.offset, 15 + UINT64_C(654320) * 11);
	assert_int_equal(done, text.len);
	assert_int_equal(total, text.len);
	fs_row_free(&row);
	fs_source_close(src);
	fs_str_free(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_line_ends),
		cmocka_unit_test(test_bom),
		cmocka_unit_test(test_quotes),
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_foreign_bytes),
		cmocka_unit_test(test_header),
		cmocka_unit_test(test_many_columns),
		cmocka_unit_test(test_events),
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_huge_line),
		cmocka_unit_test(test_stray_quote),
		cmocka_unit_test(test_split),
		cmocka_unit_test(test_pauses),
		cmocka_unit_test(test_late_header),
		cmocka_unit_test(test_read_error),
		cmocka_unit_test(test_million),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
