import Access
package import Actors
import BMSProtocols
import HTTP
import JSONText
package import Links
import Log
import Synchronization

/// The one way to what a BMS itself holds: its settings and its switches.
///
/// It is asked and written between the polls, by one writer at a time, and whatever was written is told to the log and to
/// the list of events with its author (S75).
package final class BMSDesk: Sendable {
    /// Who may write: an administrator who has just given the password (S75).
    static let guarded = Demand(.scope(.admin), needsFreshPassword: true)

    let clock: any GatewayClock
    private let errands: @Sendable (Int) -> (errands: PackErrands, family: String)?
    /// Whether nothing speaks against a pack's BMS: it answers, or nobody has asked it yet.
    private let isPromising: @Sendable (Int) -> Bool
    private let report: EventReport
    /// Packs that are being written to.
    private let writing = Mutex<Set<Int>>([])

    /// How long one errand may take in all: a poll, its answer, and some patience.
    private static let patience: Duration = .seconds(5)

    /// Makes the desk; `errands` are those of a pack, nil where there is no such pack; `isPromising` says whether its BMS
    /// may answer in a moment; `report` takes what was written.
    package init(
        errands: @escaping @Sendable (Int) -> (errands: PackErrands, family: String)?,
        isPromising: @escaping @Sendable (Int) -> Bool = { _ in false }, clock: any GatewayClock,
        report: @escaping EventReport
    ) {
        self.errands = errands
        self.isPromising = isPromising
        self.clock = clock
        self.report = report
    }

    /// The family that a pack speaks.
    ///
    /// - Throws: 404 where there is no such pack.
    func family(of number: Int) throws -> String {
        guard let pack = errands(number) else { throw Problem.notFound("pack \(number)") }
        return pack.family
    }

    /// One errand, with a limit. Where the poller is only just beginning, after a change of the configuration, it is waited
    /// for.
    func run<Result: Sendable>(
        _ number: Int, _ length: PackErrands.Length = .short, _ work: @escaping PackErrands.Work<Result>
    ) async throws(PackErrands.Failure) -> Result {
        let deadline = clock.now + Self.patience
        while true {
            guard let pack = errands(number)?.errands else { throw .absent }
            do throws(PackErrands.Failure) {
                return try await pack.run(
                    length, giveUp: { [clock] in try? await clock.sleep(for: Self.patience) }, work)
            } catch {
                guard error == .absent, isPromising(number), clock.now < deadline, !Task.isCancelled else {
                    throw error
                }
                try? await clock.sleep(for: .milliseconds(200))
            }
        }
    }

    /// Writes to a pack's BMS while nobody else does, and tells what came of it.
    ///
    /// - Parameters:
    ///   - number: the pack.
    ///   - code: word of the event.
    ///   - author: who wants it.
    ///   - body: writes and reads back.
    /// - Returns: what `body` gave.
    /// - Throws: 409 while another write is under way; what `body` throws, which has written nothing then.
    func write(
        to number: Int, _ code: String, author: String, _ body: () async throws -> [BMSWriteResult]
    ) async throws -> [BMSWriteResult] {
        guard writing.withLock({ $0.insert(number).inserted }) else {
            throw Problem.conflict("Something is being written to the BMS of pack \(number): try again in a moment.")
        }
        defer { writing.withLock { _ = $0.remove(number) } }
        let results = try await body()
        for result in results { report(result.event(code, pack: number, author: author)) }
        return results
    }
}

/// What became of one value that was to be written into a BMS.
struct BMSWriteResult: Sendable, Hashable {
    var name: String
    /// Register, where there is one.
    var number: Int?
    var old: JSONValue
    var new: JSONValue
    var readBack: JSONValue
    /// What speaks against it; nil for a value that was taken.
    private(set) var problem: String?

    /// A result: only what reads back as it was written (`isTaken`) was taken, and only where nothing went wrong on the way
    /// (`complaint`).
    init(
        _ name: String, number: Int? = nil, old: JSONValue, new: JSONValue, readBack: JSONValue, isTaken: Bool,
        complaint: String?
    ) {
        (self.name, self.number, self.old, self.new) = (name, number, old, new)
        self.readBack = readBack
        problem = isTaken ? complaint : complaint ?? "the BMS did not take it"
    }

    var isTaken: Bool { problem == nil }

    /// As the API shows it.
    var json: JSONValue { .object(members) }

    /// As log and list of events tell it, with pack and author.
    func event(_ code: String, pack: Int, author: String) -> GatewayEvent {
        let outcome = problem.map { "failed: \($0)" } ?? "was read back"
        return GatewayEvent(
            isTaken ? .notice : .warning, code,
            "pack \(pack): \(author) wrote \(name) into the BMS, \(old.text) -> \(new.text), which \(outcome)",
            [.init("pack", .integer(pack)), .init("author", .string(author))] + members)
    }

    static let members: [Shape.Field] = [.must("ok", .bool), .must("problem", .remark)]

    private var members: [JSONValue.Member] {
        [.init("name", .string(name))] + (number.map { [.init("number", .integer($0))] } ?? []) + [
            .init("old", old), .init("new", new), .init("read_back", readBack), .init("ok", .bool(isTaken)),
            .init("problem", .init(problem)),
        ]
    }
}
