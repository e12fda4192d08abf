/// What is known of one pack since the gateway's process began.
///
/// Two views: *possible*, every answer that the gateway may have believed, which excuses it; and *certain*, the answers
/// that it must have believed, which oblige it.
struct PackScene {
    /// What the user confirmed, as it counts now (`Standards`).
    var settings: SitePack
    private var witness: UARTWitness
    /// Instead of it where the world tells what the pack says.
    private var told = ToldWitness()

    /// When anything was sent to the BMS last.
    private(set) var asked: Int64 = 0

    // MARK: Possible

    /// Beginning of the newest answer of any kind.
    private(set) var heard: Int64?
    /// End of it: the last valid byte.
    private(set) var lastByte: Int64?
    /// Beginning of the newest answer that holds all that limits need.
    private(set) var whole: Int64?
    /// Beginning of the newest answer that holds at least one cell.
    private(set) var anyCell: Int64?
    /// When voltage or current, and when the state of charge, were missing last: what is unknown is in no frame (S21).
    private(set) var lackedMeasurement: Int64 = 0
    private(set) var lackedCharge: Int64 = 0
    /// Answers since the process began.
    private(set) var count = 0
    /// Mean cell voltages of the two newest snapshots with all cells, V; of answers with one count of the counter, the
    /// highest. What came when it had stood still for too long is no snapshot (S8).
    private(set) var means: [Double] = []

    /// The running counter, and the beginning of the first answer that certainly showed it; of the newest where none did,
    /// as a reader may have missed all before (S8).
    private var counter: UInt32?
    private(set) var advanced: Int64 = 0
    private var isCounterCertain = false
    /// When the counter was another last.
    private var moved: Int64 = 0
    /// When the last answer came that was falsified on its way.
    private(set) var falsified: Int64?
    /// Answers in a row with a current that shows its direction.
    private var flowing = 0
    /// The counter was seen to advance: before, nobody can tell the pack from a frozen buffer (S8).
    private(set) var hasRun = false
    /// A limit was handed over when this pack alone could excuse it, so that the gateway has taken it for live.
    private(set) var wasCounted = false

    /// The gateway was in NO-CHARGE or beyond because of this pack, so that it has to come back as S6 says.
    private(set) var wasLost = false
    /// Valid answers since the pack came or came back, and the beginning of the first.
    private(set) var returned = 0
    private var returnBegan: Int64 = 0
    /// When the pack could contribute to CCL again at the earliest; nil while it cannot.
    private(set) var readySince: Int64?

    // MARK: Certain

    /// The newest certain answer, and since when they have come without a pause.
    private(set) var certain: Answer?
    private(set) var steadySince: Int64?
    /// When every reader took it for live last: the newest advance of its counter while it did.
    private var lastLive: Int64?
    /// Since when all of them were far from every limit.
    private(set) var fineSince: Int64?
    /// The newest answer jumped, and the next one has not confirmed it yet (S23).
    private(set) var hasJumped = false

    private(set) var highCell = Stop()
    private(set) var chargeTemperature = Stop()
    /// External sensors are gone, and the board is outside the charge window: nothing that says how warm the cells are is
    /// inside it. Whoever takes the sensors for missing waits for them, and for no release.
    private(set) var boardTemperature = Stop()
    private(set) var deepCell = Stop()
    private(set) var lack = Stop()
    private(set) var noCell = Stop()
    private(set) var contradiction = Stop()
    private(set) var lowCell = Stop()
    private(set) var dischargeTemperature = Stop()
    /// A deep-discharged cell was seen for so long that it is latched (S27).
    private(set) var isLatched = false
    private var deepAnswers = 0

    /// Since when the current has been more than 5 A in one direction, and whether that is charging (S25).
    private(set) var direction: (since: Int64, isCharge: Bool)?

    // MARK: For ever

    /// Answers in a row with an external sensor, and whether two in a row have shown one: a gateway may count on it then,
    /// and one that is gone is a missing input (S24).
    private var externalRun = 0
    private var hasExternal = false
    /// Something was seen that may have latched a fault.
    private(set) var mayBeLatched = false
    /// Something was seen that may have raised a voltage alarm.
    private(set) var hadVoltageAlarm = false
    /// A cell was seen so low, or may have been while nobody saw it, that the BMS may have opened its discharge switch,
    /// which only a charger closes again.
    private(set) var mayBeEmpty = false
    /// The newest answer of which that may have been so.
    private(set) var lastEmpty: Int64 = 0

