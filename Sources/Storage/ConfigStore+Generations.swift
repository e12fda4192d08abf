/// One key's change in one generation. Values may be secret: whoever shows them masks them.
package struct StoredChange: Sendable, Hashable {
    package var name: SettingName
    /// Nil where it was not set before.
    package var old: StoredValue?
    /// Nil where it was erased.
    package var new: StoredValue?

    package init(name: SettingName, old: StoredValue?, new: StoredValue?) {
        self.name = name
        self.old = old
        self.new = new
    }
}

/// One commit.
package struct Generation: Sendable, Hashable {
    /// From 1, without gaps.
    package var number: Int
    /// Wall clock, ms since 1970; for people only.
    package var time: Int64
    /// Who made it.
    package var author: String
    /// By name.
    package var changes: [StoredChange]

    package init(number: Int, time: Int64, author: String, changes: [StoredChange]) {
        self.number = number
        self.time = time
        self.author = author
        self.changes = changes
    }
}

extension ConfigStore {
    /// The newest generations, newest first.
    package func history(limit: Int = keptGenerations) throws(StorageError) -> [Generation] {
        let heads = try database.rows(
            "SELECT number, time_ms, author FROM generation ORDER BY number DESC LIMIT ?", SQLValue(max(0, limit))
        ) { row throws(StorageError) in
            Generation(
                number: Int(try row.integer(0)), time: try row.integer(1), author: try row.text(2), changes: [])
        }
        var generations: [Generation] = []
        for var head in heads {
            head.changes = try changes(in: head.number)
            generations.append(head)
        }
        return generations
    }

    /// All settings as they were at a generation; 0 is the empty configuration, while generation 1 is still kept.
    ///
    /// - Throws: `StorageError.unknownGeneration`.
    package func settings(at number: Int) throws(StorageError) -> [SettingName: StoredValue] {
        let newest = try generation()
        let oldest = Int(try database.integer("SELECT ifnull(min(number), 1) FROM generation") ?? 1)
        guard (oldest...max(oldest, newest)).contains(number) || (number == 0 && oldest == 1), number <= newest else {
            throw .unknownGeneration(number)
        }
        var settings = try settings()
        for later in stride(from: newest, to: number, by: -1) {
            for change in try changes(in: later) { settings[change.name] = change.old }
        }
        return settings
    }

    /// What differs between two generations, as changes that lead from the one to the other.
    ///
    /// - Throws: `StorageError.unknownGeneration`.
    package func differences(from: Int, to: Int) throws(StorageError) -> [StoredChange] {
        let before = try settings(at: from)
        let after = try settings(at: to)
        return Set(before.keys).union(after.keys).sorted().compactMap { name in
            before[name] == after[name] ? nil : StoredChange(name: name, old: before[name], new: after[name])
        }
    }

    /// Makes a new generation that equals an earlier one.
    ///
    /// - Returns: number of the new generation.
    /// - Throws: `StorageError.unknownGeneration`.
    @discardableResult
    package func rollback(to number: Int, author: String) throws(StorageError) -> Int {
        let wanted = try settings(at: number)
        let present = try settings()
        return try commit(set: wanted, erase: Set(present.keys).subtracting(wanted.keys), author: author)
    }

    /// Newest generation that is known to be valid; 0 before the first.
    package func lastGood() throws(StorageError) -> Int {
        Int(try database.integer("SELECT last_good FROM meta") ?? 0)
    }

    /// Notes that a generation is valid: pruning never takes it or anything newer.
    package func markGood(_ number: Int) throws(StorageError) {
        guard try lastGood() != number else { return }
        try database.transaction { () throws(StorageError) in
            try database.run("UPDATE meta SET last_good = ?", SQLValue(number))
            try ConfigFile.seal(database)
        }
    }

    // MARK: - Private

    private func changes(in number: Int) throws(StorageError) -> [StoredChange] {
        try database.rows(
            "SELECT namespace, key, old_type, old_value, new_type, new_value FROM change WHERE generation = ? "
                + "ORDER BY namespace, key", SQLValue(number)
        ) { row throws(StorageError) in
            StoredChange(
                name: try SettingName(try row.text(0), try row.text(1)),
                old: row.value(2) == .null ? nil : try value(row, type: 2, column: 3),
                new: row.value(4) == .null ? nil : try value(row, type: 4, column: 5))
        }
    }

    /// Forgets what is older than the newest two hundred, but never the last good generation nor what followed it.
    func prune(newest: Int) throws(StorageError) {
        var first = newest - Self.keptGenerations + 1
        let good = try lastGood()
        if good > 0 { first = min(first, good) }
        guard first > 1 else { return }
        try database.run("DELETE FROM change WHERE generation < ?", SQLValue(first))
        try database.run("DELETE FROM generation WHERE number < ?", SQLValue(first))
    }
}
