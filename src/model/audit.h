/* What an audit and a drill found. Plain values that own what they point to. */
#ifndef FS_MODEL_AUDIT_H
#define FS_MODEL_AUDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/list.h"
#include "model/schema.h"

enum fs_violation {
	FS_V_LEAK,		/* streaming feature without TTL */
	FS_V_MISSING,
	FS_V_NO_KEY_TTL,
	FS_V_ORPHAN,		/* streaming features only */
	FS_V_OVER_TTL,		/* longer than configured */
	FS_V_KEY_BEFORE_FIELD,	/* the key goes before one of its fields */
	FS_V_NOT_HASH,
	FS_V_STALLED,		/* youngest write older than 2 intervals */
	FS_V_COUNT
};

#define FS_EXAMPLES	10	/* of a kind, unless more are asked for */
#define FS_AUDIT_BUCKETS 12	/* of time left */
#define FS_AUDIT_STEPS	20	/* in which a feature goes */
#define FS_FEATURE_KINDS (FS_V_OVER_TTL + 1)

/*
 * How many there are in the whole store, as a sample of it tells, and between
 * what the true number lies in 95 of 100 samples (of so many entities as the
 * report says there are). Where all were read it is their number, three times.
 */
struct fs_estimate {
	uint64_t	 count, low, high;
};

struct fs_feature_report {
	char		*name;
	enum fs_class	 class;
	uint64_t	 present, missing, no_ttl, leaks, over_ttl; /* of those
					   that were read */
	struct {
		struct fs_estimate missing, no_ttl, leaks, over_ttl;
	}		 estimate;
	double		 coverage_percent;
	double		 coverage_low, coverage_high; /* 95 %, when sampled */
	double		 ttl_min, ttl_p5, ttl_p50, ttl_p95, ttl_max; /* s; NAN */
	double		 le_seconds[FS_AUDIT_BUCKETS];
	uint64_t	 histogram[FS_AUDIT_BUCKETS];	/* of time left; */
	double		 histogram_sum;			/* s, all together */
	double		 youngest_write_seconds;	/* NAN: not known */
	bool		 stalled;
	double		 half_gone_seconds, all_gone_seconds;	/* INFINITY:
					   never; NAN: there is none */
	uint64_t	 mortal;	/* of present: those that will go, */
	double		 gone_seconds[FS_AUDIT_STEPS + 1]; /* step by step */
	struct fs_list	 examples[FS_FEATURE_KINDS]; /* ids: leak, missing and
					   over TTL; the first ones */
};

struct fs_audit_report {
	uint64_t	 entities;	/* in the store; see approximate */
	uint64_t	 sampled;	/* read */
	bool		 sample;	/* some were drawn; else all were to
					   be read, or have been */
	bool		 complete, approximate;
	int64_t		 elapsed_us;
	uint64_t	 keys_without_ttl, orphans, not_hashes;
	struct {	/* not_hashes has none: a sample is of hashes alone */
		struct fs_estimate keys_without_ttl, orphans;
	}		 estimate;
	struct fs_feature_report *features;	/* schema order */
	size_t		 nfeatures;
	struct fs_list	 unknown;		/* names, and how often */
	uint64_t	*unknown_count;
	uint64_t	 violation_count[FS_V_COUNT];
	uint64_t	 violation_ids[FS_V_COUNT];	/* how many show it: of
					   keys, where stalled of features */
	struct fs_list	 examples[FS_V_COUNT];	/* the first of these */
};

/* NULL is a no-op, here and below. */
void fs_audit_report_free(struct fs_audit_report *report);
/* What coverage is to be expected so many seconds later if nothing is written
 * meanwhile. */
double fs_feature_expected(const struct fs_feature_report *feature,
    double seconds);
const char *fs_violation_name(enum fs_violation kind);	/* "leak", ... */
bool fs_violation_parse(struct fs_bytes text, enum fs_violation *kind);

struct fs_drill_point {
	double		 at_seconds;		/* since the pause */
	double		*coverage_percent;	/* one a streaming feature */
	double		*expected_percent;	/* by the forecast; NAN: resumed,
						   or somebody else writes */
};

#define FS_NO_FEATURE	SIZE_MAX

struct fs_drill_report {
	struct fs_list	 features;
	struct fs_drill_point *points;
	size_t		 npoints;
	double		*forecast;	/* half gone, seconds, a feature;
					   as in a feature's report */
	double		*forecast_all;	/* and all of it */
	struct fs_feature_report *start;	/* what the forecast is made
					   of: numbers alone, no lists */
	double		 start_seconds;	/* since the pause */
	uint64_t	*time_left;	/* FS_AUDIT_BUCKETS a feature, as last seen */
	uint64_t	*fullest;	/* bucket at the pause, a feature */
	double		 for_seconds;	/* how long the pause is to be */
	double		 resumed_seconds;	/* NAN: it is paused */
	double		 error_seconds, recovery_seconds;	/* NAN */
	double		 error_percent;	/* of any coverage in the pause; NAN */
	size_t		 foreign;	/* the feature that somebody else wrote
					   in the pause; FS_NO_FEATURE: none */
	double		 foreign_seconds;	/* how long ago, when seen */
};

/* How many of so many entities (0: not known) a look during a drill reads; 0:
 * all. */
int64_t fs_drill_sample(uint64_t entities);

/* Of these features, without points; figures are NAN. Takes nothing. */
struct fs_drill_report *fs_drill_report_new(const struct fs_list *features);
struct fs_drill_report *fs_drill_report_copy(
    const struct fs_drill_report *report);
/* A new point; its figures are NAN. */
struct fs_drill_point *fs_drill_report_add(struct fs_drill_report *report);
/* Every second point goes, not the first and not the last. */
void fs_drill_report_thin(struct fs_drill_report *report);
void fs_drill_report_free(struct fs_drill_report *report);

/* The forecast, of what an audit found so many seconds after the pause. */
void fs_drill_report_begin(struct fs_drill_report *report,
    const struct fs_audit_report *start, double at_seconds);
/*
 * A new point: what an audit found, in its middle so many seconds after the
 * pause, beside what was to be expected. A feature that was written since says
 * that the worker is not the only one to write.
 */
void fs_drill_report_see(struct fs_drill_report *report,
    const struct fs_audit_report *seen, double at_seconds);
/* How far the times of the forecast were off, as far as they were seen. */
void fs_drill_report_judge(struct fs_drill_report *report);
/*
 * When half of what there was of a feature at the pause was seen to be gone,
 * in seconds, straight between the points; NAN: that was not seen.
 */
double fs_drill_half_gone(const struct fs_drill_report *report,
    size_t feature);

#endif
