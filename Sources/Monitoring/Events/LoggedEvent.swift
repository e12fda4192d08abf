/// One line of the event list: everything of one identity that repeated itself.
package struct LoggedEvent: Sendable, Hashable {
    /// What is known of it while it lasts.
    package struct Activity: Sendable, Hashable {
        /// When it began this time.
        package var since: Moment
        /// As it is now; the event keeps the worst.
        package var severity: EventSeverity
        package var reading: Occurrence.Reading?
    }

    /// Counts up, never used twice.
    package var id: Int
    package var identity: Occurrence.Identity
    /// The worst so far.
    package var severity: EventSeverity
    /// Unix milliseconds.
    package var first: Int64
    /// When it was newest: its last beginning, or its end. Unix milliseconds.
    package var last: Int64
    package var count: Int
    package var text: String
    package var cause: String?
    package var fields: [EventField]
    /// Ended by a person only.
    package var isLatched: Bool
    /// When a person saw it, Unix milliseconds; nil where none has.
    package var acknowledged: Int64?
    /// nil while it does not last.
    package var activity: Activity?

    /// Whether it lasts.
    package var isActive: Bool { activity != nil }

    package init(
        id: Int, identity: Occurrence.Identity, severity: EventSeverity, first: Int64, last: Int64, count: Int,
        text: String, cause: String?, fields: [EventField], isLatched: Bool, acknowledged: Int64?
    ) {
        self.id = id
        self.identity = identity
        self.severity = severity
        self.first = first
        self.last = last
        self.count = count
        self.text = text
        self.cause = cause
        self.fields = fields
        self.isLatched = isLatched
        self.acknowledged = acknowledged
    }
}
