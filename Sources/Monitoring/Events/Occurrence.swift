/// Something that happened once: the event log makes one event of all that repeat each other.
package struct Occurrence: Sendable, Hashable {
    /// Where it stands in what lasts.
    package enum Phase: Sendable, Hashable {
        /// It does not last.
        case moment
        /// It lasts from now on; while it lasts already, this is what is known of it now.
        case begins
        /// What lasted is over.
        case ends
    }

    /// What tells events apart: an occurrence of the same identity repeats an event.
    package struct Identity: Sendable, Hashable {
        /// The word of the log.
        package var code: String
        /// What of that kind: the alarm, the rule, the cell; "" where there is one only.
        package var variant: String
        /// Number of the pack; nil where it is the whole battery's or none's.
        package var pack: Int?

        package init(_ code: String, _ variant: String = "", pack: Int? = nil) {
            self.code = code
            self.variant = variant
            self.pack = pack
        }
    }

    /// The measurement behind an alert.
    package struct Reading: Sendable, Hashable {
        package var value: Double
        /// The value at which it was raised.
        package var threshold: Double?
        /// As people write it: `V`, `A`, `°C`, `%`.
        package var unit: String

        package init(_ value: Double, threshold: Double?, unit: String) {
            self.value = value
            self.threshold = threshold
            self.unit = unit
        }
    }

    package var identity: Identity
    package var severity: EventSeverity
    package var phase: Phase
    /// In one sentence.
    package var text: String
    /// Why, where it is known apart from the sentence.
    package var cause: String?
    package var fields: [EventField]
    package var reading: Reading?
    /// Ended by a person only.
    package var isLatched: Bool
    /// Code under which an end is told that ends nothing known; nil where nobody would want to know.
    package var codeAlone: String?

    package init(
        _ identity: Identity, _ severity: EventSeverity, _ phase: Phase, _ text: String, cause: String? = nil,
        fields: [EventField] = [], reading: Reading? = nil, isLatched: Bool = false, codeAlone: String? = nil
    ) {
        self.identity = identity
        self.severity = severity
        self.phase = phase
        self.text = text
        self.cause = cause
        self.fields = fields
        self.reading = reading
        self.isLatched = isLatched
        self.codeAlone = codeAlone
    }
}
