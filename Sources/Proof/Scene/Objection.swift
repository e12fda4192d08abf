/// Why a pack must not contribute to a limit now.
enum Objection {
    /// It has never answered this process.
    case unheard
    /// Its newest data is so old, µs.
    case old(Int64)
    /// Its counter has not advanced for so long, µs (S8).
    case frozen(Int64)
    /// What limits need has been missing (S24).
    case lacking
    /// Every snapshot for a while contradicted itself (S22).
    case contradicting
    /// So many valid snapshots since it came back (S6), or came first (S5).
    case returning(Int, wasLost: Bool)
    /// A hard override of S27; the newest answer jumped there and is not confirmed (S23).
    case override(Override, isJump: Bool)

    /// What overrides.
    enum Override: String {
        case highCell = "a cell at its maximum"
        case chargeTemperature = "a temperature outside the charge window"
        case deepCell = "a cell below deep discharge"
        case latched = "a latched deep discharge"
        case lowCell = "a cell below its minimum"
        case dischargeTemperature = "a temperature outside the discharge window"
    }

    /// The rule that is broken where it is ignored; `isLast` where no other pack may contribute either, so that the table of
    /// ages holds for the sum.
    func rule(isLast: Bool) -> Rule {
        switch self {
        case .unheard: isLast ? .s4 : .s9
        case .old: isLast ? .s3 : .s9
        case .frozen: .s8
        case .lacking: .s24
        case .contradicting: .s22
        case .returning(_, let wasLost): wasLost ? .s6 : .s5
        case .override(_, let isJump): isJump ? .s23 : .s27
        }
    }
}

extension Objection: CustomStringConvertible {
    var description: String {
        switch self {
        case .unheard: "has not answered this process"
        case .old(let age): "is \(seconds(age)) old"
        case .frozen(let age): "shows a counter that has stood still for \(seconds(age))"
        case .lacking: "lacks a cell or a temperature"
        case .contradicting: "has shown cells for long that do not add up to its voltage or its extremes"
        case .returning(let count, let wasLost):
            wasLost ? "came back with \(count) valid snapshots" : "has given \(count) valid snapshots"
        case .override(let reason, _): "has \(reason.rawValue)"
        }
    }
}

extension PackScene {
    /// Why this pack must not contribute to CCL; nil where it may.
    func objectionToCharge(at now: Int64, noCharge: Int64) -> Objection? {
        guard let age = age(at: now) else { return .unheard }
        if age > noCharge + Tolerance.handOver { return isFrozen ? .frozen(now - advanced) : .old(age) }
        if lack.binds(at: now, wait: 0, oldest: noCharge, asked: asked) { return .lacking }
        // The first one still counts, those after it are void, so that the age counts on.
        if contradiction.lasts(at: now, longerThan: noCharge + Tolerance.nextFrame + 2 * second) {
            return .contradicting
        }
        if whole.map({ now - $0 > noCharge + Tolerance.nextFrame }) ?? true { return .lacking }
        if readySince == nil { return .returning(returned, wasLost: wasLost) }
        if highCell.binds(at: now, wait: Self.chargeRelease, oldest: noCharge, asked: asked) {
            return .override(.highCell, isJump: hasJumped)
        }
        if chargeTemperature.binds(at: now, wait: Self.chargeRelease, oldest: noCharge, asked: asked)
            || boardTemperature.binds(at: now, wait: 0, oldest: noCharge, asked: asked)
        {
            return .override(.chargeTemperature, isJump: false)
        }
        if deepCell.binds(at: now, wait: 0, oldest: noCharge, asked: asked) {
            return .override(.deepCell, isJump: hasJumped)
        }
        return isLatched ? .override(.latched, isJump: false) : nil
    }

    /// Why this pack must not contribute to DCL, and the A that are left to it all the same; nil where it may. `isCarried`
    /// where a pack is surely live, so that this one counts as absent from NO-CHARGE on (S9).
    func objectionToDischarge(
        at now: Int64, noCharge: Int64, stop: Int64, isCarried: Bool
    ) -> (Objection, rest: Double)? {
        guard let age = age(at: now) else { return isCarried ? nil : (.unheard, 0) }
        let oldest = isCarried ? noCharge + Tolerance.nextFrame : stop
        if age > oldest + Tolerance.handOver { return (isFrozen ? .frozen(now - advanced) : .old(age), 0) }
        if anyCell.map({ now - $0 > stop + Tolerance.nextFrame }) ?? true { return (.lacking, 0) }
        for (low, reason) in [
            (lowCell, Objection.Override.lowCell), (dischargeTemperature, .dischargeTemperature),
        ] where low.binds(at: now, wait: Self.dischargeRelease, oldest: stop, asked: asked) {
            let lasts = low.lasts(
                at: now, longerThan: 2 * second + Tolerance.nextFrame + microseconds(settings.pollInterval))
            return (.override(reason, isJump: hasJumped), lasts ? 0 : 1)
        }
        return nil
    }
}
