package import JSONText

/// What changed from one status document to the next, in the form of `/ws/telemetry` (docs/api.md).
///
/// Objects are merged member by member, everything else is replaced whole, nothing is ever removed. `packs` holds changed
/// packs alone, each with its `id`.
package enum TelemetryDelta {
    /// A delta, nil where a client could not merge one: then it needs a new snapshot.
    package static func between(_ old: JSONValue, _ new: JSONValue) -> JSONValue? {
        guard case .object(let before) = old, case .object(let after) = new, names(before) == names(after) else {
            return nil
        }
        var changes: [JSONValue.Member] = []
        for (was, member) in zip(before, after) where was.value != member.value {
            if member.name == "packs" {
                guard let packs = packs(was.value, member.value) else { return nil }
                changes.append(.init("packs", .array(packs)))
            } else {
                guard let value = change(was.value, member.value) else { return nil }
                changes.append(.init(member.name, value))
            }
        }
        return .object(changes)
    }

    // MARK: - Private

    /// What leads from one value to another that differs; nil where a member would have to go.
    private static func change(_ old: JSONValue, _ new: JSONValue) -> JSONValue? {
        guard case .object(let before) = old, case .object(let after) = new else { return new }
        // Members come in the same order each time, but for what is built from a set.
        let known = names(before) == names(after) ? nil : Dictionary(before.map { ($0.name, $0.value) }) { $1 }
        if let known, !Set(known.keys).isSubset(of: names(after)) { return nil }
        var changes: [JSONValue.Member] = []
        for (place, member) in after.enumerated() {
            let was = known.map { $0[member.name] } ?? before[place].value
            guard was != member.value else { continue }
            guard let was else {
                changes.append(member)
                continue
            }
            guard let value = change(was, member.value) else { return nil }
            changes.append(.init(member.name, value))
        }
        return .object(changes)
    }

    private static func packs(_ old: JSONValue, _ new: JSONValue) -> [JSONValue]? {
        guard case .array(let before) = old, case .array(let after) = new, before.map(identity) == after.map(identity)
        else { return nil }
        var changes: [JSONValue] = []
        for (was, pack) in zip(before, after) where was != pack {
            guard let id = identity(pack), case .object(let members)? = change(was, pack) else { return nil }
            changes.append(.object([.init("id", id)] + members))
        }
        return changes
    }

    private static func identity(_ pack: JSONValue) -> JSONValue? {
        guard case .object(let members) = pack else { return nil }
        return members.first { $0.name == "id" }?.value
    }

    private static func names(_ members: [JSONValue.Member]) -> [String] { members.map(\.name) }
}
