import Glibc
import Links
import Storage
import Testing

/// A state folder with two settings that are always changed together, so that half a change shows.
struct StoredPair: Sendable {
    let folder: String
    var state: String { folder + "/state" }

    /// A folder of its own, without a configuration.
    init() throws { folder = try TemporaryFolder.make(inMemory: true) }

    /// A folder in which the pair was set to 1 and then to 2.
    static func changedTwice(on loop: EventLoop) async throws -> StoredPair {
        let pair = try StoredPair()
        for number in 1...2 {
            let child = try await Child.start(pair.setting(number), on: loop)
            #expect(await child.end(within: .seconds(20)) == .exited(0), "\(child.story)")
        }
        return pair
    }

    func remove() { TemporaryFolder.remove(folder) }

    /// Every file and folder of the configuration.
    var files: [String] {
        [state, state + "/backup"] + ["", "-wal", "-shm"].map { state + "/config.sqlite" + $0 }
            + TemporaryFolder.names(in: state + "/backup").map { state + "/backup/" + $0 }
    }

    /// Words that set the pair as a user does.
    func setting(_ number: Int) -> [String] {
        ["config", "set", "pack.1.max_charge_a=\(number)", "pack.1.max_discharge_a=\(number)", "--state", state]
    }

    /// Words that import a whole configuration with the pair in it.
    func importing(_ number: Int) throws -> [String] {
        let file = folder + "/import.json"
        let text = """
            {"format":1,"values":{"pack.1.max_charge_a":\(number),"pack.1.max_discharge_a":\(number),\
            "pack.1.name":"pack \(number)","pack.1.cells":16,"pack.1.capacity_ah":280,"pack.1.chemistry":"lfp"}}
            """
        let descriptor = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        defer { close(descriptor) }
        guard write(descriptor, text, text.utf8.count) == text.utf8.count else {
            throw Bench.Missed(description: "\(file) cannot be written, errno \(errno)")
        }
        return ["config", "import", file, "--state", state]
    }

    /// What is stored, verified, without changing anything; nil before the first change.
    ///
    /// - Throws: `StorageError` for a file that is damaged, SQLite's integrity check included.
    func look() throws -> Int? { try number(ConfigStore(reading: state)) }

    /// What a start finds, and how it went.
    func start() throws -> (number: Int?, opening: ConfigOpening) {
        let store = try ConfigStore(folder: state, wallClock: { 0 })
        defer { store.close() }
        return (try number(store), store.opening)
    }

    /// Copies the state as it is.
    func copy() throws -> StoredPair {
        let copy = try StoredPair()
        guard system("cp -r '\(state)' '\(copy.state)'") == 0 else {
            throw Bench.Missed(description: "\(state) cannot be copied")
        }
        return copy
    }

    private func number(_ store: ConfigStore) throws -> Int? {
        let one = try store.setting(SettingName("pack.1", "max_charge_a"))
        let other = try store.setting(SettingName("pack.1", "max_discharge_a"))
        #expect(one == other, "S61: half a change")
        guard case .float(let number) = one else { return nil }
        return Int(number)
    }
}
