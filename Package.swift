// swift-tools-version:6.0
import PackageDescription

// The dependency graph is a design document: read it bottom-up. Each module states its layer and the
// manifest refuses to evaluate when an arrow points upwards, so the architecture cannot drift.

/// Where a module sits; also the folder below `Sources` and `Tests`. A module may use its own layer and
/// the layers below it.
enum Layer: Int {
    /// Pure values and algorithms. No Foundation, no I/O, no clock, no locks, no async.
    case Core
    /// One module per C library. Nothing here knows what a sensor is.
    case System
    /// What connects the core with the world: radios, files, the store, the brokers.
    case Adapters
    /// Wiring, lifecycle and the command line.
    case Product
    /// Programs for developers.
    case Tools
}

struct Module {
    let name: String
    let layer: Layer
    let uses: [String]

    init(_ name: String, _ layer: Layer, uses: [String] = []) {
        (self.name, self.layer, self.uses) = (name, layer, uses)
    }
}

// Declared bottom-up: a module may use only what stands above it in this list.
let modules = [
    Module("Units", .Core),
    Module("Wire", .Core),
    Module("JSON", .Core),
    Module("Profiles", .Core, uses: ["Units", "Wire"]),
    Module("ANTHost", .Core, uses: ["Wire"]),
    Module("BLEHost", .Core, uses: ["Wire"]),
    Module("Vectors", .Core, uses: ["Wire", "JSON", "Profiles", "ANTHost"]),
    Module("Twin", .Core, uses: ["Units", "Wire", "Profiles"]),
    Module("Messages", .Core, uses: ["Wire", "JSON", "Twin"]),
    Module("Outbox", .Core, uses: ["Wire"]),
    Module(
        "Engine",
        .Core,
        uses: ["Wire", "JSON", "Profiles", "ANTHost", "Twin", "Messages", "Outbox"]
    ),
    Module("Simulation", .Core, uses: ["Units", "Wire"]),
    Module("Physiology", .Core, uses: ["Units", "Wire"]),

    Module("Reactor", .System, uses: ["CSystemd"]),
    Module("Systemd", .System, uses: ["CSystemd"]),
    Module("SQLite", .System, uses: ["CSQLite"]),
    Module("YAML", .System, uses: ["CYAML"]),
    Module("Files", .System),
    Module("Compression", .System, uses: ["Files", "CZstd", "CZlib"]),
    Module("Mosquitto", .System, uses: ["CMosquitto", "Reactor"]),
    Module("Bus", .System, uses: ["CSystemd", "Reactor"]),
    Module("USB", .System, uses: ["CUSB", "CSystemd", "Reactor"]),

    Module("Configuration", .Adapters, uses: ["Wire", "YAML", "Files"]),
    Module("CaptureFile", .Adapters, uses: ["Wire", "JSON", "Messages", "Files", "Compression"]),
    Module("ActivityFile", .Adapters, uses: ["Files"]),
    Module("Store", .Adapters, uses: ["Wire", "Messages", "SQLite", "Reactor"]),
    Module("MQTTUplink", .Adapters, uses: ["Outbox", "Mosquitto", "Reactor"]),
    Module("SimulatedRadio", .Adapters, uses: ["Wire", "Simulation", "Reactor"]),
    Module("BlueZ", .Adapters, uses: ["Wire", "BLEHost", "Bus", "Reactor"]),
    Module("ANTStick", .Adapters, uses: ["Wire", "ANTHost", "USB", "Reactor"]),

    Module(
        "Daemon",
        .Product,
        uses: [
            "Wire", "JSON", "Twin", "Messages", "Outbox", "Engine", "Simulation", "Reactor", "Systemd",
            "Files", "Mosquitto", "Configuration", "CaptureFile", "Store", "MQTTUplink", "SimulatedRadio",
            "Profiles", "ANTHost", "ANTStick", "BLEHost", "BlueZ",
        ]
    ),
    Module(
        "Commands",
        .Product,
        uses: [
            "Wire", "JSON", "Profiles", "Vectors", "Messages", "Engine", "Simulation", "Files",
            "Configuration", "CaptureFile", "Store", "Daemon", "Physiology", "Units",
        ]
    ),

    Module("Reframing", .Tools, uses: ["Wire", "Messages", "Simulation", "CaptureFile", "ActivityFile"]),
    Module("StickServer", .Tools, uses: ["Wire", "JSON", "Simulation", "CaptureFile"]),
]

