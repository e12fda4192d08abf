import Battery
import Simulator

/// docs/failure-modes.md: what came of every scenario.
package enum FailureModesDocument {
    /// The page, one table for each kind of failure, and one of what other families make of some.
    package static func markdown(_ outcomes: [StoryOutcome], families: [StoryOutcome] = []) -> String {
        var lines = [introduction]
        for chapter in Chapter.allCases {
            let told = outcomes.filter { Chapter(of: $0.story.scenario) == chapter }
            guard !told.isEmpty else { continue }
            lines += ["", "## " + chapter.rawValue, "", heading, line]
            lines += told.map(row)
            if chapter == .stories { lines += otherMakes(families) }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    // MARK: - Private

    private static let introduction = """
        # Failure modes

        What the inverter and the user see when something fails: measured, not promised. Each scenario of `Resources/scenarios`
        is run in a simulated world on virtual time, beside the same world in which nothing goes wrong; everything in the
        first six columns but the sentences is read from the frames on the CAN wire. `cellbridge simulate scenarios` runs
        them, `make failure-modes` writes this page, and a test holds the page to the program.

        - **Seen after**: time from the first fault to the first frame that differs for the worse; a GX that hears nothing for
          3 s has lost the battery. *never* where no frame differs.
        - **Limits**: CVL in V / CCL in A / DCL in A at the fault, and 1, 10 and 60 s after it; *silent* where the GX has lost the
          battery, = where they are as before.
        - **Alarms**: what frame 0x35A shows beyond the calm world; warnings in italics.
        - **What the user reads**: the first sentences of the log that the calm world does not have, with their time.
        - **Back after**: time from the end of the last fault until the frames are as in the calm world again.

        The packs are of 16 LFP cells and 280 Ah with limits of 100 A and 150 A where the scenario does not say otherwise.
        """

    /// Story by story, family by family.
    private static func otherMakes(_ outcomes: [StoryOutcome]) -> [String] {
        guard !outcomes.isEmpty else { return [] }
        let rows = outcomes.map { outcome in
            let remark = outcome.story.remark.map { "*\($0)*<br>" } ?? ""
            return [
                outcome.story.scenario.name.split(separator: "-").prefix(2).joined(separator: " "),
                "`\(outcome.story.family)`", seen(outcome), limits(outcome), alarms(outcome),
                remark + sentences(outcome), back(outcome),
            ]
        }
        return ["", familiesIntroduction, "", familiesHeading, line] + rows.map(row)
    }

    private static let familiesIntroduction = """
        ### The same with every make

        Six of these stories begin in the BMS or at its cable. Here they are told with packs of each family that the gateway
        speaks, measured in the same way. Daly's frames come once in 1.2 s and JBD's, JK's and Daly's values are believed when
        they were seen twice, so that a trouble of one poll may not show, and one that lasts shows a poll later.
        """

    private static let familiesHeading =
        "| Story | Family | Seen after | Limits at the fault → 1 s → 10 s → 60 s | Alarms | What the user reads | Back after |"
    private static let line = "|" + String(repeating: " --- |", count: 7)

    private static let heading =
        "| Scenario | What goes wrong, and what is to be expected | Seen after | Limits at the fault → 1 s → 10 s → 60 s | Alarms | What the user reads | Back after |"

    private enum Chapter: String, CaseIterable {
        case stories = "Failures of the field"
        case wire = "The wire and the BMS"
        case sensors = "The BMS's measurements"
        case battery = "The battery"
        case world = "Around the packs"
        case sound = "Sound packs"

        init(of scenario: Scenario) {
            if scenario.name.hasPrefix("story-") || scenario.name.hasPrefix("trap-") {
                self = .stories
            } else if let last = scenario.faults.first(where: { $0.misbehaviour.kind != .protectionOff }) {
                switch last.misbehaviour.kind.origin {
                case .wire: self = .wire
                case .bms
                where last.misbehaviour.kind != .chargeCounter
                    && last.misbehaviour.kind != .chargeCounterStuck:
                    self = .wire
                case .bms, .sensor: self = .sensors
                case .battery: self = .battery
                }
            } else {
                self = scenario.world.isEmpty ? .sound : .world
            }
        }
    }

    private static func row(_ outcome: StoryOutcome) -> String {
        let scenario = outcome.story.scenario
        let shows = scenario.shows.isEmpty ? "" : " (\(scenario.shows.joined(separator: ", ")))"
        let cells = [
            "`\(scenario.name)`", "\(scenario.description) *\(scenario.expectation)*\(shows)",
            seen(outcome), limits(outcome), alarms(outcome), sentences(outcome), back(outcome),
        ]
        return row(cells)
    }

    private static func seen(_ outcome: StoryOutcome) -> String {
        outcome.story.began == nil ? "" : outcome.seenAfter.map(time) ?? "never"
    }

    private static func row(_ cells: [String]) -> String {
        "| " + cells.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |"
    }

    private static func time(_ seconds: Double) -> String {
        seconds < 100 ? "\(seconds.decimal(1)) s" : "\(seconds.decimal(0)) s"
    }

    private static func limits(_ outcome: StoryOutcome) -> String {
        var last: StoryRecord.Limits??
        return outcome.limits.map { moment in
            defer { last = .some(moment.limits) }
            if let last, last == moment.limits { return "=" }
            guard let limits = moment.limits else { return "silent" }
            return [limits.chargeVoltage, limits.chargeCurrent, limits.dischargeCurrent].map { $0.decimal(1) }
                .joined(separator: " / ")
        }.joined(separator: " → ")
    }

    private static func alarms(_ outcome: StoryOutcome) -> String {
        (outcome.alarms + outcome.warnings.map { "*\($0)*" } + (outcome.wasSilent ? ["battery lost"] : []))
            .joined(separator: ", ")
    }

    /// The first grave sentences, one of each kind of event; without grave ones the first two of any.
    private static func sentences(_ outcome: StoryOutcome) -> String {
        var kinds: Set<String> = []
        let grave = outcome.sentences.filter {
            $0.value.isGrave && kinds.insert($0.value.event + $0.value.text.prefix(12)).inserted
        }
        let chosen = grave.isEmpty ? Array(outcome.sentences.prefix(2)) : Array(grave.prefix(4))
        return chosen.map { "\(time($0.at)): \($0.value.text)" }.joined(separator: "<br>")
    }

    private static func back(_ outcome: StoryOutcome) -> String {
        guard outcome.story.began != nil else { return "" }
        if outcome.seenAfter == nil { return "" }
        if outcome.isLatched { return "latched: once it is acknowledged" }
        if outcome.story.ended == nil { return "it lasts" }
        return outcome.backAfter.map(time) ?? "not within 3 minutes"
    }
}
