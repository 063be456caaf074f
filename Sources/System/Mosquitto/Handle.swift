internal import CMosquitto
internal import Glibc

/// One `struct mosquitto`, used for one connection attempt and freed after it, so that libmosquitto never
/// sends anything a second time on its own.
///
/// Unchecked, because exactly one thread has it: the dialler's until it is connecting, then the reactor's.
/// The callbacks run inside the library's calls, on that thread, and only take notes.
///
/// - Source: mosquitto.h and libmosquitto(3) of 2.0.11.
final class Handle: @unchecked Sendable {
    /// What the callbacks heard.
    enum News {
        case connectionAnswer(code: UInt8, receiveMaximum: Int)
        case publishAnswer(message: Int32, code: UInt8, reason: String)
        case disconnected(code: Int32)
    }

    private let pointer: OpaquePointer
    private let version: ConnectOptions.Version
    private(set) var news: [News] = []
    /// The newest error lines, oldest first; a handful.
    private(set) var errorLines: [String] = []

    /// The library is initialised once for the process and never cleaned up.
    private static let isInitialised = mosquitto_lib_init() == MOSQ_ERR_SUCCESS.rawValue

    init(_ options: ConnectOptions) throws(MosquittoError) {
        guard Self.isInitialised else { throw .invalid("libmosquitto cannot be initialised") }
        guard let pointer = mosquitto_new(options.clientID, true, nil) else {
            throw .invalid("libmosquitto refuses the client identifier \(options.clientID)")
        }
        self.pointer = pointer
        version = options.version
        mosquitto_user_data_set(pointer, Unmanaged.passUnretained(self).toOpaque())
        setCallbacks()
        try configure(options)
    }

    deinit {
        // The library logs while it frees; by then there is nobody to take notes.
        mosquitto_log_callback_set(pointer, nil)
        mosquitto_destroy(pointer)
    }

    private func configure(_ options: ConnectOptions) throws(MosquittoError) {
        let isV5 = options.version == .v5
        let version = isV5 ? MQTT_PROTOCOL_V5 : MQTT_PROTOCOL_V311
        try check(mosquitto_int_option(pointer, MOSQ_OPT_PROTOCOL_VERSION, version), "protocol version")
        try check(mosquitto_int_option(pointer, MOSQ_OPT_TCP_NODELAY, 1), "TCP_NODELAY")
        if let username = options.username {
            let code = mosquitto_username_pw_set(pointer, username, options.password)
            try check(code, "user name and password")
        }
        if let will = options.will {
            let code = will.payload.withUnsafeBytes { bytes in
                mosquitto_will_set(
                    pointer,
                    will.topic,
                    Int32(bytes.count),
                    bytes.baseAddress,
                    will.qos.rawValue,
                    will.retain
                )
            }
            try check(code, "will on \(will.topic)")
        }
        if let tls = options.tls { try configure(tls) }
    }

    private func configure(_ tls: ConnectOptions.TLS) throws(MosquittoError) {
        for file in [tls.certificate, tls.key].compactMap({ $0 }) + tls.authorities.files {
            if access(file, R_OK) != 0 { throw .invalid("\(file) cannot be read: \(errorText(errno))") }
        }
        let code =
            switch tls.authorities {
            case .system: mosquitto_tls_set(pointer, nil, "/etc/ssl/certs", tls.certificate, tls.key, nil)
            case .file(let path): mosquitto_tls_set(pointer, path, nil, tls.certificate, tls.key, nil)
            }
        try check(code, "TLS files")
    }

    private func setCallbacks() {
        mosquitto_connect_v5_callback_set(pointer) { _, this, code, _, properties in
            var maximum: UInt16 = .max
            mosquitto_property_read_int16(properties, MQTT_PROP_RECEIVE_MAXIMUM.rawInt32, &maximum, false)
            Handle.of(this).news.append(
                .connectionAnswer(code: UInt8(truncatingIfNeeded: code), receiveMaximum: Int(maximum))
            )
        }
        mosquitto_disconnect_v5_callback_set(pointer) { _, this, code, _ in
            Handle.of(this).news.append(.disconnected(code: code))
        }
        mosquitto_publish_v5_callback_set(pointer) { _, this, message, code, properties in
            let code = UInt8(truncatingIfNeeded: code)
            Handle.of(this).news.append(
                .publishAnswer(
                    message: message,
                    code: code,
                    reason: code < 0x80 ? "" : reason(in: properties)
                )
            )
        }
        mosquitto_log_callback_set(pointer) { _, this, level, text in
            guard level == MOSQ_LOG_ERR, let text else { return }
            let this = Handle.of(this)
            if this.errorLines.count == 8 { this.errorLines.removeFirst() }
            this.errorLines.append(String(cString: text))
        }
    }

