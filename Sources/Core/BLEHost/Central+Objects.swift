internal import Wire

/// What bluetoothd tells of its objects.
extension Central {
    /// The weight of the newest strength. Source: habluetooth's choice for the same purpose.
    private static let strengthWeight = 0.3

    mutating func take(_ facts: Facts, of path: String, at time: Instant) {
        switch facts {
        case .adapter(let facts): take(facts, ofAdapter: path, at: time)
        case .device(let facts): take(facts, ofDevice: path, at: time)
        case .characteristic(let facts):
            var known = characteristics[path] ?? CharacteristicFacts()
            known.uuid = facts.uuid ?? known.uuid
            known.canNotify = facts.canNotify ?? known.canNotify
            known.canRead = facts.canRead ?? known.canRead
            // Only what belongs to a link of ours is kept, and only what is wanted of it.
            guard let uuid = known.uuid, interest.characteristic(uuid) != nil else { return }
            characteristics[path] = known
        }
    }

    mutating func remove(_ path: String, at time: Instant) {
        characteristics[path] = nil
        if let index = adapterIndex[path] {
            log(.warning, "adapter \(adapters[index].address) is gone")
            return forget(adapter: index, at: time)
        }
        guard let object = ObjectPath(path), let device = object.device, device.path == path,
            let adapter = adapterIndex[object.adapter],
            let index = peripheralIndex[.ble(address: device.address)]
        else { return }
        if peripherals[index].adapter == adapter { loseLink(index, at: time) }
        peripherals[index].sightings.removeAll { $0.adapter == adapter }
        forgetCharacteristics(below: path)
    }

    mutating func forgetCharacteristics(below path: String) {
        for key in characteristics.keys where key.hasPrefix(path + "/") { characteristics[key] = nil }
    }

    // MARK: Adapters

    private mutating func take(_ facts: AdapterFacts, ofAdapter path: String, at time: Instant) {
        guard let index = adapter(at: path, facts.address, at: time) else { return }
        if let address = facts.address { adapters[index].address = address }
        if let modalias = facts.modalias { take(ServiceVersion(modalias: modalias)) }
        if let source = facts.source { adapters[index].source = source }
        if let isPowered = facts.isPowered, isPowered != adapters[index].isPowered {
            adapters[index].isPowered = isPowered
            if isPowered {
                (adapters[index].isOffTold, adapters[index].pauseUntil) = (false, nil)
            } else {
                losePower(index, at: time)
            }
        }
        if facts.isBlocked == true { tellBlocked(index) }
        if let isDiscovering = facts.isDiscovering {
            adapters[index].isDiscovering = isDiscovering
            // Another program stopped it, or bluetoothd did.
            if !isDiscovering, adapters[index].discovery == .on { adapters[index].set(.off, at: time) }
        }
        if facts.address != nil { giveRoles() }
    }

    /// Tells which bluetoothd it is, when that is another one than before.
    private mutating func take(_ version: ServiceVersion?) {
        guard let version, version != self.version else { return }
        self.version = version
        log(.info, "bluetoothd \(version)" + (version.trouble.map { "; known trouble: \($0)" } ?? ""))
    }

    /// Finds the adapter at a path, or the one that has come back there with its address, or adds it; `nil`
    /// for changes of an adapter that was never told.
    private mutating func adapter(at path: String, _ address: String?, at time: Instant) -> Int? {
        if let known = adapterIndex[path] { return known }
        guard let address else { return nil }
        let index: Int
        if let known = adapters.firstIndex(where: { !$0.isPresent && $0.address == address }) {
            index = known
            adapters[index].comeBack(as: path, at: time)
        } else {
            index = adapters.count
            adapters.append(Adapter(path: path, at: time))
        }
        adapterIndex[path] = index
        return index
    }

    /// Of several adapters one scans and the others hold the links, because each attempt to connect blinds a
    /// scanner; a single one does both. What the configuration says comes first: with a scanner of its choice
    /// the others hold links.
    mutating func giveRoles() {
        let present = adapters.indices.filter { adapters[$0].isPresent }
            .sorted { adapters[$0].address < adapters[$1].address }
        let hasScanner = present.contains { roles[adapters[$0].address].map(\.scans) ?? false }
        let free = present.filter { roles[adapters[$0].address] == nil }
        for index in present { adapters[index].role = roles[adapters[index].address] ?? .link }
        guard !hasScanner, let first = free.first else { return }
        let hasOtherLinks = present.contains { $0 != first && adapters[$0].role.links }
        adapters[first].role = hasOtherLinks ? .scan : .both
    }

