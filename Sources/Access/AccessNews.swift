package import JSONText
package import Log

/// Something about claims, log-ins and tokens that is worth a line in the log and in the event list (S90). It holds no
/// secret (S91).
package struct AccessNews: Sendable, Hashable {
    package var level: LogLevel
    /// `access.log_in`.
    package var name: String
    package var sentence: String
    package var fields: [JSONValue.Member]
}