let cLibraries: [Target] = [
    systemLibrary("CSystemd", pkgConfig: "libsystemd", apt: "libsystemd-dev"),
    systemLibrary("CSQLite", pkgConfig: "sqlite3", apt: "libsqlite3-dev"),
    systemLibrary("CMosquitto", pkgConfig: "libmosquitto", apt: "libmosquitto-dev"),
    systemLibrary("CUSB", pkgConfig: "libusb-1.0", apt: "libusb-1.0-0-dev"),
    systemLibrary("CYAML", pkgConfig: "yaml-0.1", apt: "libyaml-dev"),
    systemLibrary("CZstd", pkgConfig: "libzstd", apt: "libzstd-dev"),
    systemLibrary("CZlib", pkgConfig: "zlib", apt: "zlib1g-dev"),
]

func systemLibrary(_ name: String, pkgConfig: String, apt package: String) -> Target {
    .systemLibrary(
        name: name,
        path: "Sources/System/\(name)",
        pkgConfig: pkgConfig,
        providers: [.apt([package])]
    )
}

var layers = Dictionary(uniqueKeysWithValues: cLibraries.map { ($0.name, Layer.System) })
for module in modules {
    for name in module.uses {
        guard let lower = layers[name], lower.rawValue <= module.layer.rawValue else {
            fatalError("\(module.name) (\(module.layer)) must not use \(name).")
        }
    }
    layers[module.name] = module.layer
}

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

/// A main of a few lines around modules.
func executable(_ name: String, _ layer: Layer, uses: [String]) -> Target {
    .executableTarget(
        name: name,
        dependencies: uses.map { .byName(name: $0) },
        path: "Sources/\(layer)/\(name)",
        swiftSettings: settings
    )
}

/// The tests of a module see what the module sees, and mirror its folders.
func tests(
    _ name: String,
    uses: [String] = [],
    exclude: [String] = [],
    resources: [Resource] = []
) -> Target {
    let subject = modules.first { $0.name == name }!
    let dependencies = [name, "TestSupport"] + subject.uses + uses
    return .testTarget(
        name: "\(name)Tests",
        dependencies: dependencies.map { .byName(name: $0) },
        path: "Tests/\(subject.layer)/\(name)Tests",
        exclude: exclude,
        resources: resources,
        swiftSettings: settings
    )
}

var targets = cLibraries
targets += modules.map {
    .target(
        name: $0.name,
        dependencies: $0.uses.map { .byName(name: $0) },
        path: "Sources/\($0.layer)/\($0.name)",
        swiftSettings: settings
    )
}
targets += [
    executable("touchlined", .Product, uses: ["Daemon", "Commands"]),
    executable("touchline-demo", .Tools, uses: []),
    executable("touchline-reframe", .Tools, uses: ["Reframing", "CaptureFile", "ActivityFile"]),
    executable("touchline-antstick", .Tools, uses: ["StickServer"]),
    executable(
        "touchline-bench",
        .Tools,
        uses: [
            "Wire", "ANTHost", "Messages", "Engine", "Simulation", "CaptureFile", "AllocationCounter",
        ]
    ),
    .target(name: "AllocationCounter", path: "Sources/Tools/AllocationCounter"),
]

