/// What a stream parser counted since it was made.
package struct StreamCounters: Sendable, Hashable {
    /// Bytes that belong to no accepted frame.
    package var skippedBytes = 0
    /// Frames that begin like the pending answer and fail the checksum.
    package var checksumErrors = 0
    /// Good frames that answer something else.
    package var discardedFrames = 0

    package init() {}
}
