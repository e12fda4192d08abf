/// S10: what is published carries its true age, and turns to nothing at SILENT.
struct PublishedCheck {
    /// The words of contract.md 3, from fresh to nothing.
    private static let stages = ["live", "stale", "no_charge", "stop", "silent", "no_data"]

    func published(
        pack number: Int, stage: String, age: Double?, hasValues: Bool, _ scene: Scene, _ verdict: inout Verdict
    ) {
        guard let standards = scene.standards,
            let pack = scene.packs.first(where: { $0.settings.pack == number })
        else { return }
        let now = scene.now
        func condemn(_ cause: String, _ sentence: () -> String) {
            verdict.condemn(.s10, "\(number) \(cause)", at: now) { "pack \(number): " + sentence() }
        }
        guard let rank = Self.stages.firstIndex(of: stage) else {
            condemn("word") { "no stage is called \"\(stage)\"" }
            return
        }
        let real = pack.age(at: now)
        if hasValues, age == nil { condemn("no age") { "values without an age" } }
        if hasValues, rank >= 4 { condemn("values") { "values at stage \(stage)" } }
        guard let real else {
            if hasValues || rank < 5 { condemn("unheard") { "stage \(stage) before any answer reached this process" } }
            return
        }
        if hasValues, let age, microseconds(age) < real - Tolerance.nextFrame {
            condemn("age") { "an age of \(decimal(age, 3)) s for data \(seconds(real)) old" }
        }
        let least = real - Tolerance.nextFrame
        let worst = [standards.hold, standards.noCharge, standards.stop, standards.silent].lastIndex { least > $0 }
        if let worst, rank < worst + 1 {
            condemn("stage") { "stage \(stage) for data \(seconds(real)) old" }
        }
    }
}
