// swift-tools-version: 6.2
// SPDX-License-Identifier: GPL-3.0-or-later
import PackageDescription

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]
let source = strict + [.strictMemorySafety()]

let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let hummingbirdTLS = Target.Dependency.product(name: "HummingbirdTLS", package: "hummingbird")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let httpClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")

/// One C library each: a module map and a shim header. Without `pkgConfig` its headers are where the compiler looks
/// anyway: libyuv comes without such a file, and in x264's is a flag that SwiftPM does not let through.
func library(_ name: String, _ pkgConfig: String?, apt: String) -> Target {
    .systemLibrary(name: name, path: "Sources/CLibraries/\(name)", pkgConfig: pkgConfig, providers: [.apt([apt])])
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: "\(name)Tests", dependencies: dependencies + ["TestSupport"], swiftSettings: strict)
}

let package = Package(
    name: "confab",
    products: [
        .library(name: "UserAgent", targets: ["UserAgent"]),
        .executable(name: "confabd", targets: ["confabd"]),
        .executable(name: "confab", targets: ["confab"]),
        .executable(name: "confabctl", targets: ["confabctl"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.30.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    ],
    targets: [
        // Floor 0
        library("COSIP", "libosip2", apt: "libosip2-dev"),
        library("CORTP", "ortp", apt: "libortp-dev"),
        library("COpus", "opus", apt: "libopus-dev"),
        library("CSpeexDSP", "speexdsp", apt: "libspeexdsp-dev"),
        library("CSpanDSP", "spandsp", apt: "libspandsp-dev"),
        library("CALSA", "alsa", apt: "libasound2-dev"),
        library("CVPX", "vpx", apt: "libvpx-dev"),
        library("CX264", nil, apt: "libx264-dev"),
        library("CAVCodec", "libavcodec", apt: "libavcodec-dev"),
        library("CYUV", nil, apt: "libyuv-dev"),
        library("CPNG", "libpng", apt: "libpng-dev"),
        library("CFreeType", "freetype2", apt: "libfreetype-dev"),
        library("CFontconfig", "fontconfig", apt: "libfontconfig-dev"),
        library("CSDL2", nil, apt: "libsdl2-dev"),
        library("CX11", "x11", apt: "libxcomposite-dev"),
        library("CAVFormat", "libavformat", apt: "libavformat-dev"),
        .target(name: "CLinux", path: "Sources/CLibraries/CLinux"),
        .target(name: "CFloor", path: "Sources/CLibraries/CFloor"),
        .target(name: "CV4L2", path: "Sources/CLibraries/CV4L2", linkerSettings: [.linkedLibrary("v4l2")]),
        .target(
            name: "CResolver", path: "Sources/CLibraries/CResolver", linkerSettings: [.linkedLibrary("resolv")]),
        // Floor 1
        .target(name: "SDP", swiftSettings: source),
        .target(name: "Geometry", swiftSettings: source),
        // Floor 2
        .target(
            name: "SIP", dependencies: ["SDP", "COSIP", "CResolver", nioCore, nioPosix, crypto], swiftSettings: source),
        .target(name: "RTP", dependencies: ["CORTP", "CLinux"], swiftSettings: source),
        // Floor 3
        .target(name: "Conference", swiftSettings: source),
        .target(name: "Audio", dependencies: ["RTP", "COpus", "CSpeexDSP", "CSpanDSP"], swiftSettings: source),
        .target(name: "Video", dependencies: ["RTP", "Geometry"], swiftSettings: source),
        .target(
            name: "Picture",
            dependencies: ["Geometry", "CVPX", "CX264", "CAVCodec", "CYUV", "CPNG", "CFreeType", "CFontconfig"],
            swiftSettings: source),
        // Floor 4
        .target(name: "HTTPService", dependencies: [hummingbirdCore, nioCore], swiftSettings: source),
        .target(
            name: "MediaServer", dependencies: ["RTP", "Audio", "Video", "Picture", "Geometry", "SDP"],
            swiftSettings: source),
        .target(
            name: "Devices",
            dependencies: [
                "Audio", "Video", "Picture", "Geometry", "RTP", "CALSA", "CV4L2", "CX11", "CAVFormat", "CSDL2",
            ],
            swiftSettings: source),
        .target(name: "Storage", dependencies: ["Conference", grdb, logging], swiftSettings: source),
        // Floor 5
        .target(
            name: "Focus",
            dependencies: [
                "MediaServer", "Conference", "SIP", "SDP", "RTP", "Audio", "Video", "Geometry", nioCore, nioPosix,
                logging, yams,
            ],
            swiftSettings: source),
        .target(
            name: "UserAgent",
            dependencies: [
                "MediaServer", "Devices", "Conference", "Audio", "Video", "Picture", "Geometry", "RTP", "SIP", "SDP",
                nioCore,
                nioPosix, logging,
            ],
            swiftSettings: source),
        .target(
            name: "OperatorAPI",
            dependencies: [
                "HTTPService", "Conference", hummingbird, hummingbirdCore, httpClient, httpTypes, lifecycle, nioCore,
                nioHTTP1, logging,
            ],
            swiftSettings: source),
        .target(
            name: "FileSharing",
            dependencies: [
                "HTTPService", "Conference", hummingbird, hummingbirdCore, hummingbirdTLS, httpTypes, lifecycle,
                nioCore, nioSSL, logging,
            ],
            swiftSettings: source),
        // Floor 6
        .executableTarget(
            name: "confabd",
            dependencies: [
                "Focus", "OperatorAPI", "FileSharing", "Storage", "Conference", "SIP", arguments, lifecycle,
                unixSignals, logging,
                nioCore,
                nioPosix,
            ],
            swiftSettings: source),
        .executableTarget(
            name: "confab",
            dependencies: [
                "UserAgent", "Conference", "Devices", "Picture", "Geometry", arguments, httpClient, nioCore, nioHTTP1,
            ],
            swiftSettings: source),
        .executableTarget(
            name: "confabctl", dependencies: ["OperatorAPI", "Conference", arguments], swiftSettings: source),
        .executableTarget(
            name: "confabdemo", dependencies: ["TestSupport", "Devices", "Audio", arguments],
            swiftSettings: source),
        .executableTarget(
            name: "confabbench",
            dependencies: [
                "MediaServer", "UserAgent", "Devices", "Conference", "Audio", "Video", "Picture", "Geometry", "RTP",
                "SIP", "SDP",
                "TestSupport",
                "CFloor", nioCore, nioPosix, arguments,
            ],
            swiftSettings: source),
        // The README's program, which sees of the package what anybody's sees.
        .executableTarget(
            name: "example", dependencies: ["UserAgent"], path: "Docs/Example", packageAccess: false,
            swiftSettings: strict),
        // Tests
        .target(
            name: "TestSupport",
            dependencies: ["SIP", "SDP", "RTP", "Audio", "Video", "Picture", "Geometry", nioCore, nioPosix],
            resources: [.copy("Torture/Messages")], swiftSettings: source),
        tests("SDP", ["SDP"]),
        tests("SIP", ["SIP", nioCore, nioPosix]),
        tests("RTP", ["RTP"]),
        tests("Conference", ["Conference"]),
        tests("Audio", ["Audio", "RTP"]),
        tests("Video", ["Video", "Geometry", "RTP"]),
        tests("Picture", ["Picture", "Geometry"]),
        tests("Devices", ["Devices", "Audio", "Picture", "Geometry"]),
        tests("MediaServer", ["MediaServer", "Audio", "Video", "Picture", "Geometry", "RTP", "SDP"]),
        tests(
            "Focus",
            [
                "Focus", "MediaServer", "Conference", "Devices", "Audio", "Picture", "Geometry", "Video", "RTP", "SIP",
                "SDP",
                nioCore,
                nioPosix, logging, "FileSharing", httpClient, nioHTTP1, nioSSL, lifecycle,
            ]),
        tests(
            "UserAgent",
            [
                "UserAgent", "confab", "Focus", "MediaServer", "Devices", "Conference", "Audio", "Video", "Picture",
                "Geometry",
                "RTP", "SIP", "SDP", arguments, logging, nioPosix,
            ]),
        tests("Storage", ["Storage", "Conference", grdb, logging]),
        tests("OperatorAPI", ["OperatorAPI", "Conference", lifecycle, nioCore, nioPosix, logging]),
        tests("TestSupport", ["Audio"]),
        .testTarget(
            name: "DeviceRig", dependencies: ["TestSupport", "Devices", "Picture", "Geometry"],
            exclude: ["machine", "Guest"], swiftSettings: strict),
        .testTarget(
            name: "InteropTests",
            dependencies: [
                "TestSupport", "Devices", "Audio", "Picture", "Geometry", "Conference", "Focus", "SIP", "SDP", "RTP",
                "confabd", "confab", "confabctl", "example",
                nioPosix, logging,
            ], exclude: ["Scenarios"], swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
