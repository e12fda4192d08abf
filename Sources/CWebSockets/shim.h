#include <libwebsockets.h>

/* Options that are shifted macros, which Swift cannot import. */
static const uint64_t cellbridge_context_options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS |
    LWS_SERVER_OPTION_SKIP_SERVER_CANONICAL_NAME | LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS;
static const uint64_t cellbridge_tls_option = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
/* Who speaks HTTP to the TLS port is let in unencrypted, to be told where to go. */
static const uint64_t cellbridge_plain_on_tls_options =
    LWS_SERVER_OPTION_ALLOW_NON_SSL_ON_SSL_PORT | LWS_SERVER_OPTION_ALLOW_HTTP_ON_HTTPS_LISTENER;
