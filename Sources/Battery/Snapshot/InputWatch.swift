/// Tells which cells and temperature sensors of a pack were there and are gone, and which came back: a limit that fell
/// for want of an input names it so (S24, S90).
package struct InputWatch: Sendable {
    /// One change.
    package enum Change: Sendable, Hashable {
        /// A cell cannot be read, or stands still while the others move; numbered from 1.
        case cellLost(Int)
        case cellBack(Int)
        /// A temperature sensor is gone; what is left to go by.
        case sensorLost(SensorName, others: Int)
        case sensorBack(SensorName)
    }

    /// Whether an input was ever there, and still is.
    private enum Presence: Sendable {
        case unseen, present, lost

        /// Takes the newest look; tells whether the input was lost (true) or came back (false).
        mutating func look(isThere: Bool) -> Bool? {
            switch (self, isThere) {
            case (.present, false):
                self = .lost
                return true
            case (.lost, true):
                self = .present
                return false
            case (.unseen, true): self = .present
            case (.unseen, false), (.present, true), (.lost, false): break
            }
            return nil
        }
    }

    private var cells: [Presence] = []
    private var sensors = KnownSensors()
    private var lostSensors: Set<SensorName> = []

    /// Knows of nothing yet.
    package init() {}

    /// Looks at the newest snapshot.
    package mutating func changes(_ snapshot: PackSnapshot) -> [Change] {
        let reading = snapshot.reading
        var changes: [Change] = []
        while cells.count < reading.cells.count { cells.append(.unseen) }
        for (index, volts) in reading.cells.enumerated() {
            guard let isLost = cells[index].look(isThere: volts != nil) else { continue }
            changes.append(isLost ? .cellLost(index + 1) : .cellBack(index + 1))
        }
        sensors.look(reading.temperatures)
        for probe in reading.temperatures where probe.place == .cells {
            let isLost = probe.celsius == nil
            if isLost {
                guard sensors.known.contains(probe.name), lostSensors.insert(probe.name).inserted else { continue }
            } else {
                guard lostSensors.remove(probe.name) != nil else { continue }
            }
            let others = reading.temperatures.count { $0.place == .cells && $0.celsius != nil }
            changes.append(isLost ? .sensorLost(probe.name, others: others) : .sensorBack(probe.name))
        }
        return changes
    }
}
