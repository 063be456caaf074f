import Foundation
import TestSupport

/// An authority, a broker certificate for `localhost`, one for another host, one that a stranger signed, and
/// a client certificate; made by openssl for one test run.
struct Certificates: Sendable {
    static let openssl = "/usr/bin/openssl"
    static var canMake: Bool { FileManager.default.isExecutableFile(atPath: openssl) }

    private let directory = TemporaryDirectory()

    init() throws {
        try makeAuthority("ca")
        try makeAuthority("stranger")
        try sign("broker", by: "ca", name: "DNS:localhost")
        try sign("elsewhere", by: "ca", name: "DNS:elsewhere.example")
        try sign("client", by: "ca", name: "DNS:client.example")
        try sign("expired", by: "ca", name: "DNS:localhost", days: "-1")
    }

    func certificate(_ name: String) -> String { directory.file("\(name).crt") }
    func key(_ name: String) -> String { directory.file("\(name).key") }

    private func makeAuthority(_ name: String) throws {
        try run(
            Self.openssl,
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=\(name)",
            "-keyout",
            key(name),
            "-out",
            certificate(name)
        )
    }

    private func sign(
        _ name: String,
        by authority: String,
        name alternative: String,
        days: String = "1"
    ) throws {
        let (request, extensions) = (directory.file("\(name).csr"), directory.file("\(name).ext"))
        try "subjectAltName=\(alternative)\n".write(toFile: extensions, atomically: true, encoding: .utf8)
        try run(
            Self.openssl,
            "req",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-subj",
            "/CN=\(name)",
            "-keyout",
            key(name),
            "-out",
            request
        )
        try run(
            Self.openssl,
            "x509",
            "-req",
            "-in",
            request,
            "-CA",
            certificate(authority),
            "-CAkey",
            key(authority),
            "-CAcreateserial",
            "-days",
            days,
            "-extfile",
            extensions,
            "-out",
            certificate(name)
        )
    }
}
