package import Battery

/// How the sensors on a pack's cells differ, and how fast each gets warmer. Own, from the sensors that the BMS reports.
package struct TemperatureTrend: Sendable {
    /// The fastest change of all sensors.
    package struct Rate: Sendable, Hashable {
        package var sensor: SensorName
        /// K/min, negative where it gets colder.
        package var kelvinPerMinute: Double
    }

    /// Readings of a stretch of time.
    private struct Slot {
        var number = Int.min
        var count = 0.0
        /// Of the times, s since `number`'s begin.
        var times = 0.0
        /// Of the temperatures, °C.
        var temperatures = 0.0
    }

    private struct Sensor {
        var name: SensorName
        var slots = [Slot](repeating: Slot(), count: TemperatureTrend.slotCount)
    }

    /// The slope is taken over 5 minutes, in 20 slots of 15 s.
    private static let slotCount = 20
    private static let width = 15.0
    /// Slots that must have readings before a slope is told.
    private static let least = 10
    /// More sensors than any family has are not followed.
    private static let mostSensors = 16

    /// Warmest minus coldest sensor on the cells in the newest live reading, K; nil with fewer than two.
    package private(set) var spread: Double?
    private var sensors: [Sensor] = []

    package init() {}

    /// Takes the sensors of a live reading.
    package mutating func add(_ readings: [TemperatureReading], at time: Instant) {
        var (coldest, warmest, count) = (Double.infinity, -Double.infinity, 0)
        for reading in readings where reading.place == .cells {
            guard let celsius = reading.celsius, celsius.isFinite else { continue }
            (coldest, warmest, count) = (min(coldest, celsius), max(warmest, celsius), count + 1)
            add(celsius, of: reading.name, at: time.sinceBoot.seconds)
        }
        spread = count > 1 ? warmest - coldest : nil
    }

    /// The newest reading is no longer live.
    package mutating func lose() { spread = nil }

    /// The fastest change over the last 5 minutes, by least squares; nil while less than half of them is known.
    package func rate(at now: Instant) -> Rate? {
        let fastest = sensors.lazy.compactMap { sensor in
            slope(sensor, at: now).map { Rate(sensor: sensor.name, kelvinPerMinute: $0 * 60) }
        }
        return fastest.max { abs($0.kelvinPerMinute) < abs($1.kelvinPerMinute) }
    }

    // MARK: - Private

    /// Which stretch of time a moment is in; nil for none that this computer will see.
    private static func number(_ seconds: Double) -> Int? {
        let number = seconds / width
        return number >= 0 && number < 1e15 ? Int(number) : nil
    }

    private mutating func add(_ celsius: Double, of name: SensorName, at seconds: Double) {
        guard let number = Self.number(seconds) else { return }
        if !sensors.contains(where: { $0.name == name }), sensors.count < Self.mostSensors {
            sensors.append(Sensor(name: name))
        }
        guard let index = sensors.firstIndex(where: { $0.name == name }) else { return }
        let place = number % Self.slotCount
        if sensors[index].slots[place].number != number { sensors[index].slots[place] = Slot(number: number) }
        sensors[index].slots[place].count += 1
        sensors[index].slots[place].times += seconds - Double(number) * Self.width
        sensors[index].slots[place].temperatures += celsius
    }

    /// K/s.
    private func slope(_ sensor: Sensor, at now: Instant) -> Double? {
        guard let newest = Self.number(now.sinceBoot.seconds) else { return nil }
        let slots = sensor.slots.filter { $0.number <= newest && $0.number > newest - Self.slotCount && $0.count > 0 }
        guard slots.count >= Self.least else { return nil }
        // From the newest slot's begin, so that no digits are lost.
        let points = slots.map { slot in
            (
                time: Double(slot.number - newest) * Self.width + slot.times / slot.count,
                celsius: slot.temperatures / slot.count
            )
        }
        let count = Double(points.count)
        let (meanTime, meanCelsius) = points.reduce((0, 0)) { ($0.0 + $1.time / count, $0.1 + $1.celsius / count) }
        let (both, square) = points.reduce((0.0, 0.0)) { sums, point in
            let distance = point.time - meanTime
            return (sums.0 + distance * (point.celsius - meanCelsius), sums.1 + distance * distance)
        }
        return square > 0 ? both / square : nil
    }
}
