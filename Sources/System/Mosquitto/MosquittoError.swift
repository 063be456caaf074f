/// Why a connection failed, broke or refused a message, sorted by what to do about it.
public enum MosquittoError: Error, Hashable, Sendable {
    /// No way to the broker: name, route, port, or silence. Try again, or the next broker.
    case unreachable(String)
    /// The broker answered and does not want this client. An operator must act, unless the refusal may pass.
    case refused(Refusal)
    /// TLS failed. An operator has to act.
    case untrusted(TLSFault)
    /// An open connection broke. Connect again.
    case lost(String)
    /// What was asked for cannot be done: a file that cannot be read, a message that is too large.
    case invalid(String)

    /// What the broker's CONNACK says.
    public enum Refusal: Hashable, Sendable {
        case credentials
        case notAuthorized
        case identifier
        case protocolVersion
        /// Unavailable, busy or over its rate. May pass.
        case unavailable
        /// Any other reason code.
        case other(UInt8)
    }

    public enum TLSFault: Hashable, Sendable {
        /// The certificate is valid for another name.
        case hostMismatch
        /// No trusted authority signed the certificate, or it has expired. OpenSSL's message does not tell
        /// which, and libmosquitto has freed the session by the time that it could be asked.
        case certificate
        /// The broker wants a client certificate, or another one: it says so, or it hangs up between the
        /// handshake and the answer to CONNECT. One that dies in that moment looks the same.
        case clientCertificate
        /// The port does not speak TLS.
        case notTLS
        /// OpenSSL's own words.
        case other(String)
    }
}

extension MosquittoError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unreachable(let text): "The broker cannot be reached: \(text)"
        case .refused(let refusal): refusal.description
        case .untrusted(let fault): fault.description
        case .lost(let text): "The connection to the broker broke: \(text)"
        case .invalid(let text): text
        }
    }
}

extension MosquittoError.Refusal: CustomStringConvertible {
    public var description: String {
        switch self {
        case .credentials: "The broker refuses the user name or the password"
        case .notAuthorized: "The broker does not authorise this client"
        case .identifier: "The broker refuses the client identifier"
        case .protocolVersion: "The broker does not speak MQTT 5: set mqtt.version: 3.1.1"
        case .unavailable: "The broker is there, but busy or not available"
        case .other(let code): "The broker refuses the connection with reason code \(code)"
        }
    }

    /// From a CONNACK of either version; the codes do not overlap.
    ///
    /// - Source: MQTT 5.0 section 3.2.2.2; MQTT 3.1.1 section 3.2.2.3.
    init(code: UInt8) {
        self =
            switch code {
            case 0x01, 0x84: .protocolVersion
            case 0x02, 0x85: .identifier
            case 0x03, 0x88, 0x89, 0x97, 0x9F: .unavailable
            case 0x04, 0x86, 0x8C: .credentials
            case 0x05, 0x87, 0x8A: .notAuthorized
            default: .other(code)
            }
    }
}

extension MosquittoError.TLSFault: CustomStringConvertible {
    public var description: String {
        switch self {
        case .hostMismatch: "The broker's certificate is for another host name"
        case .certificate:
            "The broker's certificate is not trusted or has expired: check mqtt.tls.ca and the clock"
        case .clientCertificate:
            // Some versions of TLS show a port without TLS in the same way.
            "The broker ended the TLS handshake: it wants a client certificate or another one; check "
                + "mqtt.tls.certificate and .key, and that its port speaks TLS"
        case .notTLS: "The broker's port does not speak TLS: check mqtts:// and the port"
        case .other(let text): "TLS failed: \(text)"
        }
    }

    /// From the error lines that libmosquitto and OpenSSL left, oldest first; `nil` when they say no more
    /// than that the connection ended. Whether that is told as an end of file, as a reset or not at all
    /// depends on timing.
    init?(lines: [String]) {
        let endings = ["unexpected eof while reading", "system library::Connection reset by peer"]
        let lines = lines.filter { line in !endings.contains { line.contains($0) } }
        if lines.isEmpty { return nil }
        let text = lines.joined(separator: "; ").lowercased()
        func has(_ words: String...) -> Bool { words.contains { text.contains($0) } }
        self =
            if has("host name verification failed", "hostname mismatch", "ip address mismatch") {
                .hostMismatch
            } else if has("certificate verify failed") {
                .certificate
            } else if has(
                "certificate required",
                "alert unknown ca",
                "alert bad certificate",
                "alert certificate"
            )
                || has("alert handshake failure")
            {
                .clientCertificate
            } else if has(
                "wrong version number",
                "packet length too long",
                "http request",
                "record layer failure"
            ) {
                .notTLS
            } else {
                .other(lines.joined(separator: "; "))
            }
    }
}

extension String {
    /// Whether the other text stands anywhere in this one. The standard library's own lives in its module for
    /// regular expressions, which nothing else in the daemon needs.
    fileprivate func contains(_ other: String) -> Bool {
        let (text, wanted) = (Array(utf8), Array(other.utf8))
        guard wanted.count <= text.count else { return false }
        return (0...text.count - wanted.count).contains { text[$0..<$0 + wanted.count].elementsEqual(wanted) }
    }
}
