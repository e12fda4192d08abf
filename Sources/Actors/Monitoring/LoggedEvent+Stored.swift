package import JSONText
import Log
import Monitoring
import Storage

extension StoredEvent {
    /// An event on its way into the store.
    init(_ event: LoggedEvent) {
        self.init(
            id: event.id, code: event.identity.code, variant: event.identity.variant, pack: event.identity.pack,
            severity: event.severity.rawValue, isActive: event.isActive, isLatched: event.isLatched, first: event.first,
            last: event.last, count: event.count, text: event.text, cause: event.cause, fields: event.fields.json.text,
            acknowledged: event.acknowledged)
    }
}

extension LoggedEvent {
    /// An event out of the store. Whether it still lasts, only its cause can tell.
    init(_ stored: StoredEvent) {
        self.init(
            id: stored.id, identity: .init(stored.code, stored.variant, pack: stored.pack),
            severity: EventSeverity(rawValue: stored.severity) ?? .alarm, first: stored.first, last: stored.last,
            count: stored.count, text: stored.text, cause: stored.cause, fields: [EventField](json: stored.fields),
            isLatched: stored.isLatched, acknowledged: stored.acknowledged)
    }
}

extension [EventField] {
    /// The fields as the API shows them.
    package var json: JSONValue {
        .object(
            map { field in
                switch field.value {
                case .unknown: .init(field.name, .null)
                case .text(let text): .init(field.name, .string(text))
                case .number(let number): .init(field.name, .number(number))
                case .flag(let flag): .init(field.name, .bool(flag))
                }
            })
    }

    /// Reads what `json` wrote; in the order of their names.
    init(json text: String) {
        guard case .object(let members)? = JSONTree(text.utf8) else {
            self = []
            return
        }
        self = members.sorted { $0.key < $1.key }.map { name, value in
            switch value {
            case .string(let text): EventField(name, .text(text))
            case .number(let number): EventField(name, .number(number))
            case .bool(let flag): EventField(name, .flag(flag))
            case .null, .array, .object: EventField(name, .unknown)
            }
        }
    }
}

extension Occurrence {
    /// What an event of the gateway means to the event log; nil for what the monitor knows better.
    static func of(_ event: GatewayEvent) -> Occurrence? {
        let severity: EventSeverity =
            switch event.level {
            case .error: .alarm
            case .warning: .warning
            case .notice, .info, .debug: .info
            }
        return EventGrammar.occurrence(event.name, severity, event.sentence, event.fields.map { EventField($0) })
    }
}

extension EventField {
    fileprivate init(_ member: JSONValue.Member) {
        switch member.value {
        case .string(let text): self.init(member.name, .text(text))
        case .integer(let number): self.init(member.name, .number(Double(number)))
        case .number(let number): self.init(member.name, .number(number))
        case .bool(let flag): self.init(member.name, .flag(flag))
        case .null, .array, .object, .written: self.init(member.name, .unknown)
        }
    }
}

extension StoredEventQuery {
    /// What the store is asked, with room for what is known newer.
    init(_ query: EventQuery, after cursor: (last: Int64, id: Int)?, spare: Int) {
        self.init()
        severities = Set(query.severities.map(\.rawValue))
        codes = query.codes
        (since, until) = (query.since, query.until)
        (isAcknowledged, isActive) = (query.isAcknowledged, query.isActive)
        after = cursor
        // One more tells whether there is a next page.
        limit = min(max(query.limit, 1), 1000) + spare + 1
    }
}
