/* The sample store's schema for each test of a group. */
#ifndef FS_TESTS_SAMPLE_SCHEMA_H
#define FS_TESTS_SAMPLE_SCHEMA_H

#include "model/schema.h"

static struct fs_schema *schema;

static int
set_up(void **state)
{
	(void)state;
	schema = fs_schema_sample();
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	fs_schema_free(schema);
	return 0;
}

#endif
