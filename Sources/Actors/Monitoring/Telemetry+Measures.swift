import Monitoring
import Storage

/// What is derived of each pack, in the store: `derived.pack.1.charged_ah`.
extension [String: StoredFigure] {
    private static var stem: String { "derived.pack." }

    /// Adds what a later life needs of the packs' measures.
    mutating func add(_ measures: [Int: KeptMeasures], _ time: Int64) {
        for (pack, kept) in measures {
            for (name, value) in kept.figures { self["\(Self.stem)\(pack).\(name)"] = StoredFigure(value, time: time) }
        }
    }

    /// What an earlier life measured, by number of the pack.
    var measures: [Int: KeptMeasures] {
        var packs: [Int: [String: Double]] = [:]
        for (name, figure) in self where name.hasPrefix(Self.stem) {
            let parts = name.dropFirst(Self.stem.count).split(separator: ".", maxSplits: 1)
            guard parts.count == 2, let pack = Int(parts[0]) else { continue }
            packs[pack, default: [:]][String(parts[1])] = figure.value
        }
        return packs.compactMapValues { KeptMeasures(figures: $0) }
    }
}