    static let chargeRelease = 10 * second
    static let dischargeRelease = 60 * second
    /// Longest time in which the counter must advance.
    static let counterPatience = 5 * second
    /// A pack that is away for as long is admitted no longer (S9).
    private static let absence = 60 * second

    init(_ settings: SitePack) {
        self.settings = settings
        witness = UARTWitness(pack: settings.pack, cells: settings.cells)
    }

    /// Age of the newest possible data, µs; nil without any. Where the counter stands still it counts from its last
    /// advance, less what the gateway needs to notice (S8).
    func age(at now: Int64) -> Int64? {
        guard let heard else { return nil }
        guard isFrozen else { return now - heard }
        return max(now - heard, now - advanced - Tolerance.nextFrame - microseconds(settings.pollInterval))
    }

    /// The counter did not advance in time (S8).
    var isFrozen: Bool { (heard ?? 0) - advanced > Self.counterPatience }

    /// Whether every reader counts on it, so that the others wait for it when it falls silent (S9).
    func isAdmitted(at now: Int64) -> Bool { lastLive.map { now - $0 < Self.absence } ?? false }

    /// The pack answers certainly, at every poll, and has done so for some time.
    func isSteady(at now: Int64, for span: Int64) -> Bool {
        guard let certain, let steadySince, !isFrozen else { return false }
        return now - certain.completed <= longestPause && certain.completed - steadySince >= span
    }

    /// How long a careful reader may take until it believes what has come, µs.
    var readingTime: Int64 { microseconds(settings.readingTime ?? 0) }
    /// Longest time between two answers of a pack that answers at every poll, µs.
    private var longestPause: Int64 { 2 * second + readingTime / 2 }

    // MARK: - Happenings

    mutating func processBegan() {
        var fresh = PackScene(settings)
        fresh.mayBeLatched = mayBeLatched
        fresh.hadVoltageAlarm = hadVoltageAlarm
        (fresh.mayBeEmpty, fresh.lastEmpty) = (mayBeEmpty, lastEmpty)
        fresh.witness = witness
        fresh.witness.restart()
        fresh.told = told
        fresh.told.restart()
        self = fresh
    }

    mutating func confirmed(_ settings: SitePack) {
        self.settings = settings
        witness.cells = settings.cells
        (steadySince, fineSince) = (nil, nil)
    }

    /// A limit was handed over that no other pack can excuse.
    mutating func counted() { wasCounted = wasCounted || heard != nil }

    mutating func wentToBMS(_ bytes: [UInt8], at now: Int64) {
        asked = now
        if settings.readingTime == nil { witness.wentToBMS(bytes, at: now) } else { told.wentToBMS(at: now) }
    }

    mutating func said(_ saying: Saying) { told.said(saying) }

    mutating func cameFromBMS(_ bytes: [UInt8], at now: Int64, noCharge: Int64) {
        var found: [Answer] = []
        if settings.readingTime == nil {
            witness.cameFromBMS(bytes, at: now) { found.append($0) }
        } else {
            told.cameFromBMS(bytes, pack: settings.pack, at: now) { found.append($0) }
        }
        for answer in found { believe(answer, noCharge: noCharge) }
    }

    // MARK: - Private

