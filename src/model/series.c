#include "model/series.h"

#include <math.h>

void
fs_series_add(struct fs_series *series, double sample)
{
	size_t end = (series->first + series->count) % FS_SERIES_MAX;

	series->sample[end] = sample;
	if (series->count < FS_SERIES_MAX)
		series->count++;
	else
		series->first = (series->first + 1) % FS_SERIES_MAX;
}

double
fs_series_back(const struct fs_series *series, size_t i)
{
	if (i >= series->count)
		return NAN;
	return series->sample[(series->first + series->count - 1 - i) %
	    FS_SERIES_MAX];
}

double
fs_series_max(const struct fs_series *series, size_t newest)
{
	double max = NAN;

	for (size_t i = 0; i < newest && i < series->count; i++) {
		double sample = fs_series_back(series, i);

		if (!isnan(sample) && !(sample <= max))
			max = sample;
	}
	return isnan(max) ? 0 : max;
}
