/* A fixed ring of samples, for small graphs and rates. (plain value) */
#ifndef FS_MODEL_SERIES_H
#define FS_MODEL_SERIES_H

#include <stddef.h>
#include <stdint.h>

#define FS_SERIES_MAX	120

struct fs_series {
	double		 sample[FS_SERIES_MAX];
	size_t		 first, count;
};

void   fs_series_add(struct fs_series *series, double sample);
/* i-th newest: 0 is the last one; NAN beyond. */
double fs_series_back(const struct fs_series *series, size_t i);
/* The greatest of so many newest, NANs left out; 0 when there is none. */
double fs_series_max(const struct fs_series *series, size_t newest);

#endif
