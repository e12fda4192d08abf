/// A condition that forbids charging or discharging while it lasts and for some time after (S27, S24).
struct Stop {
    /// When the gateway surely knew of it: the end of the first certain answer that shows it; nil while it is not known to be.
    private(set) var since: Int64?
    /// Since when every answer, certain or not, has shown it: the beginning of the first one.
    private(set) var onlySince: Int64?
    /// Since when it has been over, with its hysteresis: the beginning of the first answer after the last that shows it.
    private(set) var overSince: Int64?

    /// Looks at an answer that shows the condition (`isBad`), or that it is over by the whole hysteresis (`isBack`), for which
    /// it has to be over for the `wait`. An answer that a gateway may have missed or refused is not `binding`; one that binds is
    /// known `delay` after it came.
    mutating func saw(
        _ answer: Answer, isBad: Bool, isBack: Bool, wait: Int64 = 0, isBinding: Bool, delay: Int64 = 0
    ) {
        onlySince = isBad ? onlySince ?? answer.began : nil
        if isBad {
            guard isBinding else { return }
            if since == nil { since = answer.completed + delay }
            overSince = nil
        } else if !isBack {
            if isBinding { overSince = nil }
        } else if since != nil {
            let over = overSince ?? answer.began
            overSince = over
            if answer.completed - over >= wait { (since, overSince) = (nil, nil) }
        }
    }

    /// Whether a gateway must obey it at a moment. Where no answer younger than `oldest` is free of the condition, the
    /// gateway knows of it, or knows nothing. The pack was asked again at `asked`: whoever asked has read what came before.
    func binds(at now: Int64, wait: Int64, oldest: Int64, asked: Int64) -> Bool {
        if let onlySince, now - onlySince > oldest + Tolerance.nextFrame { return true }
        guard let since, now - since > Tolerance.nextFrame, asked > since else { return false }
        return overSince.map { now - $0 < wait - Tolerance.wait } ?? true
    }

    /// Whether it has lasted for some time and is not over: all answers since it was surely known have shown it.
    func lasts(at now: Int64, longerThan span: Int64) -> Bool {
        guard let since, let onlySince, overSince == nil else { return false }
        return now - max(since, onlySince) > span
    }
}
