/// The makes of BMS that `pack.N.family` names.
package enum BMSFamily: String, Sendable, Hashable, CaseIterable {
    case tinybms
    case jbd
    case daly
    case dalyModbus = "daly-modbus"
    case jk
    case jkPB = "jk-pb"
    case auto
}

/// The words of `pack.N.chemistry`.
package enum PackChemistry: String, Sendable, Hashable, CaseIterable {
    case lfp
    case nmc
    case lto
}

/// The words of `pack.N.cell_order`.
package enum CellOrder: String, Sendable, Hashable, CaseIterable {
    /// The first cell that the BMS reports is cell 1.
    case ascending
    /// The first cell that the BMS reports is the last of the string.
    case descending
}

/// The words of `pack.N.current_sign`.
package enum CurrentSign: String, Sendable, Hashable, CaseIterable {
    /// What the make's protocol says, or what the board shows.
    case auto
    case chargePositive = "charge_positive"
    case dischargePositive = "discharge_positive"
}

/// The words of `can.keepalive.on_timeout` (S43).
package enum KeepalivePolicy: String, Sendable, Hashable, CaseIterable {
    case goOn = "continue"
    case stop
}

/// The words of `web.tls` (S76).
package enum WebEncryption: String, Sendable, Hashable, CaseIterable {
    /// A certificate of its own, made at the first start.
    case auto
    /// None, on loopback only.
    case off
    /// The user's certificate.
    case files
}
