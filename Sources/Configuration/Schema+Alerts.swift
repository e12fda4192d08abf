extension Schema {
    /// Where alerts begin and end. Display only: no limit depends on any of these.
    ///
    /// Source of the defaults: charge-control.md d.4, hysteresis table; the debounce is an own choice, three readings long.
    static let alerts: [SettingDefinition] =
        [
            SettingDefinition(
                "alerts.debounce_s", .float(0...60), unit: "s", standard: .float(1),
                "How long a value must stay beyond a threshold before its alert begins or ends.",
                "Durée pendant laquelle une valeur doit rester au-delà d’un seuil avant que l’alerte commence ou cesse."
            )
        ]
        + cell(
            "cell_high_warning", 0.05, note: "0.10 V below pack.N.max_cell_v",
            "Highest cell voltage at which a warning begins.", "Tension de cellule haute : début de l’avertissement.")
        + cell(
            "cell_high_alarm", 0.08, note: "0.05 V below pack.N.max_cell_v",
            "Highest cell voltage at which an alarm begins.", "Tension de cellule haute : début de l’alarme.")
        + cell(
            "cell_low_warning", 0.10, note: "0.20 V above pack.N.min_cell_v",
            "Lowest cell voltage at which a warning begins.", "Tension de cellule basse : début de l’avertissement.")
        + cell(
            "cell_low_alarm", 0.20, note: "pack.N.min_cell_v",
            "Lowest cell voltage at which an alarm begins.", "Tension de cellule basse : début de l’alarme.")
        + [
            SettingDefinition(
                "alerts.spread_warning_v", .float(0.005...1), unit: "V", standard: .float(0.08),
                "Spread between highest and lowest cell at which a warning begins.",
                "Écart entre cellules extrêmes : début de l’avertissement."),
            hysteresis("spread_warning", "v", 0.005...0.5, "V", 0.03),
            SettingDefinition(
                "alerts.spread_max_c_rate", .float(0.01...1), unit: "C", standard: .float(0.1),
                "Current, per capacity, under which the spread is judged: above it the cells' resistances speak.",
                "Courant, rapporté à la capacité, sous lequel l’écart est jugé : au-delà les résistances l’emportent."),
            SettingDefinition(
                "alerts.soc_warning_percent", .float(0...100), unit: "%", standard: .float(20),
                "State of charge at which a warning begins.", "État de charge : début de l’avertissement."),
            hysteresis("soc_warning", "percent", 0...50, "%", 5),
            SettingDefinition(
                "alerts.soc_alarm_percent", .float(0...100), unit: "%", standard: .float(10),
                "State of charge at which an alarm begins.", "État de charge : début de l’alarme."),
            hysteresis("soc_alarm", "percent", 0...50, "%", 5),
            SettingDefinition(
                "alerts.temperature_margin_c", .float(0...20), unit: "K", standard: .float(3),
                "Distance from the ends of the charge window at which a warning begins.",
                "Distance aux limites de la plage de charge à laquelle l’avertissement commence."),
            hysteresis("temperature_margin", "c", 0.5...10, "K", 2),
            SettingDefinition(
                "alerts.over_current_percent", .float(0...100), unit: "%", standard: .float(10),
                "How far a current may exceed the configured maximum before a warning begins.",
                "Dépassement du courant maximal configuré à partir duquel l’avertissement commence."),
            hysteresis("over_current", "percent", 0...100, "%", 10),
        ]

    // MARK: - Private

    /// A cell voltage and how far it must come back.
    private static func cell(
        _ name: String, _ back: Double, note: String, _ english: String, _ french: String
    ) -> [SettingDefinition] {
        [
            SettingDefinition("alerts.\(name)_v", .float(0.5...5), unit: "V", note: note, english, french),
            hysteresis(name, "v", 0.005...0.5, "V", back),
        ]
    }

    private static func hysteresis(
        _ name: String, _ suffix: String, _ range: ClosedRange<Double>, _ unit: String, _ standard: Double
    ) -> SettingDefinition {
        SettingDefinition(
            "alerts.\(name)_hysteresis_\(suffix)", .float(range), unit: unit, standard: .float(standard),
            "How far the value must come back before this alert ends.",
            "Retour nécessaire de la valeur pour que cette alerte cesse.")
    }
}
