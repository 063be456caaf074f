public import Wire

// The one table of keys: name, place in the value, kind, range. The order is the document's. Ranges
// without a source were chosen: wide enough for every sensible use, narrow enough to catch a slip.

extension Configuration: Section {
    static var keys: [Key<Configuration>] {
        [
            .section("gateway", \.gateway),
            .section("store", \.store),
            .section("clock", \.clock),
            .section("athletes", \.athletes),
            .section("record", \.record),
            .section("session", \.session),
            .section("radios", \.radios),
            .keyed("sensors", \.sensors, by: .sensorName),
            .section("mqtt", \.mqtt),
            .keyed("http", \.http, by: .slugName),
            .section("api", \.api),
            .section("capture", \.capture),
            .section("privacy", \.privacy),
            .section("alerts", \.alerts),
            .keyed("webhooks", \.webhooks, by: .slugName),
            .section("log", \.log),
        ]
    }
}

extension Configuration.Gateway: Section {
    static var keys: [Key<Self>] {
        [.optional("id", \.id, .slug), .value("timezone", \.timezone, .timezone)]
    }
}

extension Configuration.Store: Section {
    static var keys: [Key<Self>] {
        [
            .optional("directory", \.directory, .absolutePath),
            .value("commit_interval", \.commitInterval, .duration(200 * .millisecond...10 * .second)),
            .value("max_size", \.maxSize, .size(16 << 20...16 << 40)),
            .value("reserve", \.reserve, .size(0...1 << 40)),
            .value("retention", \.retention, .duration(0...3650 * 24 * .hour)),
        ]
    }
}

extension Configuration.Clock: Section {
    static var keys: [Key<Self>] {
        [
            .value("trust", \.trust, .list(of: .choice)),
            .value("max_wait", \.maxWait, .duration(0...365 * 24 * .hour)),
        ]
    }
}

extension Configuration.Athletes: Section {
    static var keys: [Key<Self>] {
        [.value("auto", \.auto, .flag), .optional("roster", \.roster, .path)]
    }
}

extension Configuration.Record: Section {
    static var keys: [Key<Self>] { [.value("outside_session", \.outsideSession, .flag)] }
}

extension Configuration.Session: Section {
    static var keys: [Key<Self>] {
        [.value("idle_stop", \.idleStop, .duration(.minute...7 * 24 * .hour))]
    }
}

extension Configuration.Radios: Section {
    static var keys: [Key<Self>] {
        [
            .section("ant", \.ant),
            .section("bluetooth", \.bluetooth),
            .section("simulator", \.simulator),
        ]
    }
}

extension Configuration.ANT: Section {
    static var keys: [Key<Self>] {
        [
            .value("enabled", \.enabled, .flag),
            .optional("network_key", \.networkKey, .credential),
            .list("sticks", \.sticks),
        ]
    }
}

extension Configuration.ANT.Stick: Section {
    static var required: [String] { ["serial"] }
    static var keys: [Key<Self>] {
        [
            .value("serial", \.serial, .text),
            .value("device_types", \.deviceTypes, .list(of: .integer(1...127))),
        ]
    }
}

extension Configuration.Bluetooth: Section {
    static var keys: [Key<Self>] {
        [
            .value("enabled", \.enabled, .flag),
            .value("broadcast", \.broadcast, .choice),
            .value("connect", \.connect, .choice),
            .value("bonding", \.bonding, .flag),
            .list("adapters", \.adapters),
            .value("allow", \.allow, .list(of: .sensor)),
        ]
    }
}

extension Configuration.Bluetooth.Adapter: Section {
    static var required: [String] { ["address"] }
    static var keys: [Key<Self>] {
        [.value("address", \.address, .bluetoothAddress), .value("role", \.role, .choice)]
    }
}

extension Configuration.Simulator: Section {
    static var keys: [Key<Self>] {
        [
            .value("enabled", \.enabled, .flag),
            .value("athletes", \.athletes, .integer(1...500)),
            .value("seed", \.seed, .integer(0...UInt64.max)),
        ]
    }
}

extension SensorSettings: Section {
    static var keys: [Key<Self>] {
        [
            .optional("wheel_circumference", \.wheelCircumference, .number(circumferences)),
            .optional("calibration", \.calibration, .number(calibrations)),
            .optional("side", \.side, .choice),
        ]
    }
}

