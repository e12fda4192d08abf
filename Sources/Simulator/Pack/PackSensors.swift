/// What the BMS measures in one sample: the truth as seen through its sensors, not yet rounded to register steps.
package struct PackMeasurement: Sendable, Hashable {
    /// Cell voltages, V, cell 1 first; 0 for a cell whose sense wire is off.
    package var cells: [Double]
    /// Pack voltage, V, measured on its own divider.
    package var voltage: Double
    /// Pack current, A, positive while charging.
    package var current: Double
    /// External temperature sensors, °C; nil where none is connected.
    package var external: [Double?]
    /// Board temperature, °C.
    package var board: Double
    /// Lowest and highest of `cells`, V.
    package var lowest = 0.0
    package var highest = 0.0

    /// Difference of the highest and the lowest cell, V.
    package var spread: Double { highest - lowest }

    mutating func findExtremes() {
        lowest = .infinity
        highest = -.infinity
        for volts in cells {
            if volts < lowest { lowest = volts }
            if volts > highest { highest = volts }
        }
    }
}

/// What is wrong with one sensor.
package enum SensorFault: Sendable, Hashable {
    /// Reads the same value whatever happens.
    case fixed(Double)
    /// Stays at what it read when the fault began.
    case stuck
    /// Reads the truth plus an offset.
    case offset(Double)
    /// Reads the truth times a factor.
    case gain(Double)
    /// Walks away from the truth, per second.
    case drift(perSecond: Double)
    /// Walks from the last reading, per second, whatever the truth does.
    case ramp(perSecond: Double)
    /// Now and then a single sample reads a wild value.
    case spikes(Double, probability: Double)
    /// Not connected: 0 V for a cell, 0 A for a current sensor, "no sensor" for a temperature.
    case missing
}

/// A sensor and, while it has one, its fault.
package struct Sensor: Sendable, Hashable {
    /// What is wrong; setting it begins the fault anew.
    package var fault: SensorFault? { didSet { drift = 0 } }
    private var drift = 0.0
    /// The last reading, nil when the sensor is missing.
    package private(set) var reading: Double?

    /// Creates a sound sensor with a first reading.
    init(reading: Double?) { self.reading = reading }

    /// Takes a sample of the truth.
    mutating func sample(_ truth: Double, seconds: Double, random: inout SeededRandom) -> Double? {
        guard let fault else {
            reading = truth
            return truth
        }
        switch fault {
        case .fixed(let value): reading = value
        case .stuck: reading = reading ?? truth
        case .offset(let offset): reading = truth + offset
        case .gain(let factor): reading = truth * factor
        case .drift(let perSecond):
            drift += perSecond * seconds
            reading = truth + drift
        case .ramp(let perSecond): reading = (reading ?? truth) + perSecond * seconds
        case .spikes(let value, let probability): reading = random.happens(probability) ? value : truth
        case .missing: reading = nil
        }
        return reading
    }
}

/// Every sensor of a pack.
package struct PackSensors: Sendable, Hashable {
    /// Cell voltages, cell 1 first.
    package var cells: [Sensor]
    /// Pack voltage.
    package var voltage: Sensor
    /// Pack current.
    package var current: Sensor
    /// External temperatures; as many as are connected.
    package var external: [Sensor]
    /// Board temperature.
    package var board: Sensor
    /// Sense wires that are off; empty in a sound pack.
    package var floatingTaps: [FloatingTap] = []
}

/// A sense wire between two cells that is off: its input sags, so that the cell below reads less and the one above reads
/// what the cell below lacks. The sum of the cells stays right.
package struct FloatingTap: Sendable, Hashable {
    /// Position of the cell below the wire, 0 for cell 1.
    package let cell: Int
    private var held = 1.0

    /// Time constant of the input, s.
    private static let sagTime = 3.0

    /// Creates a wire that has just come off.
    package init(cell: Int) { self.cell = cell }

    mutating func read(_ cells: inout [Double], seconds: Double) {
        held /= 1 + seconds / Self.sagTime
        guard cells.indices.contains(cell) else { return }
        let lacks = cells[cell] * (1 - held)
        cells[cell] -= lacks
        if cell + 1 < cells.count { cells[cell + 1] += lacks }
    }
}
