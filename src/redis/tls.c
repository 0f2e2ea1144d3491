#include "redis/tls.h"

#ifndef HAVE_HIREDIS_SSL

struct fs_tls *
fs_tls_new(const struct fs_target *target, struct fs_err *err)
{
	(void)target;
	fs_fail(err, FS_ETLS, "this build has no TLS");
	return NULL;
}

void
fs_tls_free(struct fs_tls *tls)
{
	(void)tls;
}

bool
fs_tls_start(struct fs_tls *tls, struct redisContext *ctx, const char *host,
    void **session, struct fs_err *err)
{
	(void)tls;
	(void)ctx;
	(void)host;
	*session = NULL;
	return fs_fail(err, FS_ETLS, "this build has no TLS");
}

enum fs_tls_step
fs_tls_step(void *session, struct fs_err *err)
{
	(void)session;
	fs_fail(err, FS_ETLS, "this build has no TLS");
	return FS_TLS_FAILED;
}

void
fs_tls_reason(void *session, const char *what, struct fs_err *err)
{
	(void)session;
	fs_fail(err, FS_ECONNECT, "%s", what);
}

bool
fs_tls_lacks_certificate(const struct fs_tls *tls)
{
	(void)tls;
	return false;
}

#else

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>

#include <hiredis/hiredis.h>
#include <hiredis/hiredis_ssl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/mem.h"

struct fs_tls {
	SSL_CTX	*ctx;
	bool	 insecure;
	bool	 lacking;	/* a server asked for a certificate in vain */
	bool	 encrypted;	/* a passphrase was asked for */
	char	*sni;		/* what the operator named, or NULL */
};

/* Without memory OpenSSL may well go on, and fail for another reason. */
static void
need_memory(void)
{
	if (ERR_GET_REASON(ERR_peek_error()) == ERR_R_MALLOC_FAILURE ||
	    ERR_GET_REASON(ERR_peek_last_error()) == ERR_R_MALLOC_FAILURE)
		fs_mem_die();
}

/* The reason of the oldest error that OpenSSL has noted, or a fallback. */
static const char *
noted(const char *fallback)
{
	unsigned long	 code = ERR_peek_error();
	const char	*text = NULL;

	need_memory();
	if (code != 0)
		text = ERR_reason_error_string(code);
	return text != NULL ? text : fallback;
}

static bool
file_fails(const char *what, const char *path, struct fs_err *err)
{
	int saved = errno;

	fs_fail(err, FS_ETLS, "TLS: %s %s: %s", what, path,
	    noted(saved != 0 ? strerror(saved) : "cannot be used"));
	ERR_clear_error();
	return false;
}

static bool
load_trust(SSL_CTX *ctx, const struct fs_target *t, struct fs_err *err)
{
	errno = 0;
	if (t->cacert == NULL && t->cacertdir == NULL) {
		if (SSL_CTX_set_default_verify_paths(ctx) != 1)
			return fs_fail(err, FS_ETLS,
			    "TLS: no certificates of authorities: %s",
			    noted("unknown reason"));
		return true;
	}
	if (SSL_CTX_load_verify_locations(ctx, t->cacert, t->cacertdir) != 1)
		return file_fails("certificates of authorities",
		    t->cacert != NULL ? t->cacert : t->cacertdir, err);
	return true;
}

/* Nobody is asked for it: the terminal is not for a worker to read. */
static int
passphrase_asked(char *buf, int size, int writing, void *arg)
{
	(void)buf;
	(void)size;
	(void)writing;
	*(bool *)arg = true;
	return -1;
}

static bool
load_own(SSL_CTX *ctx, const struct fs_target *t, const bool *encrypted,
    struct fs_err *err)
{
	const char *key = t->key != NULL ? t->key : t->cert;

	if (t->cert == NULL && t->key == NULL)
		return true;
	if (t->cert == NULL)
		return fs_fail(err, FS_ETLS, "TLS: a key without certificate");
	errno = 0;
	if (SSL_CTX_use_certificate_chain_file(ctx, t->cert) != 1)
		return file_fails("certificate", t->cert, err);
	errno = 0;
	if (SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) == 1)
		return true;
	if (!*encrypted)
		return file_fails("key", key, err);
	ERR_clear_error();
	return fs_fail(err, FS_ETLS, "TLS: key %s: it is encrypted; 'openssl "
	    "pkey -in KEY -out NEW' makes one that is not", key);
}

/* Called when the server asks for our certificate. */
static int
certificate_asked(SSL *ssl, void *arg)
{
	struct fs_tls *tls = arg;

	tls->lacking = SSL_get_certificate(ssl) == NULL;
	return 1;
}

