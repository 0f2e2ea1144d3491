/*
 * TLS with an SSL of our own, since hiredis never checks whose certificate it
 * is. Without hiredis_ssl all of this fails with "this build has no TLS".
 */
#ifndef FS_REDIS_TLS_H
#define FS_REDIS_TLS_H

#include <stdbool.h>

#include "base/addr.h"
#include "base/err.h"

struct redisContext;

/* Certificates and keys of a target, loaded once. */
struct fs_tls;

struct fs_tls *fs_tls_new(const struct fs_target *target, struct fs_err *err);
void fs_tls_free(struct fs_tls *tls);		/* NULL is a no-op */

/*
 * Start the handshake on a connected context, which owns it from now on. host
 * is the name or address that the certificate must be for. *session is for
 * the calls below; good as long as the context.
 */
bool fs_tls_start(struct fs_tls *tls, struct redisContext *ctx,
    const char *host, void **session, struct fs_err *err);

enum fs_tls_step { FS_TLS_DONE, FS_TLS_READ, FS_TLS_WRITE, FS_TLS_FAILED };

/* Go on as far as the socket allows: done, wait to read or to write. */
enum fs_tls_step fs_tls_step(void *session, struct fs_err *err);

/* Why reading or writing has failed; what is the fallback's text. */
void fs_tls_reason(void *session, const char *what, struct fs_err *err);

/*
 * Whether the server has asked for a certificate that we do not have. One that
 * insists on it closes the connection behind the handshake, and its reason is
 * often lost on the way.
 */
bool fs_tls_lacks_certificate(const struct fs_tls *tls);

#endif
