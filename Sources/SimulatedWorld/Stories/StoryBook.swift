import Battery
import Log
import Proof
import Simulator
import Synchronization

/// Tells scenarios in simulated worlds, each beside the same world without its faults.
package enum StoryBook {
    /// What came of each story, in their order.
    ///
    /// - Parameters:
    ///   - stories: what to tell.
    ///   - jobs: how many threads, at least 1.
    /// - Returns: one outcome a story.
    /// - Throws: `WorldError` where no folder can be made for a world's files; `DedicatedThread.StartFailure`.
    package static func outcomes(of stories: [Story], jobs: Int = 2) async throws -> [StoryOutcome] {
        // Stories that differ in their faults alone share one calm world, as long as the longest of them.
        var lengths: [Story: Double] = [:]
        for story in stories { lengths[bare(story)] = max(lengths[bare(story)] ?? 0, story.seconds) }
        var found: Set<Story> = []
        let calm = stories.filter { lengths[bare($0)] == $0.seconds && found.insert(bare($0)).inserted }
        let setups = calm.map { $0.calm(seconds: $0.seconds) } + stories.map(\.setup)
        let records = try await records(of: setups, jobs: jobs)
        var usual: [Story: StoryRecord] = [:]
        for (story, record) in zip(calm, records) { usual[bare(story)] = record }
        return zip(stories, records.dropFirst(calm.count)).map { story, record in
            StoryOutcome(story, record, calm: usual[bare(story)] ?? StoryRecord())
        }
    }

    // MARK: - Private

    /// The story without anything that its calm world does not depend on.
    private static func bare(_ story: Story) -> Story {
        var bare = Scenario(name: "", pack: story.scenario.pack, profile: story.scenario.profile)
        bare.packs = story.scenario.packs
        return Story(bare, family: story.family)
    }

    private static func records(of setups: [WorldSetup], jobs: Int) async throws -> [StoryRecord] {
        let next = Mutex(0)
        let done = Mutex<[Int: Result<StoryRecord, WorldError>]>([:])
        let (ends, end) = AsyncStream.makeStream(of: Void.self)
        for number in 1...max(1, jobs) {
            // Ends with the last world.
            _ = try DedicatedThread(named: "story \(number)") {
                while let index = next.withLock({ next -> Int? in
                    defer { next += 1 }
                    return setups.indices.contains(next) ? next : nil
                }) {
                    let result = Result { () throws(WorldError) in try record(of: setups[index]) }
                    let isLast = done.withLock { done in
                        done[index] = result
                        return done.count == setups.count
                    }
                    if isLast { end.finish() }
                }
            }
        }
        if !setups.isEmpty { for await _ in ends {} }
        return try setups.indices.compactMap { index in try done.withLock { $0[index] }?.get() }
    }

    /// The text with the folder of the run, which has another name each time, as STATE.
    private static func withoutFolder(_ text: String) -> String {
        text.split(separator: " ", omittingEmptySubsequences: false)
            .map { $0.contains("/cellbridge-world-") ? "STATE" : $0 }.joined(separator: " ")
    }

    private static func record(of setup: WorldSetup) throws(WorldError) -> StoryRecord {
        struct Heard { var (began, lines): (Double, [StoryRecord.Since<StoryRecord.Sentence>]) = (0, []) }
        let heard = Mutex(Heard())
        let outcome = try World(
            setup, onlooker: StoryRecord(),
            trace: .init(
                happened: { happening, microseconds in
                    guard case .processBegan = happening else { return }
                    heard.withLock { $0.began = Double(microseconds) / 1e6 }
                },
                logged: { line in
                    let sentence = StoryRecord.Sentence(
                        event: line.event, text: withoutFolder(line.text), isGrave: line.level >= .warning)
                    heard.withLock { heard in
                        heard.lines.append(.init(at: heard.began + line.uptime.seconds, value: sentence))
                    }
                })
        ).run()
        var record = outcome.onlooker as? StoryRecord ?? StoryRecord()
        record.sentences = heard.withLock { $0.lines }
        return record
    }
}