struct fs_tls *
fs_tls_new(const struct fs_target *target, struct fs_err *err)
{
	struct fs_tls *tls = fs_xcalloc(1, sizeof(*tls));

	ERR_clear_error();
	tls->ctx = SSL_CTX_new(TLS_client_method());
	if (tls->ctx == NULL)
		fs_mem_die();
	SSL_CTX_set_min_proto_version(tls->ctx, TLS1_2_VERSION);
	SSL_CTX_set_verify(tls->ctx,
	    target->insecure ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_cert_cb(tls->ctx, certificate_asked, tls);
	SSL_CTX_set_default_passwd_cb(tls->ctx, passphrase_asked);
	SSL_CTX_set_default_passwd_cb_userdata(tls->ctx, &tls->encrypted);
	tls->insecure = target->insecure;
	if (target->sni != NULL)
		tls->sni = fs_xstrdup(target->sni);
	if (!load_trust(tls->ctx, target, err) ||
	    !load_own(tls->ctx, target, &tls->encrypted, err)) {
		fs_tls_free(tls);
		return NULL;
	}
	return tls;
}

void
fs_tls_free(struct fs_tls *tls)
{
	if (tls == NULL)
		return;
	SSL_CTX_free(tls->ctx);
	free(tls->sni);
	free(tls);
}

/* An address is looked for among the certificate's addresses, not names. */
static bool
is_address(const char *host)
{
	struct in6_addr addr;

	return inet_pton(AF_INET, host, &addr) == 1 ||
	    inet_pton(AF_INET6, host, &addr) == 1;
}

static bool
want_name(SSL *ssl, const char *host)
{
	if (is_address(host))
		return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl),
		    host) == 1;
	SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	return SSL_set1_host(ssl, host) == 1;
}

bool
fs_tls_start(struct fs_tls *tls, struct redisContext *ctx, const char *host,
    void **session, struct fs_err *err)
{
	SSL		*ssl = SSL_new(tls->ctx);
	const char	*name = tls->sni != NULL ? tls->sni : host;

	*session = NULL;
	ERR_clear_error();
	if (ssl == NULL)
		fs_mem_die();
	if ((!is_address(name) && SSL_set_tlsext_host_name(ssl, name) != 1) ||
	    (!tls->insecure && !want_name(ssl, name))) {
		SSL_free(ssl);
		return fs_fail(err, FS_ETLS, "TLS: '%s' cannot be the name of "
		    "a server", name);
	}
	/* It tries a first step; what it says of a failure is of no use. */
	if (redisInitiateSSL(ctx, ssl) != REDIS_OK) {
		fs_tls_reason(ssl, ctx->errstr, err);
		SSL_free(ssl);
		return false;
	}
	*session = ssl;
	return true;
}

enum fs_tls_step
fs_tls_step(void *session, struct fs_err *err)
{
	int rv;

	ERR_clear_error();
	errno = 0;
	rv = SSL_do_handshake(session);
	if (rv == 1)
		return FS_TLS_DONE;
	switch (SSL_get_error(session, rv)) {
	case SSL_ERROR_WANT_READ:
		return FS_TLS_READ;
	case SSL_ERROR_WANT_WRITE:
		return FS_TLS_WRITE;
	default:
		fs_tls_reason(session, "closed in the middle of the handshake",
		    err);
		return FS_TLS_FAILED;
	}
}

void
fs_tls_reason(void *session, const char *what, struct fs_err *err)
{
	long		verdict = SSL_get_verify_result(session);
	unsigned long	code = ERR_peek_error();
	int		saved = errno;

	need_memory();
	if (verdict != X509_V_OK && ERR_GET_LIB(code) == ERR_LIB_SSL &&
	    ERR_GET_REASON(code) == SSL_R_CERTIFICATE_VERIFY_FAILED)
		fs_fail(err, FS_ETLS, "TLS: the server's certificate: %s",
		    X509_verify_cert_error_string(verdict));
	else if (code != 0 && ERR_GET_LIB(code) == ERR_LIB_SSL &&
	    ERR_GET_REASON(code) == SSL_R_WRONG_VERSION_NUMBER)
		fs_fail(err, FS_ETLS, "TLS: the port does not speak TLS");
#ifdef SSL_R_UNEXPECTED_EOF_WHILE_READING
	else if (code != 0 && ERR_GET_LIB(code) == ERR_LIB_SSL &&
	    ERR_GET_REASON(code) == SSL_R_UNEXPECTED_EOF_WHILE_READING)
		fs_fail(err, FS_ECONNECT, "closed by the server");
#endif
	else if (code != 0)
		fs_fail(err, FS_ETLS, "TLS: %s", noted(what));
	else
		fs_fail(err, FS_ECONNECT, "%s",
		    saved != 0 ? strerror(saved) : what);
	ERR_clear_error();
}

bool
fs_tls_lacks_certificate(const struct fs_tls *tls)
{
	return tls->lacking;
}

#endif
