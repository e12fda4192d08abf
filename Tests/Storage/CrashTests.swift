import Glibc
import Storage
import Testing

/// S61. A power cut leaves whatever part of the files had reached the medium: the database as it stood, and the
/// write-ahead log up to some byte behind the last acknowledged commit. Seen red with commits that are no transaction.
@Suite(.timeLimit(.minutes(2))) struct CrashTests {
    private func pair(_ number: Int) throws -> [SettingName: StoredValue] {
        [try name("pair.left"): .int(Int64(number)), try name("pair.right"): .int(Int64(number))]
    }

    /// What a machine finds after the cut.
    private func check(_ folder: String, acknowledged: Int, begun: Int) throws {
        let survivor = try ConfigStore(folder: folder, wallClock: noon)
        #expect(survivor.opening.condition == .intact, "\(survivor.opening.sentence)")
        let left = try survivor.setting(try name("pair.left"), as: .int)
        let right = try survivor.setting(try name("pair.right"), as: .int)
        #expect(left == right, "a broken pair")
        guard case .int(let number) = left else {
            #expect(acknowledged == 0)
            return
        }
        #expect(number >= acknowledged, "an acknowledged change is lost")
        #expect(number <= begun)
        #expect(try survivor.generation() == Int(number))
        survivor.close()
        let database = try Database(path: folder + "/config.sqlite", access: .readOnly)
        #expect(try database.integrityFault() == nil)
    }

    @Test func `S61: over 200 power cuts at any byte of the log keep every acknowledged pair whole`() throws {
        var random = SplitMix(state: 61)
        var cuts = 0
        for _ in 0..<4 { cuts += try cut(commits: 60, &random) }
        #expect(cuts >= 200)
    }

    /// Commits pair after pair and looks, for each, at what a cut somewhere in its writing would have left.
    private func cut(commits: Int, _ random: inout SplitMix) throws -> Int {
        let folder = TemporaryFolder()
        let live = folder.folder("live")
        let store = try ConfigStore(folder: live, wallClock: noon)
        var cuts = 0
        for number in 1...commits {
            let before = TemporaryFolder.read(live + "/config.sqlite") ?? []
            let log = TemporaryFolder.read(live + "/config.sqlite-wal") ?? []
            try store.commit(set: try pair(number), author: "test")
            let after = TemporaryFolder.read(live + "/config.sqlite") ?? []
            let newLog = TemporaryFolder.read(live + "/config.sqlite-wal") ?? []
            // A checkpoint in between rewrites the database itself; SQLite's own tests cover the cut inside it.
            guard before == after, newLog.count > log.count, Array(newLog.prefix(log.count)) == log else { continue }
            let end = Int.random(in: log.count...newLog.count, using: &random)
            // Some cards leave blocks of another file where the end never arrived.
            let length = Bool.random(using: &random) ? 0 : Int.random(in: 0..<600, using: &random)
            let rubbish = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
            let dead = folder.folder("dead\(number)")
            TemporaryFolder.write(after, to: dead + "/config.sqlite")
            TemporaryFolder.write(Array(newLog.prefix(end)) + rubbish, to: dead + "/config.sqlite-wal")
            try check(dead, acknowledged: end == newLog.count ? number : number - 1, begun: number)
            TemporaryFolder.remove(dead)
            cuts += 1
        }
        return cuts
    }

    @Test func `S61: a copy of the files in the middle of a transaction shows none of it`() throws {
        let folder = TemporaryFolder()
        let live = folder.folder("live")
        let store = try ConfigStore(folder: live, wallClock: noon)
        try store.commit(set: try pair(1), author: "test")
        let other = try Database(path: live + "/config.sqlite", access: .readWrite)
        try other.execute("PRAGMA cache_size=1; BEGIN IMMEDIATE; UPDATE setting SET value = 9 WHERE key = 'left'")
        let dead = folder.folder("dead")
        for file in ["/config.sqlite", "/config.sqlite-wal"] {
            TemporaryFolder.write(TemporaryFolder.read(live + file) ?? [], to: dead + file)
        }
        try check(dead, acknowledged: 1, begun: 1)
    }

    @Test(arguments: 0..<20)
    func `S61: a process killed while it commits loses nothing it acknowledged`(round: Int) async throws {
        let folder = TemporaryFolder()
        let path = folder.path
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String, round = round as Int] in
            let store = try ConfigStore(folder: path, wallClock: { 0 })
            // The alarm clock of the process itself: no other process has to find the right moment.
            var timer = itimerval()
            timer.it_value.tv_usec = __suseconds_t(2000 + round * 4000)
            signal(SIGALRM) { _ in kill(getpid(), SIGKILL) }
            setitimer(__itimer_which_t(0), &timer, nil)
            for number in 1...1_000_000 {
                let values: [SettingName: StoredValue] = [
                    try SettingName("pair", "left"): .int(Int64(number)),
                    try SettingName("pair", "right"): .int(Int64(number)),
                ]
                try store.commit(set: values, author: "test")
                TemporaryFolder.write(Array("\(number)".utf8), to: path + "/acknowledged.new")
                rename(path + "/acknowledged.new", path + "/acknowledged")
            }
        }
        let text = String(decoding: TemporaryFolder.read(path + "/acknowledged") ?? [], as: UTF8.self)
        try check(path, acknowledged: Int(text) ?? 0, begun: .max)
    }
}
