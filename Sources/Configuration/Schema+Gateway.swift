extension Schema {
    /// The gateway's settings. No default lets anything be charged: what a pack is, and how hard it may be driven, has
    /// none, and `system.commissioned` begins as false (S64).
    package static let gateway = Schema(pack + bank + can + control + alerts + web + system)

    private static let pack: [SettingDefinition] = [
        SettingDefinition(
            "pack.N.link", .link(.pack), restarts: [.acquisition],
            "Where the battery management system is connected.",
            "Où le système de gestion de la batterie est raccordé."),
        SettingDefinition(
            "pack.N.family", .word(BMSFamily.allCases.map(\.rawValue)), standard: .string("auto"),
            restarts: [.acquisition],
            "Make of the battery management system; auto tries each in turn.",
            "Famille du système de gestion de la batterie ; auto les essaie l’une après l’autre."),
        SettingDefinition(
            "pack.N.name", .text(maximumBytes: 64), "Name shown to people.", "Nom affiché."),
        SettingDefinition(
            "pack.N.chemistry", .word(PackChemistry.allCases.map(\.rawValue)), restarts: [.acquisition, .inverter],
            "Cell chemistry, as confirmed by the user; it decides voltages and the temperature window.",
            "Chimie des cellules, confirmée par l’utilisateur ; elle fixe tensions et plage de température."),
        SettingDefinition(
            "pack.N.cells", .int(1...48), restarts: [.acquisition, .inverter],
            "Cells in series, as confirmed by the user.",
            "Nombre de cellules en série, confirmé par l’utilisateur."),
        SettingDefinition(
            "pack.N.capacity_ah", .float(1...10_000), unit: "Ah",
            "Rated capacity, as confirmed by the user.",
            "Capacité nominale, confirmée par l’utilisateur."),
        SettingDefinition(
            "pack.N.max_charge_a", .float(0...1000), unit: "A",
            "Highest charge current that is ever allowed.",
            "Courant de charge maximal, jamais dépassé."),
        SettingDefinition(
            "pack.N.max_discharge_a", .float(0...1000), unit: "A",
            "Highest discharge current that is ever allowed.",
            "Courant de décharge maximal, jamais dépassé."),
        SettingDefinition(
            "pack.N.max_cell_v", .float(0.5...5), unit: "V", note: "from the chemistry",
            "Cell voltage at which charging is forbidden; at most 3.75 V for LFP, 4.25 V for NMC, 2.9 V for LTO.",
            "Tension de cellule à laquelle la charge est interdite ; au plus 3,75 V (LFP), 4,25 V (NMC), 2,9 V (LTO)."),
        SettingDefinition(
            "pack.N.min_cell_v", .float(0.5...5), unit: "V", note: "from the chemistry",
            "Cell voltage at which discharging is forbidden; at least 2.5 V for LFP and NMC, 1.5 V for LTO.",
            "Tension de cellule à laquelle la décharge est interdite ; au moins 2,5 V (LFP, NMC), 1,5 V (LTO)."),
        SettingDefinition(
            "pack.N.float_cell_v", .float(0.5...5), unit: "V", note: "from the chemistry",
            "Cell voltage that is held once the pack is full.",
            "Tension de cellule maintenue une fois la batterie pleine."),
        SettingDefinition(
            "pack.N.absorption_cell_v", .float(0.5...5), unit: "V", note: "from the chemistry",
            "Cell voltage up to which the pack is charged.",
            "Tension de cellule visée en fin de charge."),
        SettingDefinition(
            "pack.N.poll_interval_ms", .int(100...1000), unit: "ms", standard: .int(500), restarts: [.acquisition],
            "Time from one poll of the pack to the next.",
            "Intervalle entre deux interrogations de la batterie."),
        SettingDefinition(
            "pack.N.charge_min_c", .float(-20...20), unit: "°C", note: "from the chemistry",
            "Coldest cell at which charging is allowed; below 0 °C for LTO only.",
            "Température minimale de charge ; sous 0 °C uniquement pour le LTO."),
        SettingDefinition(
            "pack.N.charge_max_c", .float(25...55), unit: "°C", note: "from the chemistry",
            "Warmest cell at which charging is allowed.",
            "Température maximale de charge."),
        SettingDefinition(
            "pack.N.discharge_min_c", .float(-40...20), unit: "°C", standard: .float(-20),
            "Coldest cell at which discharging is allowed.",
            "Température minimale de décharge."),
        SettingDefinition(
            "pack.N.discharge_max_c", .float(25...65), unit: "°C", standard: .float(60),
            "Warmest cell at which discharging is allowed.",
            "Température maximale de décharge."),
        SettingDefinition(
            "pack.N.cell_order", .word(CellOrder.allCases.map(\.rawValue)), standard: .string("ascending"),
            restarts: [.acquisition],
            "Whether the first cell the BMS reports is cell 1 (ascending) or the last (descending).",
            "Si la première cellule annoncée par le BMS est la cellule 1 (ascending) ou la dernière (descending)."),
        SettingDefinition(
            "pack.N.current_sign", .word(CurrentSign.allCases.map(\.rawValue)), standard: .string("auto"),
            restarts: [.acquisition],
            "Which way a Daly board counts its current, as boards differ; auto learns it from what the board says it does.",
            "Sens du courant d’une carte Daly, qui varie ; auto l’apprend de ce que la carte dit faire."),
        SettingDefinition(
            "pack.N.address", .int(1...15), standard: .int(1), restarts: [.acquisition],
            "Address of a JK PB board on its bus, by its switches; others have none.",
            "Adresse d’une carte JK PB sur son bus, selon ses commutateurs ; les autres n’en ont pas."),
    ]

    private static let can: [SettingDefinition] = [
        SettingDefinition(
            "can.link", .link(.can), restarts: [.inverter],
            "Where the inverter's CAN bus is connected.", "Où le bus CAN de l’onduleur est raccordé."),
        SettingDefinition(
            "can.allow_simulated", .bool, standard: .bool(false), restarts: [.inverter],
            "Lets a simulated pack drive a real inverter. For test benches only.",
            "Autorise une batterie simulée à piloter un vrai onduleur. Réservé aux bancs d’essai."),
        SettingDefinition(
            "can.publisher.period_ms", .int(500...1000), unit: "ms", standard: .int(1000), restarts: [.inverter],
            "Period of the frames that the inverter requires.", "Période des trames exigées par l’onduleur."),
        SettingDefinition(
            "can.keepalive.timeout_s", .float(1...86_400), unit: "s", standard: .float(600), restarts: [.inverter],
            "Silence of the GX after which an alarm is raised.",
            "Silence du GX au bout duquel une alarme est levée."),
        SettingDefinition(
            "can.keepalive.on_timeout", .word(KeepalivePolicy.allCases.map(\.rawValue)), standard: .string("continue"),
            restarts: [.inverter],
            "What happens then: go on sending, or close the bus and try again now and then.",
            "Ce qui se passe alors : continuer d’émettre, ou fermer le bus et réessayer de temps en temps."),
        SettingDefinition(
            "can.keepalive.retry_ms", .int(100...3_600_000), unit: "ms", standard: .int(30_000), restarts: [.inverter],
            "Time between two tries after a stop.", "Délai entre deux essais après un arrêt."),
        SettingDefinition(
            "can.identity.manufacturer", .text(maximumBytes: 8, ascii: true), standard: .string("Cellbrid"),
            "Manufacturer shown by the GX.", "Fabricant affiché par le GX."),
        SettingDefinition(
            "can.identity.battery_name", .text(maximumBytes: 16, ascii: true), standard: .string("Cellbridge"),
            "Battery name shown by the GX.", "Nom de batterie affiché par le GX."),
        SettingDefinition(
            "can.identity.family", .text(maximumBytes: 8, ascii: true), standard: .string("Cellbrid"),
            "Battery family told to the GX.", "Famille de batterie annoncée au GX."),
    ]

    private static let control: [SettingDefinition] = [
        SettingDefinition(
            "freshness.hold_s", .float(1...10), unit: "s",
            note: "2, with Daly's own protocol or a family that is looked for 4",
            "Age of the newest data above which limits may only fall.",
            "Âge des données au-delà duquel les limites ne peuvent que baisser."),
        SettingDefinition(
            "freshness.no_charge_s", .float(2...10), unit: "s", standard: .float(5),
            "Age of the newest data above which charging is forbidden.",
            "Âge des données au-delà duquel la charge est interdite."),
        SettingDefinition(
            "freshness.stop_s", .float(10...60), unit: "s", standard: .float(15),
            "Age of the newest data above which discharging is forbidden too.",
            "Âge des données au-delà duquel la décharge est interdite aussi."),
        SettingDefinition(
            "freshness.silent_s", .float(10...120), unit: "s", standard: .float(30),
            "Age of the newest data above which nothing is sent.",
            "Âge des données au-delà duquel plus rien n’est émis."),
        SettingDefinition(
            "charge.absorption_max_min", .float(10...600), unit: "min", standard: .float(120),
            "Longest time at absorption voltage.", "Durée maximale à la tension d’absorption."),
        SettingDefinition(
            "charge.tail_c_rate", .float(0.01...0.1), unit: "C", standard: .float(0.04),
            "Charge current, per capacity, at which the pack counts as full.",
            "Courant de charge, rapporté à la capacité, sous lequel la batterie est considérée pleine."),
        SettingDefinition(
            "charge.rebulk_soc_percent", .float(10...99), unit: "%", standard: .float(85),
            "State of charge at which charging begins again.",
            "État de charge auquel la charge reprend."),
        SettingDefinition(
            "charge.full_every_days", .float(0...365), unit: "d", standard: .float(14),
            "Days of running time after which a full charge is due; 0 is never.",
            "Jours de fonctionnement au bout desquels une charge complète est due ; 0 pour jamais."),
        SettingDefinition(
            "charge.ceiling_soc_percent", .float(50...100), unit: "%", standard: .float(100),
            "State of charge above which only the periodic full charge charges; 100 is no ceiling.",
            "État de charge au-delà duquel seule la charge complète périodique charge ; 100 pour aucun plafond."),
        SettingDefinition(
            "charge.ceiling_hysteresis_percent", .float(1...30), unit: "%", standard: .float(5),
            "How far below the ceiling the state of charge must fall before charging begins again.",
            "Écart sous le plafond auquel la charge reprend."),
        SettingDefinition(
            "charge.force_below_soc_percent", .float(0...50), unit: "%", standard: .float(0),
            "State of charge at which the inverter is asked to charge at once, as it is for nearly empty cells; 0 is never.",
            "État de charge auquel une charge immédiate est demandée à l’onduleur, comme pour des cellules presque vides ; "
                + "0 pour jamais."),
        SettingDefinition(
            "charge.force_rise_percent", .float(5...50), unit: "%", standard: .float(20),
            "How far above that level the state of charge must rise before the request ends.",
            "Écart au-dessus de ce niveau auquel la demande prend fin."),
        SettingDefinition(
            "charge.balance_hold", .bool, standard: .bool(false),
            "Holds cells that are apart after a full charge just below its voltage, so that their balancers can work.",
            "Maintient des cellules déséquilibrées après une charge complète juste sous sa tension, le temps de l’équilibrage."
        ),
        SettingDefinition(
            "charge.balance_hold_max_min", .float(20...720), unit: "min", standard: .float(240),
            "Longest time that cells are held for their balancers.",
            "Durée maximale du maintien pour l’équilibrage."),
        SettingDefinition(
            "charge.balance_current_a", .float(0.05...5), unit: "A", standard: .float(0.2),
            "What the balancers of one pack take; three times as much is charged meanwhile.",
            "Courant d’équilibrage d’une batterie ; le triple est chargé pendant ce temps."),
    ]

    private static let web: [SettingDefinition] = [
        SettingDefinition(
            "web.listen", .text(maximumBytes: 64, ascii: true), standard: .string("0.0.0.0:8443"), restarts: [.web],
            "Address and port, HOST:PORT, on which the web server listens; --http overrides it.",
            "Adresse et port, HOST:PORT, sur lesquels le serveur web écoute ; --http l’emporte."),
        SettingDefinition(
            "web.tls", .word(WebEncryption.allCases.map(\.rawValue)), standard: .string("auto"), restarts: [.web],
            "How the web server encrypts: with a certificate of its own, not at all (loopback only), or with files.",
            "Chiffrement du serveur web : certificat propre, aucun (boucle locale seulement) ou fichiers."),
        SettingDefinition(
            "web.cert_file", .text(maximumBytes: 255), note: "tls/certificate.pem in the state folder",
            restarts: [.web],
            "Certificate chain in PEM for web.tls files.",
            "Chaîne de certificats au format PEM, pour web.tls files."),
        SettingDefinition(
            "web.key_file", .text(maximumBytes: 255), note: "tls/key.pem in the state folder", restarts: [.web],
            "Private key in PEM for web.tls files.", "Clé privée au format PEM, pour web.tls files."),
        SettingDefinition(
            "web.host_name", .text(maximumBytes: 253, ascii: true), note: "the computer's own name",
            restarts: [.web],
            "Name by which browsers reach the web server, beside its addresses and NAME.local.",
            "Nom sous lequel les navigateurs atteignent le serveur web, outre ses adresses et NOM.local."),
    ]

    private static let system: [SettingDefinition] = [
        SettingDefinition(
            "site.has_grid", .bool, note: "unknown",
            "Whether the inverter has a grid to lean on.", "Si l’onduleur dispose d’un réseau public."),
        SettingDefinition(
            "system.commissioned", .bool, standard: .bool(false),
            "The user has confirmed every pack; before that nothing is sent to the inverter.",
            "L’utilisateur a confirmé chaque batterie ; avant cela rien n’est envoyé à l’onduleur."),
        SettingDefinition(
            "events.queue_length", .int(1...4096), standard: .int(8), restarts: [.gateway],
            "Events kept for each slow listener before the oldest are dropped.",
            "Événements gardés pour chaque abonné lent avant que les plus anciens soient perdus."),
        SettingDefinition(
            "history.commit_interval_s", .int(10...600), unit: "s", standard: .int(60),
            "Time between two commits of events and counters; alarms are written at once.",
            "Intervalle entre deux écritures des événements et compteurs ; les alarmes sont écrites aussitôt."),
        SettingDefinition(
            "capture.enabled", .bool, standard: .bool(false), restarts: [.capture],
            "Records every byte of UART and CAN.", "Enregistre chaque octet de l’UART et du CAN."),
        SettingDefinition(
            "capture.max_mib", .int(1...4096), unit: "MiB", standard: .int(64), restarts: [.capture],
            "Size of the recording, beyond which the oldest part goes.",
            "Taille de l’enregistrement, au-delà de laquelle le plus ancien disparaît."),
        SettingDefinition(
            "log.level", .word(["error", "warning", "info", "debug"]), standard: .string("info"),
            "Least severe kind of line in the log.", "Gravité minimale des lignes du journal."),
        SettingDefinition(
            "log.format", .word(["text", "json"]), standard: .string("text"),
            "Form of a line in the log.", "Forme des lignes du journal."),
    ]
}
