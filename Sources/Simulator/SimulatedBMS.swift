/// A front of one BMS family over a simulated pack: bytes in, bytes out. A pure state machine without clock or link.
///
/// Moments are durations since the simulation began, as the wire sees them (a pack that ages faster than real time still
/// speaks at its real pace). Nothing here traps, whatever bytes come in.
package protocol SimulatedBMS: Sendable {
    /// The word of `pack.N.family`.
    var family: String { get }

    /// Speed of the UART, bit/s (8N1).
    var baudRate: Int { get }

    /// The battery behind it.
    var pack: PackModel { get set }

    /// What is wrong inside the BMS itself.
    var condition: BMSCondition { get set }

    /// Takes bytes from the host.
    ///
    /// - Returns: what the BMS sends in answer, each with the time it takes to think.
    mutating func receive(_ bytes: [UInt8], at now: Duration) -> [Transmission]

    /// Lets time pass.
    ///
    /// - Parameters:
    ///   - now: the moment on the wire, never before an earlier one.
    ///   - time: how much the pack ages; at another speed than 1 not the time since the last call.
    ///   - demand: current that the outside wants to flow, A, positive while charging.
    /// - Returns: what the BMS sends by itself.
    mutating func advance(to now: Duration, by time: Duration, demand: Double) -> [Transmission]

    /// Starts anew as after a failure of its supply: a while of silence, then everything but its settings from the
    /// beginning.
    mutating func restart()

    /// Falsifies one of the words of an answer of this family and seals it again with a right checksum. Pure.
    ///
    /// - Parameters:
    ///   - answer: as `receive` gave it; one that holds no words stays as it is.
    ///   - word: what stands there then.
    ///   - place: which of the words, counted round.
    static func falsify(_ answer: inout [UInt8], with word: UInt16, at place: Int)

    /// The bytes of an answer of this family that tell the cells to whoever gets them whole; nil for another answer.
    static func cells(in answer: [UInt8]) -> Range<Int>?

    /// A temperature as the family's answers tell it, °C; nil where they say that there is no sensor.
    static func told(_ celsius: Double) -> Double?

    /// What counts on while the BMS lives; nil for a family whose answers have nothing of the kind.
    var runningCounter: UInt32? { get }
}

/// Bytes that a BMS sends.
package struct Transmission: Sendable, Hashable {
    /// Time from the event that caused it to its first byte on the wire.
    package var delay: Duration
    /// The bytes, one after the other at the speed of the UART.
    package var bytes: [UInt8]
    /// Whether it is broadcast text, which an answer interrupts.
    package var isText: Bool

    /// Creates a transmission.
    package init(after delay: Duration, _ bytes: [UInt8], isText: Bool = false) {
        self.delay = delay
        self.bytes = bytes
        self.isText = isText
    }
}

/// What is wrong inside a BMS.
package struct BMSCondition: Sendable, Hashable {
    /// Answers come from a buffer that nothing fills any more: every live value stays.
    package var freezesReadings = false
    /// The running counter alone stands still.
    package var freezesCounter = false
    /// Every live value is the family's word for "not measured".
    package var lacksReadings = false
    /// Every live value is any number that fits into it, another in every answer.
    package var inventsReadings = false
    /// Whatever is sent, the BMS does not wake.
    package var staysAsleep = false

    /// Creates the condition of a sound BMS.
    package init() {}
}
