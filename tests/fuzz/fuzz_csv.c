/* CSV, and ids one a line. */
#include "feed.h"

static struct fs_source *
open_lines(int fd, const struct fs_source_options *opt, struct fs_err *err)
{
	(void)err;
	return fs_source_lines(fd, opt);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fs_schema	*schema;
	struct fs_bytes		 text = fuzz_bytes(data, size);
	struct fs_source_options opt = { 0 };

	if (schema == NULL)
		schema = fs_schema_sample();
	opt.schema = schema;
	feed(fs_source_csv, opt, text);
	opt.events = true;
	opt.id_column = "id";
	opt.line_max = 40;
	feed(fs_source_csv, opt, text);
	opt = (struct fs_source_options){ .schema = schema, .ids = true };
	feed(fs_source_csv, opt, text);
	feed(open_lines, opt, text);
	opt.line_max = 8;
	feed(open_lines, opt, text);
	return 0;
}
