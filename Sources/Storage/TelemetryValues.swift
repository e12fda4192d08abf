/// One event as it is stored. What it means is the monitor's business.
package struct StoredEvent: Sendable, Hashable {
    package var id: Int
    package var code: String
    package var variant: String
    package var pack: Int?
    /// 0 info, 1 warning, 2 alarm.
    package var severity: Int
    package var isActive: Bool
    package var isLatched: Bool
    /// Unix milliseconds.
    package var first: Int64
    /// Unix milliseconds.
    package var last: Int64
    package var count: Int
    package var text: String
    package var cause: String?
    /// A JSON object.
    package var fields: String
    /// Unix milliseconds; nil where nobody has seen it.
    package var acknowledged: Int64?

    package init(
        id: Int, code: String, variant: String, pack: Int?, severity: Int, isActive: Bool, isLatched: Bool,
        first: Int64, last: Int64, count: Int, text: String, cause: String?, fields: String, acknowledged: Int64?
    ) {
        self.id = id
        self.code = code
        self.variant = variant
        self.pack = pack
        self.severity = severity
        self.isActive = isActive
        self.isLatched = isLatched
        self.first = first
        self.last = last
        self.count = count
        self.text = text
        self.cause = cause
        self.fields = fields
        self.acknowledged = acknowledged
    }
}

/// One number that outlives the process: a counter or a peak.
package struct StoredFigure: Sendable, Hashable {
    package var value: Double
    /// What it is about, Unix milliseconds: a peak's moment, else when it was stored.
    package var time: Int64

    package init(_ value: Double, time: Int64) {
        self.value = value
        self.time = time
    }
}

/// How often and how long a kind of alert was there.
package struct StoredStatistic: Sendable, Hashable {
    package var code: String
    package var variant: String
    package var count: Int
    /// s.
    package var total: Double
    /// s.
    package var longest: Double
    /// Unix milliseconds.
    package var last: Int64

    package init(code: String, variant: String, count: Int, total: Double, longest: Double, last: Int64) {
        self.code = code
        self.variant = variant
        self.count = count
        self.total = total
        self.longest = longest
        self.last = last
    }
}

/// What one commit of the telemetry writes.
package struct TelemetryBatch: Sendable, Hashable {
    /// New or changed.
    package var events: [StoredEvent] = []
    package var figures: [String: StoredFigure] = [:]
    package var statistics: [StoredStatistic] = []

    package init() {}
}

/// What an earlier life left.
package struct TelemetryContents: Sendable, Hashable {
    /// The newest, and all that were active.
    package var events: [StoredEvent]
    package var figures: [String: StoredFigure]
    package var statistics: [StoredStatistic]
    /// The first number that no event has had.
    package var nextEvent: Int
}

/// Which stored events somebody asks for, newest first.
package struct StoredEventQuery: Sendable {
    /// Empty asks for all.
    package var severities: Set<Int> = []
    /// Empty asks for all.
    package var codes: Set<String> = []
    /// Newest at or after this, Unix milliseconds.
    package var since: Int64?
    /// Newest before this, Unix milliseconds.
    package var until: Int64?
    package var isAcknowledged: Bool?
    package var isActive: Bool?
    /// `last` and `id` of the event after which the answer begins.
    package var after: (last: Int64, id: Int)?
    package var limit = 100

    package init() {}
}
