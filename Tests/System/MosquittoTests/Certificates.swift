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
        do {
            try sign("expired", by: "ca", name: "DNS:localhost", validity: ["-days", "-1"])
        } catch {
            // OpenSSL from 3.4 on refuses negative days, and before it has nothing else.
            let lastDecade = ["-not_before", "20190101000000Z", "-not_after", "20190102000000Z"]
            try sign("expired", by: "ca", name: "DNS:localhost", validity: lastDecade)
        }
    }

    func certificate(_ name: String) -> String { directory.file("\(name).crt") }
    func key(_ name: String) -> String { directory.file("\(name).key") }

    private func makeAuthority(_ name: String) throws {
        try run(
            Self.openssl,
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
                "2", "-subj", "/CN=\(name)", "-keyout", key(name), "-out", certificate(name),
            ]
        )
    }

    private func sign(
        _ name: String,
        by authority: String,
        name alternative: String,
        validity: [String] = ["-days", "1"]
    ) throws {
        let (request, extensions) = (directory.file("\(name).csr"), directory.file("\(name).ext"))
        try "subjectAltName=\(alternative)\n".write(toFile: extensions, atomically: true, encoding: .utf8)
        try run(
            Self.openssl,
            [
                "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
                "/CN=\(name)", "-keyout", key(name), "-out", request,
            ]
        )
        let arguments = [
            "x509", "-req", "-in", request, "-CA", certificate(authority), "-CAkey", key(authority),
            "-CAcreateserial", "-extfile", extensions, "-out", certificate(name),
        ]
        try run(Self.openssl, arguments + validity)
    }
}
