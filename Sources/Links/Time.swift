import CLinux
import Glibc
// Whoever has a loop has moments: one import brings both.
@_exported public import Time

extension Instant {
    /// The present, by the kernel's boot-time clock.
    package static var now: Instant {
        var time = timespec()
        _ = unsafe clock_gettime(CLOCK_BOOTTIME, &time)
        return Instant(sinceBoot: .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec))
    }
}