    mutating func tellBlocked(_ index: Int) {
        guard !adapters[index].isOffTold else { return }
        adapters[index].isOffTold = true
        log(
            .warning,
            "adapter \(adapters[index].address) is switched off by rfkill: `rfkill unblock bluetooth` "
                + "switches it on, unless `rfkill list` says that it is blocked by hardware"
        )
    }

    private mutating func losePower(_ index: Int, at time: Instant) {
        adapters[index].set(.off, at: time)
        (adapters[index].busyWith, adapters[index].hasFilter) = (nil, false)
        for peripheral in peripherals.indices where peripherals[peripheral].adapter == index {
            loseLink(peripheral, at: time)
        }
    }

    mutating func forget(adapter index: Int, at time: Instant) {
        guard adapters[index].isPresent else { return }
        losePower(index, at: time)
        pending.removeAll { $0.adapter == index }
        (adapters[index].isPresent, adapters[index].isPowered) = (false, false)
        for peripheral in peripherals.indices {
            peripherals[peripheral].sightings.removeAll { $0.adapter == index }
        }
        adapterIndex[adapters[index].path] = nil
        giveRoles()
    }

    // MARK: Devices

    private mutating func take(_ facts: DeviceFacts, ofDevice path: String, at time: Instant) {
        guard let object = ObjectPath(path), let device = object.device,
            let adapter = adapterIndex[object.adapter]
        else { return }
        if facts.rssi != nil || facts.manufacturerData != nil {
            adapters[adapter].lastHeard = time
            adapters[adapter].heard += 1
            if adapters[adapter].discovery == .on { adapters[adapter].cures = 0 }
        }
        let sensor = SensorID.ble(address: facts.address ?? device.address)
        if hearsBroadcasts, let data = facts.manufacturerData {
            hear(data, from: sensor, strength: facts.rssi, on: adapter, at: time)
        }
        if let name = facts.name, peripheralIndex[sensor].map({ peripherals[$0].name != name }) ?? true {
            commands.append(.named(sensor, name))
        }
        guard let index = peripheral(sensor, facts) else { return }
        if let name = facts.name { peripherals[index].name = name }
        if let services = facts.services { peripherals[index].services = services }
        note(facts, of: index, path: path, on: adapter, at: time)
    }

    private mutating func hear(
        _ data: Payload,
        from sensor: SensorID,
        strength: Int8?,
        on adapter: Int,
        at time: Instant
    ) {
        guard let source = adapters[adapter].source else { return }
        frames.append(
            Frame(
                time: time,
                source: source,
                sensor: sensor,
                channel: .advertisement,
                strength: strength.map { .dBm($0) },
                payload: data
            )
        )
    }

    /// Finds a peripheral of interest, or adds it; `nil` for those of no interest.
    private mutating func peripheral(_ sensor: SensorID, _ facts: DeviceFacts) -> Int? {
        if let index = peripheralIndex[sensor] { return index }
        let services = facts.services ?? []
        let isOfInterest =
            interest.wanted.contains(sensor) || interest.allowed.contains(sensor)
            || services.contains { interest.services.contains($0) }
        guard isOfInterest, peripherals.count < Self.peripheralsMaximum else { return nil }
        peripherals.append(Peripheral(sensor: sensor))
        peripheralIndex[sensor] = peripherals.count - 1
        return peripherals.count - 1
    }

    private mutating func note(
        _ facts: DeviceFacts,
        of index: Int,
        path: String,
        on adapter: Int,
        at time: Instant
    ) {
        let place: Int
        if let known = peripherals[index].sighting(on: adapter) {
            place = known
        } else {
            place = peripherals[index].sightings.count
            peripherals[index].sightings.append(
                Peripheral.Sighting(
                    adapter: adapter,
                    path: path,
                    strength: facts.rssi.map(Double.init) ?? -100,
                    // Known from a cache is not seen.
                    seen: facts.rssi == nil ? time - .hour : time
                )
            )
        }
        if let rssi = facts.rssi {
            let strength = peripherals[index].sightings[place].strength
            peripherals[index].sightings[place].strength += Self.strengthWeight * (Double(rssi) - strength)
            peripherals[index].sightings[place].seen = time
        } else if facts.manufacturerData != nil {
            peripherals[index].sightings[place].seen = time
        }
        if let isResolved = facts.isResolved {
            peripherals[index].sightings[place].isResolved = isResolved
        }
        if let isConnected = facts.isConnected {
            peripherals[index].sightings[place].isConnected = isConnected
            if !isConnected { linkEnded(index, on: adapter, at: time) }
        }
    }
}
