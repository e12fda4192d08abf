/// The sensors on the cells that a pack surely has, so that one that is gone is a missing input (S24).
///
/// A sensor is known from its third temperature in a row on: a single wild reading of a socket that nothing is plugged into
/// would else forbid charging for good.
struct KnownSensors: Sendable {
    /// Readings in a row that make a sensor known.
    private static let proof = 3

    /// Names of the sensors that are known.
    private(set) var known: Set<SensorName> = []
    /// Readings in a row of those that are not known yet; a pack has two or three sensors.
    private var runs: [(name: SensorName, count: Int)] = []

    /// Looks at the sensors of the newest reading.
    mutating func look(_ sensors: [TemperatureReading]) {
        runs.removeAll { run in !sensors.contains { $0.name == run.name && $0.celsius != nil } }
        for sensor in sensors where sensor.place == .cells && sensor.celsius != nil {
            guard !known.contains(sensor.name) else { continue }
            guard let index = runs.firstIndex(where: { $0.name == sensor.name }) else {
                runs.append((sensor.name, 1))
                continue
            }
            runs[index].count += 1
            guard runs[index].count >= Self.proof else { continue }
            known.insert(sensor.name)
            runs.remove(at: index)
        }
    }
}
