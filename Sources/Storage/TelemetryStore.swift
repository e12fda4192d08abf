/// What the monitor keeps over restarts, in `STATE/telemetry.sqlite`: events, counters, peaks, statistics (S60).
///
/// Its loss costs memories and nothing else, so that a commit does not wait for the medium (`synchronous=NORMAL`).
/// Every call may block: owned by one actor on a storage thread (S33). Not `Sendable`.
package final class TelemetryStore {
    /// Events that are kept; beyond them the oldest that do not last go.
    package static let keptEvents = 10_000
    /// Events that a new life is given.
    private static let loadedEvents = 256

    let database: Database

    /// What was wrong with the file, in one sentence; nil where it was as it was left.
    package let damage: String?

    /// Opens the file; a damaged one is moved aside and begun anew.
    ///
    /// - Throws: `StorageError` where the medium refuses, another program holds the file, or a later version wrote it.
    package init(folder: String, files: FileSystem = .real, wallClock: @escaping WallClock) throws(StorageError) {
        // A folder that cannot be made shows as a file that cannot be.
        try? files.makeFolder(folder)
        let opened = try TelemetryFile(folder: folder, files: files, wallClock: wallClock).open()
        (database, damage) = (opened.database, opened.damage)
    }

    /// Closes the file; later calls answer an error.
    package func close() { database.close() }

    // MARK: - Reading

    /// What an earlier life left.
    package func contents() throws(StorageError) -> TelemetryContents {
        let newest = try events(
            "SELECT \(Self.columns) FROM event WHERE active = 1 OR id IN "
                + "(SELECT id FROM event ORDER BY last_ms DESC, id DESC LIMIT \(Self.loadedEvents)) ORDER BY id", [])
        let figures = try database.rows("SELECT name, value, time_ms FROM figure") { row throws(StorageError) in
            (try row.text(0), StoredFigure(try row.real(1), time: try row.integer(2)))
        }
        let statistics = try database.rows(
            "SELECT code, variant, count, total_s, longest_s, last_ms FROM alert_statistic"
        ) { row throws(StorageError) in
            StoredStatistic(
                code: try row.text(0), variant: try row.text(1), count: try self.int(row, 2), total: try row.real(3),
                longest: try row.real(4), last: try row.integer(5))
        }
        return TelemetryContents(
            events: newest, figures: Dictionary(figures) { first, _ in first }, statistics: statistics,
            nextEvent: Int(clamping: try database.integer("SELECT ifnull(max(id), 0) FROM event") ?? 0) &+ 1)
    }

    /// One event; nil where it is not kept.
    package func event(_ id: Int) throws(StorageError) -> StoredEvent? {
        try events("SELECT \(Self.columns) FROM event WHERE id = ?", [SQLValue(id)]).first
    }

    /// Events that are asked for, newest first.
    package func events(_ query: StoredEventQuery) throws(StorageError) -> [StoredEvent] {
        var conditions: [String] = []
        var values: [SQLValue] = []
        func require(_ condition: String, _ asked: [SQLValue]) {
            conditions.append(condition)
            values += asked
        }
        if !query.severities.isEmpty {
            require(
                "severity IN (\(Self.places(query.severities.count)))", query.severities.sorted().map { SQLValue($0) })
        }
        if !query.codes.isEmpty {
            require("code IN (\(Self.places(query.codes.count)))", query.codes.sorted().map { .text($0) })
        }
        if let since = query.since { require("last_ms >= ?", [.integer(since)]) }
        if let until = query.until { require("last_ms < ?", [.integer(until)]) }
        if let isSeen = query.isAcknowledged { require("acknowledged_ms IS \(isSeen ? "NOT NULL" : "NULL")", []) }
        if let isActive = query.isActive { require("active = \(isActive ? 1 : 0)", []) }
        if let after = query.after { require("(last_ms, id) < (?, ?)", [.integer(after.last), SQLValue(after.id)]) }
        let filter = conditions.isEmpty ? "" : " WHERE " + conditions.joined(separator: " AND ")
        return try events(
            "SELECT \(Self.columns) FROM event\(filter) ORDER BY last_ms DESC, id DESC LIMIT ?",
            values + [SQLValue(query.limit)])
    }

    // MARK: - Writing

    /// Writes all of a batch or nothing.
    package func commit(_ batch: TelemetryBatch) throws(StorageError) {
        try database.transaction { () throws(StorageError) in
            for event in batch.events { try write(event) }
            for (name, figure) in batch.figures.sorted(by: { $0.key < $1.key }) where figure.value.isFinite {
                try database.run(
                    "INSERT OR REPLACE INTO figure(name, value, time_ms) VALUES(?, ?, ?)", .text(name),
                    .real(figure.value), .integer(figure.time))
            }
            for entry in batch.statistics {
                try database.run(
                    "INSERT OR REPLACE INTO alert_statistic VALUES(?, ?, ?, ?, ?, ?)", .text(entry.code),
                    .text(entry.variant), SQLValue(entry.count), .real(entry.total), .real(entry.longest),
                    .integer(entry.last))
            }
            guard !batch.events.isEmpty else { return }
            try database.run(
                "DELETE FROM event WHERE active = 0 AND id <= (SELECT max(id) FROM event) - \(Self.keptEvents)")
        }
    }

    // MARK: - Private

    private static let columns =
        "id, code, variant, pack, severity, active, latched, first_ms, last_ms, count, text, cause, fields, "
        + "acknowledged_ms"

    private static func places(_ count: Int) -> String { Array(repeating: "?", count: count).joined(separator: ",") }

    private func write(_ event: StoredEvent) throws(StorageError) {
        try database.run(
            "INSERT OR REPLACE INTO event(\(Self.columns)) VALUES(\(Self.places(14)))", SQLValue(event.id),
            .text(event.code), .text(event.variant), SQLValue(event.pack), SQLValue(event.severity),
            event.isActive ? 1 : 0, event.isLatched ? 1 : 0, .integer(event.first), .integer(event.last),
            SQLValue(event.count), .text(event.text), SQLValue(event.cause), .text(event.fields),
            event.acknowledged.map { .integer($0) } ?? .null)
    }

    private func events(_ sql: String, _ values: [SQLValue]) throws(StorageError) -> [StoredEvent] {
        let statement = try database.statement(sql)
        defer { statement.reset() }
        try statement.bind(values)
        var events: [StoredEvent] = []
        while try statement.step() { events.append(try event(statement)) }
        return events
    }

    private func event(_ row: Statement) throws(StorageError) -> StoredEvent {
        StoredEvent(
            id: try int(row, 0), code: try row.text(1), variant: try row.text(2),
            pack: row.value(3) == .null ? nil : try int(row, 3), severity: try int(row, 4),
            isActive: try row.integer(5) != 0, isLatched: try row.integer(6) != 0, first: try row.integer(7),
            last: try row.integer(8), count: try int(row, 9), text: try row.text(10),
            cause: row.value(11) == .null ? nil : try row.text(11), fields: try row.text(12),
            acknowledged: row.value(13) == .null ? nil : try row.integer(13))
    }

    private func int(_ row: Statement, _ column: Int) throws(StorageError) -> Int {
        Int(clamping: try row.integer(column))
    }
}
