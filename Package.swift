// swift-tools-version: 6.3
import PackageDescription

/// Swift 7's defaults today, and no warning left standing. A misspelt feature name is ignored silently: spell-check.
let language: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("ImmutableWeakCaptures"),
]

/// Strict memory safety everywhere but in tests, whose macros trip it.
let product = language + [.strictMemorySafety()]

func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: product)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(
        name: name + "Tests", dependencies: dependencies, path: "Tests/" + name, swiftSettings: language)
}

let package = Package(
    name: "cellbridge",
    products: [.executable(name: "cellbridge", targets: ["Gateway"])],
    targets: [
        .systemLibrary(name: "CLinux", providers: [.apt(["linux-libc-dev"])]),
        .systemLibrary(name: "CSocketCAN", pkgConfig: "libsocketcan", providers: [.apt(["libsocketcan-dev"])]),
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CWebSockets", pkgConfig: "libwebsockets", providers: [.apt(["libwebsockets-dev"])]),
        .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CSodium", pkgConfig: "libsodium", providers: [.apt(["libsodium-dev"])]),

        // Pure: values in, values out.
        module("JSONText"),
        // Moments: what pure modules and the world have in common.
        module("Time"),
        module("Battery", ["Time"]),
        module("Monitoring", ["Battery", "Time"]),
        module("Configuration", ["Battery", "JSONText"]),
        module("InverterProtocols", ["Battery", "JSONText", "Time"]),
        module("HTTP", ["JSONText"]),
        // Judges the gateway from outside, so it imports nothing of it.
        module("Proof"),

        // The world.
        module("Links", ["CLinux", "CSocketCAN", "Time"]),
        module("BMSProtocols", ["Battery", "JSONText", "Links"]),
        module("Storage", ["CSQLite"]),
        module("Log", ["CLinux", "JSONText"]),
        module("Access", ["CCrypto", "CSodium", "JSONText", "Log"]),

        module("WebServer", ["CCrypto", "CLinux", "CWebSockets", "CZlib", "HTTP", "JSONText", "Links", "Log"]),

        module("Simulator", ["Battery", "BMSProtocols", "InverterProtocols", "JSONText", "Links"]),
        module(
            "Actors",
            [
                "Access", "Battery", "BMSProtocols", "CLinux", "Configuration", "InverterProtocols", "JSONText",
                "Links", "Log", "Monitoring", "Storage",
            ]),
        // What the web server answers: routes, their document, and what is behind each.
        module(
            "API",
            [
                "Access", "Actors", "Battery", "BMSProtocols", "Configuration", "HTTP", "InverterProtocols", "JSONText",
                "Links", "Log", "Monitoring", "Storage", "WebServer",
            ]),
        // The gateway itself, whatever it runs on.
        module(
            "Wiring",
            [
                "Actors", "Battery", "BMSProtocols", "Configuration", "InverterProtocols", "Links", "Log", "Monitoring",
                "Simulator", "Storage",
            ]),
        // The gateway in a world from one seed, on virtual time.
        module(
            "SimulatedWorld",
            [
                "Actors", "Battery", "Configuration", "CSQLite", "JSONText", "Links", "Log", "Proof", "Simulator",
                "Storage", "Wiring",
            ]),
        .target(
            name: "Benchmarks",
            dependencies: [
                "Actors", "Battery", "BMSProtocols", "CLinux", "HTTP", "InverterProtocols", "JSONText", "Links", "Log",
                "SimulatedWorld", "Simulator", "WebServer",
            ],
            path: "Benchmarks", swiftSettings: product),
        .executableTarget(
            name: "Gateway",
            dependencies: [
                "Access", "Actors", "API", "Battery", "Benchmarks", "BMSProtocols", "CLinux", "Configuration",
                "InverterProtocols", "JSONText", "Links", "Log", "Proof", "SimulatedWorld", "Simulator", "Storage",
                "WebServer", "Wiring",
            ],
            swiftSettings: product),

        tests("Benchmarks", ["Benchmarks", "JSONText"]),
        tests("Proof", ["Proof"]),
        tests("JSONText", ["JSONText"]),
        tests("Battery", ["Battery"]),
        tests("Monitoring", ["Battery", "Monitoring"]),
        tests("Configuration", ["Battery", "Configuration", "JSONText"]),
        tests("InverterProtocols", ["Battery", "InverterProtocols", "JSONText"]),
        tests("Links", ["CLinux", "Links"]),
        tests("BMSProtocols", ["Battery", "BMSProtocols", "JSONText", "Links"]),
        tests("Storage", ["CSQLite", "Storage"]),
        tests("HTTP", ["HTTP", "JSONText"]),
        tests("WebServer", ["CLinux", "HTTP", "JSONText", "Links", "Log", "WebServer"]),
        tests("Log", ["JSONText", "Log"]),
        tests("Access", ["Access", "CSodium", "JSONText", "Log", "Storage"]),
        tests("Simulator", ["Battery", "BMSProtocols", "InverterProtocols", "JSONText", "Links", "Simulator"]),
        tests(
            "Actors",
            [
                "Actors", "Battery", "BMSProtocols", "CLinux", "Configuration", "InverterProtocols", "JSONText",
                "Links",
                "Log", "Monitoring", "Simulator", "Storage",
            ]),
        tests(
            "API",
            [
                "Access", "Actors", "API", "Battery", "BMSProtocols", "Configuration", "HTTP", "JSONText", "Links",
                "Log",
                "Monitoring", "Simulator", "Storage", "WebServer",
            ]),
        tests("SimulatedWorld", ["Links", "Proof", "SimulatedWorld", "Simulator", "Storage"]),
        // The program as a process of its own: `make test` names it in the environment, CELLBRIDGE.
        tests("System", ["CLinux", "JSONText", "Links", "Simulator", "Storage"]),
        tests(
            "Gateway",
            [
                "Access", "Actors", "Battery", "BMSProtocols", "Configuration", "Gateway", "InverterProtocols",
                "JSONText", "Links", "Log", "Simulator", "Storage", "Wiring",
            ]),
    ],
    swiftLanguageModes: [.v6]
)

// The fuzz targets are built by `make fuzz` alone: they bring the main program of libFuzzer with them.
if Context.environment["CELLBRIDGE_FUZZ"] != nil {
    package.targets += [
        .systemLibrary(name: "CLibFuzzer", path: "Fuzz/CLibFuzzer"),
        .executableTarget(
            name: "Fuzz",
            dependencies: [
                "Access", "Actors", "Battery", "BMSProtocols", "CLibFuzzer", "Configuration", "HTTP",
                "InverterProtocols", "JSONText", "Links", "Simulator", "WebServer",
            ],
            path: "Fuzz/Sources", swiftSettings: language),
    ]
}
