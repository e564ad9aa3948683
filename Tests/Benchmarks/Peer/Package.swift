// swift-tools-version: 6.2
// A peer to be measured against, in a package of its own: the product never depends on SwiftNIO.
import PackageDescription

let package = Package(
  name: "benchmark-peer",
  dependencies: [
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1")
  ],
  targets: [
    .executableTarget(
      name: "Peer", dependencies: [.product(name: "Hummingbird", package: "hummingbird")])
  ]
)
