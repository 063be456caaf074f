public import Wire

/// Every sensor profile that the gateway understands. A new profile is one file and one line here.
public enum ProfileRegistry {
    /// Sorted by name.
    public static let all: [any SensorProfile.Type] = [
        BikeCadence.self,
        BikeSpeed.self,
        BikeSpeedCadence.self,
        CommonPages.self,
        CoreTemperature.self,
        Environment.self,
        FitnessEquipment.self,
        HeartRateMonitor.self,
        LightElectricVehicle.self,
        MuscleOxygen.self,
        BikePower.self,
        RunningDynamics.self,
        StrideSpeedDistance.self,
        WeightScale.self,
        Advertisement.self,
        CoreBroadcast.self,
        PolarStrapBroadcast.self,
        PolarWatchBroadcast.self,
        BatteryLevel.self,
        CoreBodyTemperature.self,
        CyclingPowerMeasurement.self,
        CyclingPowerVector.self,
        ServiceFeature<CyclingPowerFeatures>.self,
        CyclingSpeedCadence.self,
        ServiceFeature<CyclingSpeedCadenceFeatures>.self,
        SystemID.self,
        DeviceInformation<ModelNumber>.self,
        DeviceInformation<SerialNumber>.self,
        DeviceInformation<FirmwareRevision>.self,
        DeviceInformation<HardwareRevision>.self,
        DeviceInformation<SoftwareRevision>.self,
        DeviceInformation<ManufacturerName>.self,
        TreadmillData.self,
        IndoorBikeData.self,
        HeartRateMeasurement.self,
        BodySensorLocation.self,
        TemperatureMeasurement.self,
        LocationAndSpeed.self,
        MoxyMuscleOxygen.self,
        PulseOximeterSpotCheck.self,
        PulseOximeterContinuous.self,
        FF00Pod.self,
        PolarMeasurementData.self,
        RunningSpeedCadence.self,
        ServiceFeature<RunningSpeedCadenceFeatures>.self,
        SensorLocation.self,
        StrydDynamics.self,
    ]

    /// The profile of an ANT+ device type (without the pairing bit), or `nil`.
    public static func antPlus(deviceType: UInt8) -> (any SensorProfile.Type)? {
        all.first {
            if case .antPlus(deviceType, _) = $0.address { true } else { false }
        }
    }

    /// The profile of a GATT characteristic, or `nil`.
    public static func characteristic(_ uuid: AttributeUUID) -> (any SensorProfile.Type)? {
        all.first {
            if case .characteristic(uuid, _) = $0.address { true } else { false }
        }
    }

    /// The profile of a company's manufacturer data, of which `count` bytes follow the company id, or `nil`.
    public static func manufacturerData(company: UInt16, count: Int) -> (any SensorProfile.Type)? {
        all.first {
            if case .manufacturerData(company, let counts) = $0.address {
                counts.contains(count)
            } else {
                false
            }
        }
    }

    /// The profile with a name as vectors and the command line write it, or `nil`.
    public static func named(_ name: some StringProtocol) -> (any SensorProfile.Type)? {
        all.first { $0.name == name }
    }
}
