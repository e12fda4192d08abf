extension Schema {
    /// How several packs make one battery.
    static let bank: [SettingDefinition] = [
        SettingDefinition(
            "bank.quorum_packs", .int(1...16), note: "all, or after bank.quorum_wait_s those that answer",
            "Packs that must answer at a start before anything is sent to the inverter.",
            "Nombre de batteries qui doivent répondre au démarrage avant que rien ne soit envoyé à l’onduleur."),
        SettingDefinition(
            "bank.quorum_wait_s", .float(0...600), unit: "s", standard: .float(30),
            "How long a start waits for all packs, from the first that answers.",
            "Temps d’attente de toutes les batteries au démarrage, à partir de la première qui répond."),
        SettingDefinition(
            "bank.join_cell_v", .float(0.01...0.2), unit: "V", standard: .float(0.05),
            "Farthest that a pack's voltage, per cell, may be from the others' for it to join them.",
            "Écart de tension maximal, par cellule, entre une batterie et les autres pour qu’elle les rejoigne."),
    ]
}