    private mutating func believe(_ answer: Answer, noCharge: Int64) {
        if let age = age(at: answer.completed), age > noCharge + Tolerance.nextFrame {
            // What has been a frozen buffer from the first answer on was never live: it comes for the first time (S5).
            (wasLost, returned, readySince) = (wasLost || hasRun || wasCounted, 0, nil)
        }
        // A request that never arrived shows only as a pause.
        if let heard, answer.began - heard > 2 * microseconds(settings.pollInterval) + second / 2 {
            witness.suspect(at: answer.completed)
            told.suspect(at: answer.completed)
            mayBeEmpty = true
        }
        count += 1
        heard = answer.began
        lastByte = answer.completed
        let values = answer.values
        if answer.isFalsified { return doubtEverything(answer) }
        if values.isComplete { whole = answer.began }
        if values.highest != nil { anyCell = answer.began }
        if values.counter == nil || settings.mayIgnoreCounter { (advanced, hasRun) = (answer.began, true) }
        if values.counter != counter {
            moved = answer.began
            hasRun = hasRun || counter != nil
            (counter, isCounterCertain) = (values.counter, false)
        }
        if !isCounterCertain { (advanced, isCounterCertain) = (answer.began, answer.isCertain) }
        if let sum = values.sum, settings.cells > 0, !isFrozen {
            note(mean: sum / Double(settings.cells), answer.began)
        }
        comeBack(answer)
        judge(answer)
        mayBeLatched = mayBeLatched || Health.mayLatch(values, settings)
        hadVoltageAlarm = hadVoltageAlarm || !Health.isFarFromVoltageAlarms(values, settings)
        mayBeEmpty = Health.mayBeEmpty(values, settings) ?? mayBeEmpty
        flowing = abs(values.current ?? 0) >= 0.9 ? flowing + 1 : 0
        let mayLack = settings.mayLackCurrent && (1...4).contains(flowing)
        if values.voltage == nil || values.current == nil || mayLack { lackedMeasurement = answer.completed }
        if values.stateOfCharge == nil { lackedCharge = answer.completed }
        if mayBeEmpty { lastEmpty = answer.completed }
        externalRun = values.externals.isEmpty ? 0 : externalRun + 1
        hasExternal = hasExternal || externalRun >= 2
        if answer.isCertain { follow(answer) } else { (steadySince, fineSince, direction) = (nil, nil, nil) }
    }

    /// It may have said that all is well, or anything else: whoever believes it may have any reason for what it does.
    private mutating func doubtEverything(_ answer: Answer) {
        (whole, anyCell, advanced, isCounterCertain) = (answer.began, answer.began, answer.began, false)
        (lackedMeasurement, lackedCharge, lastEmpty) = (answer.completed, answer.completed, answer.completed)
        (mayBeLatched, hadVoltageAlarm, mayBeEmpty) = (true, true, true)
        note(mean: 5, answer.began)
        falsified = answer.began
        comeBack(answer)
        (steadySince, fineSince, direction, hasJumped, externalRun, deepAnswers) = (nil, nil, nil, false, 0, 0)
        for stop in Self.stops { self[keyPath: stop].saw(answer, isBad: false, isBack: true, isBinding: false) }
    }

    private static var stops: [WritableKeyPath<PackScene, Stop>] {
        [
            \.highCell, \.chargeTemperature, \.boardTemperature, \.deepCell, \.lack, \.noCell, \.contradiction,
            \.lowCell,
            \.dischargeTemperature,
        ]
    }

    private mutating func note(mean: Double, _ began: Int64) {
        if began > advanced, let last = means.popLast() { return means.append(max(last, mean)) }
        if means.count == 2 { means.removeFirst() }
        means.append(mean)
    }

    private mutating func comeBack(_ answer: Answer) {
        let lacksCell = answer.values.lacksCell && !answer.isFalsified
        if isFrozen || answer.isCertain && lacksCell {
            if readySince == nil { returned = 0 }
            return
        }
        guard readySince == nil, !lacksCell else { return }
        if returned == 0 { returnBegan = answer.began }
        returned += 1
        let isReady =
            wasLost
            ? returned >= 3 && answer.completed - returnBegan >= 2 * second - Tolerance.handOver : returned >= 2
        if isReady { readySince = answer.completed }
    }

