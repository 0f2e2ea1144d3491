/*
 * fsconsole's own store for the bench: the calls that the console and the
 * commands make, again and again in one process, against what floor.c takes.
 *
 *	store stream URI N	N entities, five features and their TTL
 *	store read URI K R [FROM=TO ...]
 *				R times K entities with all TTLs; the median
 *
 * Prints seconds (stream) or microseconds (read), as floor does.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "model/row.h"
#include "source/stream.h"
#include "store/reader.h"
#include "store/store.h"
#include "store/write.h"

static void
stream(struct fs_store *st, const struct fs_schema *schema, uint64_t n)
{
	struct fs_writer *wr = fs_writer_open(st, 0);
	const struct fs_written *done;
	struct fs_row row = { 0 };
	struct fs_str text = { 0 };
	struct fs_rng rng;
	uint64_t next = 1, acknowledged = 0;
	int64_t began = fs_clock_mono();
	char id[32];

	fs_rng_seed(&rng, 42);
	while (next <= n || fs_writer_pending(wr) > 0) {
		while (next <= n && !fs_writer_full(wr)) {
			int len = snprintf(id, sizeof(id), "u%04ju",
			    (uintmax_t)next);

			fs_str_clear(&text);
			fs_row_clear(&row);
			fs_stream_draw(schema, &rng, 1716998413541, &row,
			    &text);
			row.entity = fs_bytes(id, (size_t)len);
			fs_writer_stream(wr, next++, &row, 0, false);
		}
		if ((done = fs_writer_take(wr)) != NULL)
			acknowledged += done->acknowledged;
	}
	if (acknowledged != n)
		errx(1, "%ju of %ju acknowledged", (uintmax_t)acknowledged,
		    (uintmax_t)n);
	printf("%.6f\n", (double)(fs_clock_mono() - began) / 1e6);
	fs_writer_close(wr);
	fs_row_free(&row);
	fs_str_free(&text);
}

static void
read_one(struct fs_store *st, const struct fs_list *names)
{
	struct fs_err err;
	struct fs_entity *entity = fs_store_read(st, fs_bytes_of("u0001"),
	    names, &err);

	if (entity == NULL || entity->nfound != names->count)
		errx(1, "u0001: %s", entity == NULL ? err.msg : "not whole");
	fs_entity_free(entity);
}

static void
read_many(struct fs_reader *rd, const struct fs_list *ids)
{
	const struct fs_entity *entity;
	size_t next = 0, got = 0;

	while (got < ids->count) {
		while (next < ids->count && !fs_reader_full(rd))
			fs_reader_add(rd, fs_list_at(ids, next++));
		entity = fs_reader_take(rd);
		if (entity == NULL || entity->nfound != 5)
			errx(1, "read %zu: not whole", got);
		got++;
	}
}

static int
by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void
read_rounds(struct fs_store *st, const struct fs_schema *schema, size_t k,
    size_t rounds)
{
	struct fs_list names = { 0 }, ids = { 0 };
	struct fs_reader *rd;
	char id[32];
	int64_t *took = calloc(rounds, sizeof(*took));

	if (took == NULL)
		err(3, NULL);
	for (size_t i = 0; i < schema->nfeatures; i++)
		if (schema->features[i].class == FS_CLASS_STREAMING)
			fs_list_add(&names,
			    fs_bytes_of(schema->features[i].name));
	for (size_t i = 1; i <= k; i++) {
		int len = snprintf(id, sizeof(id), "u%04zu", i);

		fs_list_add(&ids, fs_bytes(id, (size_t)len));
	}
	rd = fs_reader_open(st, &names, true);
	for (size_t i = 0; i < rounds; i++) {
		int64_t began = fs_clock_mono();

		if (k == 1)
			read_one(st, &names);
		else
			read_many(rd, &ids);
		took[i] = fs_clock_mono() - began;
	}
	qsort(took, rounds, sizeof(*took), by_value);
	printf("%.2f\n", (double)took[rounds / 2]);
	fs_reader_close(rd);
	fs_list_free(&ids);
	fs_list_free(&names);
	free(took);
}

int
main(int argc, char **argv)
{
	struct fs_target *target = fs_target_new();
	struct fs_schema *schema = fs_schema_sample();
	struct fs_store_options opt = { .target = target, .schema = schema,
	    .name = "fsconsole-bench" };
	struct fs_store *st;
	struct fs_err err;

	if (argc < 3)
		errx(2, "usage: store stream|read URI ...");
	if (!fs_target_uri(target, argv[2], &err))
		errx(2, "%s", err.msg);
	for (int i = 5; i < argc; i++) {
		if (!fs_target_natmap(target, argv[i], &err))
			errx(2, "%s", err.msg);
	}
	if ((st = fs_store_open(&opt, &err)) == NULL)
		errx(3, "%s", err.msg);
	fs_store_gate(st, true);
	if (strcmp(argv[1], "stream") == 0 && argc == 4)
		stream(st, schema, strtoull(argv[3], NULL, 10));
	else if (strcmp(argv[1], "read") == 0 && argc >= 5)
		read_rounds(st, schema, strtoul(argv[3], NULL, 10),
		    strtoul(argv[4], NULL, 10));
	else
		errx(2, "usage: store stream|read URI ...");
	fs_store_close(st);
	fs_schema_free(schema);
	fs_target_free(target);
	return 0;
}
