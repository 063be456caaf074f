/// The configuration as its document shows it: every key, with defaults and marked examples.
enum Documented {
    static let yaml = #"""
        gateway:
          id: pitch-1                    # e.g.; default: derived from the machine id
          timezone: system               # days, weeks, reports
        store:
          directory: /var/lib/touchline  # e.g.; default $STATE_DIRECTORY
          commit_interval: 1s            # 200ms to 10s: the most a power cut may cost
          max_size: 4GiB                 # -wal included
          reserve: 512MiB                # free space never touched
          retention: 30d                 # kept after every uplink acknowledged
        clock:
          trust: [kernel, operator, upstream]    # and: assume
          max_wait: 72h
        athletes:
          auto: false                    # an athlete per unassigned body sensor
          roster: roster.csv             # e.g.; imported when the store has no athlete
        record:
          outside_session: true
        session:
          idle_stop: 4h
        radios:
          ant:
            enabled: true
            network_key: { credential: ant-network-key }   # none is shipped
            sticks:                      # e.g.; default: all sticks, all types
              - { serial: "1234", device_types: [120] }
          bluetooth:
            enabled: true
            broadcast: auto              # auto, helper, bluez, off
            connect: assigned            # assigned, allowed, all, off
            bonding: false
            adapters:                    # e.g.; default: roles chosen by the gateway
              - { address: "00:11:22:33:44:55", role: scan }   # scan, link, both
            allow: []                    # sensor ids; empty: any
          simulator:
            enabled: false               # Config/demo.yaml: true
            athletes: 22
            seed: 1
        sensors:                         # a map: what the operator knows about single sensors
          "ant:54321:123":               # e.g.; default: none
            wheel_circumference: 2.105   # m, 0.3 to 4; without it a wheel has no speed
            calibration: 1.0             # 0.5 to 2: what a pod's speed and distance are multiplied by
            side: left                   # left, right: the foot of a pod
        mqtt:
          enabled: true
          brokers: ["mqtts://broker.example:8883"]   # e.g.; in order, fail-over
          version: 5                     # or 3.1.1
          root: touchline/pitch-1        # e.g.; default touchline/<gateway>
          username: gateway              # e.g.
          password: { credential: mqtt-password }
          tls: { ca: system, certificate: null, key: null }
          max_payload: 100kB
          in_flight: 20                  # never above the peer's Receive Maximum
          drain_rate: 200/s              # backlog beside live
          commands: false
          home_assistant: false
        http:                            # a map: each name has its own cursor
          cloud:                         # e.g.; default: none
            url: https://cloud.example/ingest
            format: touchline            # touchline, athlete-data, influx
            token: { credential: cloud-token }
            compression: zstd            # zstd, gzip, none
            max_batch: 500kB
            drain_rate: 200/s
            start: oldest                # or now; counts once, for a new name
            proxy: null
            tls: { ca: system, certificate: null, key: null }
        api:
          socket: /run/touchline/api.sock
          listen: ["127.0.0.1:8080"]
          loopback: ingest               # none, viewer, ingest, coach
          auth: true
          insecure_lan: false            # plain HTTP beyond loopback
          tls: { certificate: null, key: null }
          base_path: /                   # behind a proxy
          hosts: []                      # further Host names
          cors_origins: []
          create_athletes: true
          connections: 128
          requests_per_second: 50        # per token, else per address
        capture:
          enabled: false
          max_size: 256MiB               # a ring, .zst
        privacy:
          pseudonyms: false
          upstream: [rows, events]       # and: location, wellness, readiness, rhythm
        alerts:
          heart_rate_high: { enabled: true, limit: 0.97, hold: 20s }   # share of maximum
          heart_rate_lost: { enabled: true, after: 10s }
          rhythm: { enabled: false }
        webhooks: {}                     # name: { url:, token:, events: [alert.*] }
        log:
          level: info                    # error, warning, info, debug

        """#
}
