// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
]

let system = Target.Dependency.product(name: "SystemPackage", package: "swift-system")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

/// A library target of the house. What it may import is drawn in `Sources/README.md`.
func library(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(
        name: name, dependencies: dependencies, exclude: ["README.md"], swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies + ["TestSupport"], swiftSettings: settings)
}

let package = Package(
    name: "headgate",
    products: [.executable(name: "headgate", targets: ["headgate"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
    ],
    targets: [
        // C
        .systemLibrary(
            name: "CLibgit2", pkgConfig: "libgit2",
            providers: [.apt(["libgit2-dev"]), .brew(["libgit2"])]),
        .target(name: "CHost"),
        // words
        library("Model", [system, crypto]),
        // machine
        library("HostSystem", ["Model", "CHost", system, crypto, subprocess]),
        // adapters
        library("Git", ["Model", "HostSystem", "CLibgit2", system]),
        library("Configuration", ["Model", yams]),
        library("Persistence", ["Model", "HostSystem", system, grdb]),
        // engines
        library("Snapshots", ["Model", "HostSystem", "Persistence", system, crypto]),
        library("Pipelines", ["Model", "HostSystem", "Persistence", system]),
        library("DataTests", ["Model", "HostSystem", system]),
        library("Gate", ["Model"]),
        library("Reporting", ["Model", system]),
        // workflows
        library(
            "Workflows",
            [
                "Model", "HostSystem", "Git", "Configuration", "Persistence", "Snapshots",
                "Pipelines", "DataTests", "Gate", system,
            ]),
        // face
        library("Commands", ["Model", "HostSystem", "Workflows", "Reporting", arguments, system]),
        .executableTarget(name: "headgate", dependencies: ["Commands"], swiftSettings: settings),
        // tests
        library("TestSupport", ["Model", "HostSystem", system]),
        tests("ModelTests", ["Model"]),
        tests("HostSystemTests", ["HostSystem", "CHost", "Model"]),
        tests("GitTests", ["Git", "HostSystem", "Model"]),
        tests("ConfigurationTests", ["Configuration", "Model"]),
        tests("PersistenceTests", ["Persistence", "Model"]),
        tests("SnapshotsTests", ["Snapshots", "Persistence", "HostSystem", "Model"]),
        tests("PipelinesTests", ["Pipelines", "Persistence", "HostSystem", "Model"]),
        tests("DataTestsTests", ["DataTests", "HostSystem", "Model"]),
        tests("GateTests", ["Gate", "Model"]),
        tests("ReportingTests", ["Reporting", "Model"]),
        tests("WorkflowsTests", ["Workflows", "Configuration", "Gate", "Git", "Model"]),
        tests("CommandTests", []),
        tests("RecoveryTests", []),
    ]
)
