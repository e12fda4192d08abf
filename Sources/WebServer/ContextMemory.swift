import CWebSockets
import Glibc
import Synchronization

/// What the library keeps pointers to for as long as its context lives.
///
/// `@safe`: allocated once, freed by the owner of the context after it.
@safe
final class ContextMemory {
    let protocols = UnsafeMutablePointer<lws_protocols>.allocate(capacity: 2)
    let alarm = UnsafeMutablePointer<lws_sorted_usec_list_t>.allocate(capacity: 1)
    let name = unsafe strdup("web")
    let plainName = unsafe strdup("plain")
    let secureName = unsafe strdup("secure")

    init() {
        unsafe protocols.initialize(repeating: lws_protocols(), count: 2)
        unsafe alarm.initialize(to: lws_sorted_usec_list_t())
    }

    deinit {
        unsafe protocols.deallocate()
        unsafe alarm.deallocate()
        unsafe free(name)
        unsafe free(plainName)
        unsafe free(secureName)
    }
}

/// What libwebsockets last complained about: it returns no reasons.
enum Complaints {
    private static let text = Mutex("")

    /// Takes the library's errors instead of standard error. For the process: the library has one log.
    static func collect() {
        text.withLock { $0 = "" }
        unsafe lws_set_log_level(Int32(LLL_ERR)) { _, line in
            guard let line = unsafe line else { return }
            let words = unsafe String(cString: line)
            Complaints.text.withLock { if $0.isEmpty { $0 = words } }
        }
    }

    static var last: String? {
        let text = text.withLock { $0 }
        // Time and level stand in front, in brackets and after a colon.
        let line = text.split(separator: "E: ", maxSplits: 1).last.map { $0.trimmingLineEnd }
        return line?.isEmpty ?? true ? nil : line
    }
}

extension Substring {
    fileprivate var trimmingLineEnd: String {
        var rest = self
        while let last = rest.last, last.isWhitespace { rest.removeLast() }
        return String(rest)
    }
}