    private static func of(_ this: UnsafeMutableRawPointer?) -> Handle {
        Unmanaged<Handle>.fromOpaque(this!).takeUnretainedValue()
    }

    func takeNews() -> [News] {
        defer { news.removeAll() }
        return news
    }

    /// Resolves the name, which blocks, and starts to connect, which does not. For the dialler's thread.
    ///
    /// A broker that is quick may have answered and hung up before this returns.
    func connect(_ options: ConnectOptions) throws(MosquittoError) {
        let (host, port) = (options.host, options.port)
        let keepAlive = Int32(clamping: options.keepAlive)
        let code = mosquitto_connect_bind_async(pointer, host, Int32(port), keepAlive, nil)
        let number = errno
        switch mosq_err_t(rawValue: code) {
        case MOSQ_ERR_SUCCESS: return
        case MOSQ_ERR_EAI: throw .unreachable("\(host): \(String(cString: gai_strerror(number)))")
        case MOSQ_ERR_TLS where errorLines.contains(where: Self.isAboutFiles):
            throw .invalid("TLS cannot start: \(errorLines.joined(separator: "; "))")
        case MOSQ_ERR_ERRNO where number != EPROTO: throw options.unreachable(number)
        case MOSQ_ERR_ERRNO, MOSQ_ERR_CONN_LOST, MOSQ_ERR_TLS:
            throw options.ending(code, number, errorLines, wasOpen: false)
        default: throw .invalid("\(host):\(port): \(String(cString: mosquitto_strerror(code)))")
        }
    }

    /// Whether libmosquitto complains of a file, or of a certificate and a key that do not belong together.
    private static func isAboutFiles(_ line: String) -> Bool {
        line.hasPrefix("Error: Unable to ") || line.hasPrefix("Error: Client certificate/key")
    }

    /// The socket, or -1. It stays the library's.
    var socket: Int32 { mosquitto_socket(pointer) }
    var wantsWrite: Bool { mosquitto_want_write(pointer) }

    func read() -> Int32 { mosquitto_loop_read(pointer, 1) }
    func write() -> Int32 { mosquitto_loop_write(pointer, 1) }
    func keepAlive() -> Int32 { mosquitto_loop_misc(pointer) }
    /// Says goodbye, so that the broker does not publish the will.
    func disconnect() { mosquitto_disconnect(pointer) }

    /// - Returns: The library's return code and the message's number, which its answer will carry.
    func publish(
        topic: String,
        payload: [UInt8],
        qos: QoS,
        retain: Bool,
        properties: PublishProperties
    ) -> (code: Int32, message: Int32) {
        var list = version == .v5 ? properties.makeList() : nil
        defer { mosquitto_property_free_all(&list) }
        var message: Int32 = 0
        let code = payload.withUnsafeBytes { bytes in
            mosquitto_publish_v5(
                pointer,
                &message,
                topic,
                Int32(bytes.count),
                bytes.baseAddress,
                qos.rawValue,
                retain,
                list
            )
        }
        return (code, message)
    }

    private func check(_ code: Int32, _ what: String) throws(MosquittoError) {
        guard code != MOSQ_ERR_SUCCESS.rawValue else { return }
        throw .invalid("libmosquitto refuses the \(what): \(String(cString: mosquitto_strerror(code)))")
    }
}

/// The reason string of an answer, cut to what a log line can bear.
private func reason(in properties: OpaquePointer?) -> String {
    var text: UnsafeMutablePointer<CChar>?
    mosquitto_property_read_string(properties, MQTT_PROP_REASON_STRING.rawInt32, &text, false)
    guard let text else { return "" }
    defer { free(text) }
    return String(String(cString: text).prefix(200))
}

func errorText(_ number: Int32) -> String { String(cString: strerror(number)) }

extension mqtt5_property {
    fileprivate var rawInt32: Int32 { Int32(bitPattern: rawValue) }
}

extension ConnectOptions.TLS.Authorities {
    fileprivate var files: [String] { if case .file(let path) = self { [path] } else { [] } }
}

extension PublishProperties {
    /// The C form; the caller frees it. What the library refuses (not UTF-8, too long) is left out.
    fileprivate func makeList() -> OpaquePointer? {
        var list: OpaquePointer?
        if let contentType {
            mosquitto_property_add_string(&list, MQTT_PROP_CONTENT_TYPE.rawInt32, contentType)
        }
        if let expiry {
            mosquitto_property_add_int32(&list, MQTT_PROP_MESSAGE_EXPIRY_INTERVAL.rawInt32, expiry)
        }
        for property in user {
            let identifier = MQTT_PROP_USER_PROPERTY.rawInt32
            mosquitto_property_add_string_pair(&list, identifier, property.name, property.value)
        }
        return list
    }
}
