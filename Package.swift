// swift-tools-version: 6.2
import PackageDescription

/// Every Swift target is built with the same strictness; `Deploy/checks/check` adds warnings as
/// errors and the check that no target uses an import it did not declare.
let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

let package = Package(
  name: "tenure",
  products: [
    .executable(name: "tenured", targets: ["TenureDaemon"]),
    .executable(name: "tenure", targets: ["TenureCLI"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
  ],
  targets: [
    // C headers: what the system offers and Swift does not import by itself.
    .target(name: "CSystem", linkerSettings: [.linkedLibrary("resolv")]),
    // Files the programs carry: contract, migrations, Unicode facts.
    .target(name: "CFiles", exclude: ["looks.txt", "mail_providers.txt", "uts46.txt"]),
    .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),

    // Libraries that do not know Tenure.
    .target(name: "Reactor", dependencies: ["CSystem"], swiftSettings: strict),
    .target(
      name: "Postgres", dependencies: ["Reactor", "CPostgres", "COpenSSL", "CSystem"],
      swiftSettings: strict),
    .target(name: "Vault", dependencies: ["COpenSSL"], swiftSettings: strict),
    .target(name: "JSON", swiftSettings: strict),
    .target(
      name: "SettingsFile", dependencies: [.product(name: "TOMLKit", package: "TOMLKit")],
      swiftSettings: strict),
    .target(
      name: "HTTP", dependencies: ["Reactor", "COpenSSL", "CSystem"], swiftSettings: strict),

    // Tenure, which does not know libraries.
    .target(name: "Tenure", dependencies: ["CFiles"], swiftSettings: strict),
    .target(name: "TenureAPI", dependencies: ["Tenure", "JSON"], swiftSettings: strict),
    .target(
      name: "TenureSchema", dependencies: ["Postgres", "CFiles"], exclude: ["Migrations"],
      swiftSettings: strict),

    // Where they meet: what every feature stands on, the features, and what puts them together.
    .target(
      name: "TenureKernel",
      dependencies: [
        "CSystem", "Reactor", "Postgres", "Vault", "JSON", "HTTP", "Tenure", "TenureAPI",
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: strict),
    .target(
      name: "TenureServer",
      dependencies: [
        "CSystem", "CFiles", "Reactor", "Postgres", "Vault", "JSON", "HTTP", "Tenure", "TenureAPI",
        "TenureKernel", .product(name: "Logging", package: "swift-log"),
      ],
      exclude: ["TenureServer.docc"],
      swiftSettings: strict),
    .target(
      name: "TenureAssembly",
      dependencies: [
        "CSystem", "Reactor", "Postgres", "Vault", "JSON", "HTTP", "SettingsFile", "Tenure",
        "TenureAPI", "TenureSchema", "TenureKernel", "TenureServer",
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "TenureDaemon",
      dependencies: [
        "TenureAssembly", "TenureKernel", "TenureServer", "TenureAPI", "Reactor", "CSystem",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "TenureCLI",
      dependencies: [
        "TenureAPI", "Tenure", "JSON", "HTTP", "Reactor", "SettingsFile", "Vault",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Yams", package: "Yams"),
      ],
      swiftSettings: strict),
    .target(
      name: "TenureTesting",
      dependencies: [
        "TenureAssembly", "TenureKernel", "TenureServer", "Postgres", "Reactor", "HTTP", "JSON",
        "Tenure", "TenureAPI", "TenureSchema", .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: strict),

    .testTarget(
      name: "ReactorTests", dependencies: ["Reactor", "CSystem"], swiftSettings: strict),
    .testTarget(
      name: "PostgresTests", dependencies: ["Postgres", "Reactor", "TenureTesting"],
      swiftSettings: strict),
    .testTarget(name: "VaultTests", dependencies: ["Vault", "JSON"], swiftSettings: strict),
    .testTarget(name: "JSONTests", dependencies: ["JSON"], swiftSettings: strict),
    .testTarget(name: "SettingsFileTests", dependencies: ["SettingsFile"], swiftSettings: strict),
    .testTarget(
      name: "HTTPTests", dependencies: ["HTTP", "Reactor", "JSON", "CSystem", "TenureTesting"],
      swiftSettings: strict),
    .testTarget(name: "TenureTests", dependencies: ["Tenure"], swiftSettings: strict),
    .testTarget(
      name: "TenureServerTests",
      dependencies: [
        "TenureAssembly", "TenureKernel", "TenureServer", "TenureTesting", "JSON", "HTTP",
        "Postgres", "Reactor", "Tenure", "TenureAPI", "Vault",
        .product(name: "Yams", package: "Yams"),
      ],
      exclude: [
        "House/disposal.txt", "House/permissions.txt", "House/problems.txt", "House/rooms.txt",
        "House/schema.sql",
        "House/times.txt",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "TenureCLITests",
      dependencies: [
        "TenureTesting", "Tenure", "Postgres", "JSON", "HTTP", "Reactor", "TenureDaemon",
        "TenureCLI", "TenureAssembly", "TenureKernel",
      ],
      swiftSettings: strict),

    .executableTarget(
      name: "FixedAnswer", dependencies: ["HTTP", "Reactor"], path: "Tests/Benchmarks/FixedAnswer",
      swiftSettings: strict),
  ]
)