    private mutating func judge(_ answer: Answer) {
        let values = answer.values
        let isSure = answer.isCertain && answer.isConfirmed
        let isBinding = isSure && !values.isDoubtful
        let delay = readingTime
        let highest = values.highest ?? 0
        let lowest = values.lowest ?? 9
        highCell.saw(
            answer, isBad: highest > settings.maximumCell - 0.00001,
            isBack: highest < settings.maximumCell - 0.0295, wait: Self.chargeRelease, isBinding: isBinding,
            delay: delay)
        let charge = settings.chargeWindow
        let lower = charge.lowerBound + (values.hasBoardOnly ? 5 : 0)
        let isOutside = values.temperatures.contains { $0 > charge.upperBound + 0.001 || $0 < lower - 0.001 }
        let lacksSensor = hasExternal && values.hasBoardOnly
        chargeTemperature.saw(
            answer, isBad: isOutside && !lacksSensor,
            isBack: values.temperatures.allSatisfy { $0 < charge.upperBound - 1.94 && $0 > lower + 1.94 },
            wait: Self.chargeRelease, isBinding: isBinding, delay: delay)
        boardTemperature.saw(
            answer, isBad: isOutside && lacksSensor, isBack: !(isOutside && lacksSensor), isBinding: isBinding,
            delay: delay)
        let isDeep = lowest < settings.deepDischarge - 0.00001
        deepCell.saw(answer, isBad: isDeep, isBack: !isDeep, isBinding: isBinding, delay: delay)
        lack.saw(answer, isBad: !values.isComplete, isBack: values.isComplete, isBinding: isBinding, delay: delay)
        contradiction.saw(
            answer, isBad: values.contradictsItself, isBack: !values.contradictsItself, isBinding: isSure,
            delay: delay)
        noCell.saw(
            answer, isBad: values.highest == nil, isBack: values.highest != nil, isBinding: isBinding, delay: delay)
        lowCell.saw(
            answer, isBad: lowest < settings.minimumCell - 0.00001, isBack: lowest > settings.minimumCell + 0.1995,
            wait: Self.dischargeRelease, isBinding: isBinding, delay: delay)
        let (coldest, warmest) = (settings.dischargeWindow.lowerBound, settings.dischargeWindow.upperBound)
        dischargeTemperature.saw(
            answer, isBad: values.temperatures.contains { $0 > warmest + 0.001 || $0 < coldest - 0.001 },
            isBack: values.temperatures.allSatisfy { $0 < warmest - 4.94 && $0 > coldest + 4.94 },
            wait: Self.dischargeRelease, isBinding: isBinding, delay: delay)
        // In a row: between refused ones a reader sees no three snapshots that confirm each other. While another cell is
        // missing nobody can hold the sum against a cell that stands still, which is none (S22, S24).
        deepAnswers = isDeep && isBinding && !values.lacksCell ? deepAnswers + 1 : 0
        if deepAnswers >= 3, deepCell.lasts(at: answer.completed, longerThan: 2 * second) { isLatched = true }
    }

    private mutating func follow(_ answer: Answer) {
        defer { certain = answer }
        if let current = answer.values.current, abs(current) > 5 {
            if direction?.isCharge != (current > 0) { direction = (answer.completed, current > 0) }
        } else {
            direction = nil
        }
        hasJumped = certain.map { answer.jumps(from: $0) } ?? false
        // A snapshot that S22 may refuse, or of a counter that stands still, is none.
        let isRefusable = answer.values.isDoubtful || answer.values.lacksCell || isFrozen
        let hasPaused = isRefusable || certain.map { answer.completed - $0.completed > longestPause } ?? true
        // Whoever counts on the counter takes it for frozen.
        let mayBeFrozen = settings.mayIgnoreCounter && answer.began - moved > Self.counterPatience - 2 * second
        if hasPaused || mayBeFrozen || steadySince == nil { (steadySince, fineSince) = (answer.completed, nil) }
        // Three snapshots in 2 s and more (S6), and a poll for good measure; or it has not been away since it was live.
        let isProven = hasRun && advanced - (steadySince ?? advanced) >= 5 * second / 2 + 2 * readingTime
        if !isRefusable, !mayBeFrozen, isProven || lastLive.map({ advanced - $0 < 4 * second }) ?? false {
            lastLive = advanced
        }
        let lacksSensor = hasExternal && answer.values.hasBoardOnly
        if !Health.isFine(answer.values, settings) || hasJumped || lacksSensor {
            fineSince = nil
        } else if fineSince == nil {
            fineSince = answer.completed
        }
    }
}

extension Answer {
    /// Whether it differs from the one before by more than a battery can in that time (S23).
    fileprivate func jumps(from other: Answer) -> Bool {
        guard began - other.began < 2 * second else { return false }
        if let new = values.stateOfCharge, let old = other.values.stateOfCharge, abs(new - old) > 5 { return true }
        for (new, old) in zip(values.cells, other.values.cells) {
            if let new, let old, abs(new - old) > 0.3 { return true }
        }
        return false
    }
}
