extension Contribution {
    /// The evidence in words, as page and log show it: "cell 7 at 3.462 V".
    package var evidence: String {
        switch detail {
        case .none: ""
        case .cell(let pack, let number, let volts):
            number > 0
                ? "pack \(pack) cell \(number) at \(volts.decimal(3)) V"
                : "pack \(pack) at \(volts.decimal(3)) V a cell"
        case .sensor(let pack, let name, let celsius): "pack \(pack) sensor \(name) at \(celsius.decimal(1)) °C"
        case .age(let seconds): "data \(seconds.decimal(1)) s old"
        case .amperes(let amperes): "\(amperes.decimal(1)) A"
        case .volts(let volts): "\(volts.decimal(3)) V"
        case .alarm(let pack, let kind): "pack \(pack) reports \(kind.rawValue)"
        case .pack(let pack): "pack \(pack)"
        case .share(let pack, let percent): "pack \(pack) carries \(percent.decimal(0)) % of the current"
        case .stateOfCharge(let percent): "charge at \(percent.decimal(0)) %"
        case .packs(let live, let configured): "\(live) of \(configured) packs live"
        }
    }
}

extension Contribution {
    /// Number of the pack that it is about; nil where it is about the whole battery.
    package var pack: Int? {
        switch detail {
        case .cell(let pack, _, _), .sensor(let pack, _, _), .alarm(let pack, _), .pack(let pack),
            .share(let pack, _):
            pack
        case .none, .age, .amperes, .volts, .stateOfCharge, .packs: nil
        }
    }
}
