#include <sqlite3.h>

/// `SQLITE_TRANSIENT` is a cast, which Swift cannot import: SQLite copies what is bound.
static inline sqlite3_destructor_type cellbridge_sqlite_transient(void) { return SQLITE_TRANSIENT; }

/// `sqlite3_db_config` is variadic. Whether the last close of a WAL database leaves its log alone.
static inline int cellbridge_sqlite_keep_log(sqlite3 *database, int keep) {
    return sqlite3_db_config(database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, keep, (int *)0);
}
