import Battery
import Log
import Proof
package import Simulator
import Synchronization

/// Tells scenarios in simulated worlds, each beside the same world without its faults.
package enum StoryBook {
    /// What came of each scenario, in their order. Runs on the calling thread.
    ///
    /// - Throws: `WorldError` where no folder can be made for a world's files.
    package static func outcomes(of scenarios: [Scenario]) throws(WorldError) -> [StoryOutcome] {
        let stories = scenarios.map(Story.init)
        // Scenarios that differ in their faults alone share one calm world, as long as the longest of them.
        var lengths: [Scenario: Double] = [:]
        for story in stories { lengths[bare(story.scenario), default: 0].formMaximum(story.seconds) }
        var calm: [Scenario: StoryRecord] = [:]
        var outcomes: [StoryOutcome] = []
        for story in stories {
            let key = bare(story.scenario)
            let usual: StoryRecord
            if let known = calm[key] {
                usual = known
            } else {
                usual = try record(of: story.calm(seconds: lengths[key] ?? story.seconds))
                calm[key] = usual
            }
            outcomes.append(StoryOutcome(story, try record(of: story.setup), calm: usual))
        }
        return outcomes
    }

    // MARK: - Private

    /// The scenario without anything that its calm world does not depend on.
    private static func bare(_ scenario: Scenario) -> Scenario {
        var bare = Scenario(name: "", pack: scenario.pack, profile: scenario.profile)
        bare.packs = scenario.packs
        return bare
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
                        event: line.event, text: line.text, isGrave: line.level >= .warning)
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

extension Double {
    fileprivate mutating func formMaximum(_ other: Double) { self = max(self, other) }
}
