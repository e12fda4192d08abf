/// How the opening of the configuration went.
package struct ConfigOpening: Sendable, Hashable {
    /// What became of the file.
    package enum Condition: String, Sendable, Hashable {
        /// The file was as it was left.
        case intact
        /// There was none: a first start.
        case created
        /// The file was damaged or lost, or its newest changes were; the newest good state stands in.
        case restored
        /// The file was damaged or lost and so was every backup: nothing is configured.
        case factoryDefaults = "factory_defaults"
        /// The medium cannot be written: values can be read, and every change is refused until the next start.
        case readOnly = "read_only"
    }

    package var condition: Condition
    /// What happened, in one sentence.
    package var sentence: String

    /// Whether somebody should be told (S65: an event is logged).
    package var isFault: Bool { condition != .intact && condition != .created }
}
