/// One step of a database's format.
///
/// Versions count in floors of 1000: within a floor every step only adds, so that an earlier program can open what a
/// later one wrote (an update may be undone). A step that an earlier program could not bear begins a new floor.
package struct Migration: Sendable {
    /// `user_version` after the step.
    package var version: Int
    /// The statements that make it.
    package var sql: String

    package init(version: Int, sql: String) {
        self.version = version
        self.sql = sql
    }
}

extension Database {
    /// `PRAGMA user_version`.
    package func version() throws(StorageError) -> Int { Int(try integer("PRAGMA user_version") ?? 0) }

    /// Brings the file to the newest format, each step one transaction that ends with `finish`.
    ///
    /// - Throws: `StorageError.newerFormat` for a file of a later floor.
    package func migrate(
        _ migrations: [Migration], finish: () throws(StorageError) -> Void = {}
    ) throws(StorageError) {
        let present = try version()
        let newest = migrations.map(\.version).max() ?? 0
        guard present / 1000 <= newest / 1000 else {
            throw .newerFormat(path: path, version: present, supported: newest)
        }
        for step in migrations where step.version > present {
            try transaction { () throws(StorageError) in
                try execute(step.sql)
                // Inside the transaction, so that format and version never disagree.
                try execute("PRAGMA user_version=\(step.version)")
                try finish()
            }
        }
    }
}
