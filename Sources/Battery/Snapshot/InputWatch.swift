/// Tells which cells and temperature sensors of a pack were there and are gone, and which came back: a limit that fell
/// for want of an input names it so (S24, S90).
package struct InputWatch: Sendable {
    /// One change.
    package enum Change: Sendable, Hashable {
        /// A cell cannot be read, or stands still while the others move; numbered from 1.
        case cellLost(Int)
        case cellBack(Int)
        /// A temperature sensor is gone; what is left to go by.
        case sensorLost(String, others: Int)
        case sensorBack(String)
    }

    private var cells: Set<Int> = []
    private var lostCells: Set<Int> = []
    private var sensors = KnownSensors()
    private var lostSensors: Set<String> = []

    /// Knows of nothing yet.
    package init() {}

    /// Looks at the newest snapshot.
    package mutating func changes(_ snapshot: PackSnapshot) -> [Change] {
        var changes: [Change] = []
        for (index, volts) in snapshot.reading.cells.enumerated() {
            if volts != nil {
                cells.insert(index)
                if lostCells.remove(index) != nil { changes.append(.cellBack(index + 1)) }
            } else if cells.contains(index), lostCells.insert(index).inserted {
                changes.append(.cellLost(index + 1))
            }
        }
        sensors.look(snapshot.reading.temperatures)
        let probes = snapshot.reading.temperatures.filter { $0.place == .cells }
        for probe in probes {
            if probe.celsius != nil {
                if lostSensors.remove(probe.name) != nil { changes.append(.sensorBack(probe.name)) }
            } else if sensors.known.contains(probe.name), lostSensors.insert(probe.name).inserted {
                changes.append(.sensorLost(probe.name, others: probes.count { $0.celsius != nil }))
            }
        }
        return changes
    }
}
