internal import CMosquitto
internal import Glibc

extension ConnectOptions {
    /// Why an attempt or a connection ended by a call of the library.
    ///
    /// That the other side hung up is told as an end of file, a reset, a broken pipe or a failure of TLS,
    /// depending on when it is noticed. All of them mean the same here. What the code tells is whether the
    /// TLS handshake was over on our side: only before that it is MOSQ_ERR_TLS.
    ///
    /// - Parameters:
    ///   - code: The library's return code, or from 0x80 on the reason of the broker's DISCONNECT.
    ///   - number: `errno` after the library's call.
    ///   - lines: The error lines that the library and OpenSSL left.
    ///   - wasOpen: Whether the broker had accepted.
    /// - Returns: The error to tell.
    func ending(_ code: Int32, _ number: Int32, _ lines: [String], wasOpen: Bool) -> MosquittoError {
        let isHandshake = code == MOSQ_ERR_TLS.rawValue
        let isReset = code == MOSQ_ERR_ERRNO.rawValue && [EPROTO, ECONNRESET, EPIPE].contains(number)
        let isHangUp = isHandshake || isReset || code == MOSQ_ERR_CONN_LOST.rawValue
        if tls != nil, !wasOpen {
            if let fault = MosquittoError.TLSFault(lines: lines) { return .untrusted(fault) }
            // The broker judges a client certificate when our side is through. Its alert may get lost:
            // when it has bytes of ours unread, its system resets the connection.
            if isHangUp, !isHandshake { return .untrusted(.clientCertificate) }
        }
        let text =
            switch mosq_err_t(rawValue: code) {
            case _ where isHangUp: "closed by the broker"
            case MOSQ_ERR_ERRNO: errorText(number)
            case MOSQ_ERR_KEEPALIVE: "no answer to a ping"
            case _ where code >= 0x80: String(cString: mosquitto_reason_string(code))
            default: String(cString: mosquitto_strerror(code))
            }
        if wasOpen { return .lost(text) }
        let question = "does this port speak TLS, or does it want a client certificate?"
        let hint = isHandshake ? " during the TLS handshake; \(question)" : ""
        return .unreachable("\(host):\(port): \(text)\(hint)")
    }

    /// The system cannot connect.
    func unreachable(_ number: Int32) -> MosquittoError {
        .unreachable("\(host):\(port): \(errorText(number))")
    }
}
