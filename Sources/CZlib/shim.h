#include <zlib.h>

/// `inflateInit2` is a macro too. For a gzip stream.
static inline int cellbridge_gunzip_begin(z_stream *stream) { return inflateInit2(stream, 15 + 16); }

/// `deflateInit2` is a macro. For a gzip stream (RFC 1952) at a level of 0 to 9.
static inline int cellbridge_gzip_begin(z_stream *stream, int level) {
    return deflateInit2(stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
}
