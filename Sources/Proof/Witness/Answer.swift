/// A complete answer with the live registers, as an honest reader may believe it.
package struct Answer: Sendable, Hashable {
    /// Number of the pack.
    package let pack: Int
    /// When the request reached the BMS, µs; for an answer without a request that arrived intact, when its last byte
    /// came. No reader began its poll later than that, so no reader's age is smaller than one that counts from here.
    package let began: Int64
    /// When the last byte reached the gateway, µs.
    package let completed: Int64
    /// Whether every careful reader takes it: the request was intact, the answer to it came alone and in time, and
    /// nothing was damaged or missing on the line for `UARTWitness.caution`. Duties count from such answers only, while
    /// every answer counts as something that the gateway may have believed.
    package let isCertain: Bool
    /// What it says.
    package let values: LiveValues
    /// It may say anything else: it was falsified on its way. What it says is then of no account.
    package var isFalsified = false
    /// It says much the same as the one before: a reader that has nothing but a sum to go by (S31) wants to see what is new
    /// twice. Where the checksum is worth more, every answer is.
    package var isConfirmed = true

    init(pack: Int, began: Int64, completed: Int64, isCertain: Bool, values: LiveValues) {
        (self.pack, self.began, self.completed) = (pack, began, completed)
        (self.isCertain, self.values) = (isCertain, values)
    }
}
