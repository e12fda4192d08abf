import CLinux

/// What a watched descriptor is ready for.
package struct DescriptorReadiness: OptionSet, Sendable, Hashable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) { self.rawValue = rawValue }

    /// A read would not wait.
    package static let readable = DescriptorReadiness(rawValue: 1)
    /// A write would not wait.
    package static let writable = DescriptorReadiness(rawValue: 2)
    /// The other side is gone, or the descriptor has an error to report. Always told, whether asked for or not.
    package static let hangUp = DescriptorReadiness(rawValue: 4)

    /// From the bits of an epoll event.
    init(events: UInt32) {
        self = []
        if events & EPOLLIN.rawValue != 0 { insert(.readable) }
        if events & EPOLLOUT.rawValue != 0 { insert(.writable) }
        if events & (EPOLLHUP.rawValue | EPOLLERR.rawValue | EPOLLRDHUP.rawValue) != 0 { insert(.hangUp) }
    }

    /// The bits to ask epoll for: level-triggered.
    var events: UInt32 {
        var events: UInt32 = EPOLLRDHUP.rawValue
        if contains(.readable) { events |= EPOLLIN.rawValue }
        if contains(.writable) { events |= EPOLLOUT.rawValue }
        return events
    }
}

/// A descriptor watched by an `EventLoop`.
package struct DescriptorWatch: Sendable, Hashable {
    /// Unique for the life of the loop, unlike descriptor numbers, which the kernel reuses at once.
    let token: UInt64
    let descriptor: Int32
}