targets += [
    .target(
        name: "TestSupport",
        path: "Tests/Support",
        exclude: ["CFaultVFS", "ScriptedBlueZ", "World"],
        swiftSettings: settings
    ),
    .target(
        name: "World",
        dependencies: ["Engine", "Messages", "Outbox", "Simulation", "Twin", "Wire"],
        path: "Tests/Support/World",
        swiftSettings: settings
    ),
    .target(
        name: "ScriptedBlueZ",
        dependencies: ["Bus", "Reactor"],
        path: "Tests/Support/ScriptedBlueZ",
        swiftSettings: settings
    ),
    .target(name: "CFaultVFS", dependencies: ["CSQLite"], path: "Tests/Support/CFaultVFS"),
    .testTarget(name: "TidyTests", path: "Tests/TidyTests", swiftSettings: settings),
    tests("Wire"),
    tests("JSON", uses: ["Wire"]),
    tests("Profiles", uses: ["JSON", "Vectors"], exclude: ["Peers"], resources: [.copy("Vectors")]),
    tests("ANTHost", uses: ["Profiles", "Simulation"]),
    tests("BLEHost"),
    tests("Twin"),
    tests("Messages"),
    tests("Outbox"),
    tests("Engine", uses: ["Simulation", "World"], resources: [.copy("Seeds.txt")]),
    tests("Simulation"),
    tests("Physiology"),
    tests("Reactor"),
    tests("Systemd"),
    tests("SQLite"),
    tests("YAML", uses: ["Wire"]),
    tests("Files"),
    tests("Compression"),
    tests("Mosquitto"),
    tests("USB"),
    tests("Bus", uses: ["ScriptedBlueZ"]),
    tests("Configuration"),
    tests("ActivityFile", uses: ["Wire"], resources: [.copy("Activities")]),
    tests("CaptureFile", resources: [.copy("Captures")]),
    tests("Store", uses: ["CFaultVFS"]),
    tests("MQTTUplink", uses: ["Wire"]),
    tests("SimulatedRadio"),
    tests("ANTStick", uses: ["Simulation"]),
    tests(
        "Commands",
        uses: ["Reframing", "ActivityFile"],
        resources: [.copy("Replays"), .copy("Physiology")]
    ),
    tests("Daemon", uses: ["Commands"]),
    tests("Reframing"),
    tests("StickServer"),
    .testTarget(
        name: "UmockdevTests",
        dependencies: ["TestSupport", "ANTHost", "CaptureFile", "Wire"],
        path: "Tests/Product/UmockdevTests",
        swiftSettings: settings
    ),
    .testTarget(
        name: "ChaosTests",
        dependencies: ["TestSupport", "Messages", "Twin", "Wire"],
        path: "Tests/Product/ChaosTests",
        swiftSettings: settings
    ),
]

/// Fuzzers: `Sources/Tools/fuzz-<name>`, and the modules that they feed.
let fuzzers: [(name: String, uses: [String])] = [
    ("ant-stream", ["ANTHost", "Wire"]),
    ("canary", []),
    ("capture-lines", ["CaptureFile"]),
    ("configuration", ["Configuration"]),
    ("decoders", ["Profiles", "Wire"]),
    ("fit", ["ActivityFile"]),
    ("json", ["JSON"]),
    ("record-body", ["Messages", "Wire"]),
    ("yaml", ["YAML"]),
]

// Fuzzers need libFuzzer, so they are built on request only: FUZZ=1 swift build -c release
//     --scratch-path .build/fuzz --product fuzz-<name>
//     -Xswiftc -sanitize=fuzzer,address -Xswiftc -use-ld=lld
if Context.environment["FUZZ"] != nil {
    targets.append(.target(name: "Fuzzing", path: "Sources/Tools/Fuzzing", swiftSettings: settings))
    targets += fuzzers.map {
        .executableTarget(
            name: "fuzz-\($0.name)",
            dependencies: (["Fuzzing"] + $0.uses).map { .byName(name: $0) },
            path: "Sources/Tools/fuzz-\($0.name)",
            swiftSettings: settings
        )
    }
}

let package = Package(name: "touchline", targets: targets)
