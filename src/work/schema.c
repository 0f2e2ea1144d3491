#include "work/schema.h"

#include "source/schema_file.h"

struct fs_schema *
fs_work_schema_load(const char *path, struct fs_err *err)
{
	struct fs_schema *schema = fs_schema_file_load(path, err);

	/* Whatever is the matter with it: it is how fsconsole was started. */
	if (schema == NULL && err != NULL)
		err->code = FS_EUSAGE;
	return schema;
}

void
fs_work_schema_write(const struct fs_schema *schema, struct fs_str *out)
{
	fs_schema_file_write(schema, out);
}
