package import JSONText
package import Log

/// Something that changed and is worth a line in the log and in the event list (S90).
package struct GatewayEvent: Sendable, Hashable {
    package var level: LogLevel
    /// Kind, in snake case: `stage`, `limit_fell`, `bms_link`.
    package var name: String
    /// The change in one sentence.
    package var sentence: String
    package var fields: [JSONValue.Member]

    package init(_ level: LogLevel, _ name: String, _ sentence: String, _ fields: [JSONValue.Member] = []) {
        self.level = level
        self.name = name
        self.sentence = sentence
        self.fields = fields
    }
}

extension GatewayEvent {
    /// The event as local programs and the API see it.
    package var json: JSONValue {
        [
            "name": .string(name), "level": .string(level.rawValue), "text": .string(sentence),
            "fields": .object(fields),
        ]
    }
}

/// Where actors tell what changed; never blocks. The composition root hands in log and broadcast together.
package typealias EventReport = @Sendable (GatewayEvent) -> Void
