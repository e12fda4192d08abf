import JSONText
import Log
import Storage
import Synchronization
import Testing

@testable import Access

/// Access control with a store in memory, time and randomness of the test's choice, and its log.
final class Bench: Sendable {
    static let password = Secret("correct horse battery")
    static let address = "192.0.2.7"

    let store = MemoryStore()
    let control: AccessControl
    private let clock = Clock()
    private let log = Lines()
    private let told = News()

    /// What the log says, every field of it.
    var lines: [String] { log.all }

    /// What the event list is told.
    var news: [AccessNews] { told.all }

    init() throws {
        control = AccessControl(
            .init(
                store: store, hasher: PasswordHasher(executor: try StorageThread()), clock: { [clock] in clock.now },
                random: SplitMix(state: 7),
                logger: Logger(minimum: .debug, clock: .system) { [log] in log.add($0.json.text) },
                tell: { [told] news in told.add(news) }))
    }

    var now: AccessTime { clock.now }
    func pass(_ time: Duration) { clock.pass(time) }

    /// An unclaimed device and its setup code.
    static func unclaimed() async throws -> (Bench, SetupCode) {
        let bench = try Bench()
        try await bench.control.open()
        let code = try #require(try await bench.store.texts()["setup_code"].flatMap { SetupCode($0) })
        return (bench, code)
    }

    /// A claimed device and its owner's session.
    static func claimed() async throws -> (Bench, SessionID) {
        let (bench, code) = try await unclaimed()
        let session = try await bench.control.claim(code: Secret(code.text), password: password, from: address)
        return (bench, session)
    }

    /// What the control says to a request of a session's page.
    func judge(
        _ session: SessionID?, _ method: String = "GET", _ demand: Demand = Demand(.scope(.read)),
        _ change: (inout AccessRequest) -> Void = { _ in }
    ) -> AccessVerdict {
        var request = AccessRequest.page(session, method)
        change(&request)
        return control.judge(request, demand)
    }

    /// What the control says to a program.
    func judge(_ token: Secret, _ method: String = "GET", _ demand: Demand) -> AccessVerdict {
        var request = AccessRequest.page(nil, method)
        request.isSameOrigin = false
        request.authorization = "Bearer " + token.exposed
        return control.judge(request, demand)
    }

    private final class Clock: Sendable {
        private let time = Mutex(AccessTime(uptime: .seconds(1000), wall: 1_763_640_000_000))
        var now: AccessTime { time.withLock { $0 } }
        func pass(_ span: Duration) {
            time.withLock {
                $0.uptime += span
                $0.wall += Int64(span / .milliseconds(1))
            }
        }
    }

    private final class News: Sendable {
        private let news = Mutex<[AccessNews]>([])
        var all: [AccessNews] { news.withLock { $0 } }
        func add(_ one: AccessNews) { news.withLock { $0.append(one) } }
    }

    private final class Lines: Sendable {
        private let lines = Mutex<[String]>([])
        var all: [String] { lines.withLock { $0 } }
        func add(_ line: String) { lines.withLock { $0.append(line) } }
    }
}

extension AccessRequest {
    /// A request of the device's own page over TLS.
    static func page(_ session: SessionID?, _ method: String = "GET") -> AccessRequest {
        AccessRequest(
            method: method, hasBody: method != "GET", contentType: method == "GET" ? nil : "application/json",
            sessionCookie: session?.text.exposed, crossSiteToken: session?.crossSiteToken.exposed, isOwnHost: true,
            isSameOrigin: true, isSecure: true, isLoopback: false)
    }
}

extension AccessVerdict {
    /// 0 where it is allowed, 308 where it is sent to TLS.
    var status: Int {
        switch self {
        case .allowed: 0
        case .redirected: 308
        case .refused(let refusal): refusal.status
        }
    }
}

/// The status of a refusal; 0 where there was none.
func status(_ body: () async throws -> Void) async -> Int {
    do { try await body() } catch let refusal as AccessRefusal { return refusal.status } catch { return -1 }
    return 0
}

/// A store that may fail.
actor MemoryStore: AccessStore {
    struct Full: Error {}
    private var kept: [String: String] = [:]
    private var isFull = false

    func texts() async throws -> [String: String] { kept }

    func keep(_ texts: [String: String?], isDear: Bool) async throws {
        guard !isFull else { throw Full() }
        for (key, text) in texts { kept[key] = text }
    }

    func fill(_ isFull: Bool = true) { self.isFull = isFull }
}

/// Random numbers that are the same in every run.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