extension Configuration.MQTT: Section {
    static var keys: [Key<Self>] {
        [
            .value("enabled", \.enabled, .flag),
            .value("brokers", \.brokers, .list(of: .broker)),
            .value("version", \.version, .choice),
            .optional("root", \.root, .topic),
            .optional("username", \.username, .text),
            .optional("password", \.password, .credential),
            .section("tls", \.tls),
            // The upper end is the largest packet of MQTT.
            .value("max_payload", \.maxPayload, .size(1_000...268_435_455)),
            // A packet identifier has 16 bits; 0 is none.
            .value("in_flight", \.inFlight, .integer(1...65_535)),
            .value("drain_rate", \.drainRate, .rate(1...100_000)),
            .value("commands", \.commands, .flag),
            .value("home_assistant", \.homeAssistant, .flag),
        ]
    }
}

extension Configuration.HTTPUplink: Section {
    static var required: [String] { ["url"] }
    static var keys: [Key<Self>] {
        [
            .value("url", \.url, .url),
            .value("format", \.format, .choice),
            .optional("token", \.token, .credential),
            .value("compression", \.compression, .choice),
            .value("max_batch", \.maxBatch, .size(1_000...64_000_000)),
            .value("drain_rate", \.drainRate, .rate(1...100_000)),
            .value("start", \.start, .choice),
            .optional("proxy", \.proxy, .url),
            .section("tls", \.tls),
        ]
    }
}

extension Configuration.ClientTLS: Section {
    static var keys: [Key<Self>] {
        [
            .value("ca", \.ca, .certificateAuthority),
            .optional("certificate", \.certificate, .absolutePath),
            .optional("key", \.key, .privateKey),
        ]
    }
}

extension Configuration.API: Section {
    static var keys: [Key<Self>] {
        [
            .value("socket", \.socket, .socketPath),
            .value("listen", \.listen, .list(of: .listenAddress)),
            .value("loopback", \.loopback, .choice),
            .value("auth", \.auth, .flag),
            .value("insecure_lan", \.insecureLAN, .flag),
            .section("tls", \.tls),
            .value("base_path", \.basePath, .basePath),
            .value("hosts", \.hosts, .list(of: .host)),
            .value("cors_origins", \.corsOrigins, .list(of: .url)),
            .value("create_athletes", \.createAthletes, .flag),
            .value("connections", \.connections, .integer(1...10_000)),
            .value("requests_per_second", \.requestsPerSecond, .integer(1...100_000)),
        ]
    }
}

extension Configuration.ServerTLS: Section {
    static var keys: [Key<Self>] {
        [.optional("certificate", \.certificate, .absolutePath), .optional("key", \.key, .privateKey)]
    }
}

extension Configuration.Capture: Section {
    static var keys: [Key<Self>] {
        [
            .value("enabled", \.enabled, .flag),
            .value("max_size", \.maxSize, .size(1 << 20...16 << 40)),
        ]
    }
}

extension Configuration.Privacy: Section {
    static var keys: [Key<Self>] {
        [
            .value("pseudonyms", \.pseudonyms, .flag),
            .value("upstream", \.upstream, .list(of: .choice)),
        ]
    }
}

extension Configuration.Alerts: Section {
    static var keys: [Key<Self>] {
        [
            .section("heart_rate_high", \.heartRateHigh),
            .section("heart_rate_lost", \.heartRateLost),
            .section("rhythm", \.rhythm),
        ]
    }
}

extension Configuration.Alerts.HeartRateHigh: Section {
    static var keys: [Key<Self>] {
        [
            .value("enabled", \.enabled, .flag),
            .value("limit", \.limit, .number(0.3...1.5)),
            .value("hold", \.hold, .duration(0 ... .hour)),
        ]
    }
}

extension Configuration.Alerts.HeartRateLost: Section {
    static var keys: [Key<Self>] {
        [.value("enabled", \.enabled, .flag), .value("after", \.after, .duration(.second ... .hour))]
    }
}

extension Configuration.Alerts.Rhythm: Section {
    static var keys: [Key<Self>] { [.value("enabled", \.enabled, .flag)] }
}

extension Configuration.Webhook: Section {
    static var required: [String] { ["url"] }
    static var keys: [Key<Self>] {
        [
            .value("url", \.url, .url),
            .optional("token", \.token, .credential),
            .value("events", \.events, .list(of: .text)),
        ]
    }
}

extension Configuration.Log: Section {
    static var keys: [Key<Self>] { [.value("level", \.level, .choice)] }
}
