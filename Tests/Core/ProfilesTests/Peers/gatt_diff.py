#!/usr/bin/env python3
"""Compares our GATT decoders with those of bumble 0.0.236 and bluetooth-sig 0.6.0, payload by payload.

    gatt_diff.py TOUCHLINE [--list]

Each payload of the vectors goes to both sides: whole, cut at every length, and in seeded mutations; to them come
random values with random flags. What a peer says is written as a vector of its own, `touchline decode --vectors`
checks them all at once, and each difference must be one that the table EXPLAINED gives a reason for.

It prints how many payloads were compared and why some differ. The exit status is 1 when a difference has no reason,
or when a reason no longer explains anything.
"""

import argparse
import collections
import json
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import warnings

warnings.filterwarnings("ignore")

from bluetooth_sig.gatt import characteristics as sig  # noqa: E402
from bumble.profiles.device_information_service import DeviceInformationService  # noqa: E402
from bumble.profiles.heart_rate_service import HeartRateService  # noqa: E402

VECTORS = pathlib.Path(__file__).parent.parent / "Vectors"
SEED = 1
MUTATIONS = 300


def has_short_pace(data):
    """Whether a treadmill's value is as long as its flags say only with paces of 8 bits."""
    flags = int.from_bytes(data[:2], "little")
    sizes = (0, 2, 3, 4, 4, 2, 2, 5, 1, 1, 2, 2, 4)
    length = (2 if flags & 1 else 4) + sum(size for bit, size in enumerate(sizes) if flags >> bit & 1)
    return bool(flags & 0x60) and len(data) < length


def has_resistance(data):
    return bool(data[0] & 0x20)


def has_force_and_torque(data):
    return data[0] & 0x0C == 0x0C


def anything(_):
    return True


# (peer, profile, what our side says against it, what the peer says, which payloads, why). The first row that fits
# counts.
EXPLAINED = [
    ("bluetooth-sig", r"hts|plx", r"(temperature|spo2|pulse).* is ", r"", anything,
     "exponents are read with a bias, and special mantissas as numbers"),
    ("bluetooth-sig", r"ftms|hrs|hts|lns|cps\.2a63|cps\.2a64|csc|rsc|plx", r"bytes where \d+ are needed", r"", anything,
     "fields that are announced and cut are left out, where the value must be refused"),
    ("bluetooth-sig", r"bas|hrs\.2a38|hts|sensor_location", r"must be rejected", r"Invalid|not a valid", anything,
     "a reserved value is refused, where it says that nothing is known"),
    ("bluetooth-sig", r"", r"must be rejected", r"expected (exactly|at most)|[Mm]aximum", anything,
     "bytes behind a complete value are refused, where newer firmware may append some"),
    ("bluetooth-sig", r"hts|lns|plx", r"must be rejected", r"month|day|hour|minute|second|year", anything,
     "a date that is none refuses the whole value"),
    ("bluetooth-sig", r"hrs\.2a37|ftms", r"hr_bpm is null, expected 0", r"", anything,
     "the rate 0 is taken for a rate"),
    ("bluetooth-sig", r"ftms", r"is null, expected (3276\.7|32767|65535|255)$", r"", anything,
     "the values for not known are taken for numbers"),
    ("bluetooth-sig", r"ftms\.2acd", r" is ", r"", has_short_pace,
     "a pace of 8 bits is not known; all behind it shifts"),
    ("bluetooth-sig", r"ftms\.2ad2", r" is ", r"", has_resistance,
     "a bike's resistance has 8 bits in the newer text, 16 in the service and in bikes; all behind it shifts"),
    ("bluetooth-sig", r"cps\.2a64", r"force_n is \[\], expected", r"", has_force_and_torque,
     "where force and torque are announced no length parts them: the peer calls all force, ours reads none"),
    ("bumble", r"hrs\.2a37", r"hr_bpm is null, expected 0", r"", anything,
     "the rate 0 is taken for a rate"),
    ("bumble", r"hrs\.2a37", r"must be rejected", r"buffer", anything,
     "a lone byte behind the intervals refuses the whole value"),
    ("bumble", r"dis\.2a23", r"must be rejected", r"8 bytes", anything,
     "bytes behind a complete value are refused"),
]


def times(value, ticks):
    return None if value is None else round(value * ticks)


def listed(values):
    return [] if values is None else list(values)


def named(value, names):
    return None if value is None else names[value] if value < len(names) else "reserved"


def date(value):
    return None if value is None else value.isoformat()


BODY = "other chest wrist finger hand ear_lobe foot".split()
SPORT = ("other top_of_shoe in_shoe hip front_wheel left_crank right_crank left_pedal right_pedal front_hub "
         "rear_dropout chainstay rear_wheel rear_hub chest spider chain_ring").split()
KINDS = ("reserved armpit body ear finger gastrointestinal mouth rectum toe tympanum").split()
DIRECTIONS = "unknown tangential radial lateral".split()


def sig_machine(d):
    """What the two machines have in common."""
    return {"speed_kmh": d.instantaneous_speed, "avg_speed_kmh": d.average_speed, "distance_m": d.total_distance,
            "energy_kcal": d.total_energy, "energy_per_h": d.energy_per_hour, "energy_per_min": d.energy_per_minute,
            "hr_bpm": d.heart_rate, "met": d.metabolic_equivalent, "elapsed_s": d.elapsed_time,
            "remaining_s": d.remaining_time}


# profile -> class, and how what it returns reads under our names
SIG = {
    "ble.bas.2a19": ("BatteryLevel", lambda d: {"battery_pct": d}),
    "ble.csc.2a5b": ("CSCMeasurement", lambda d: {
        "wheel_revs": d.cumulative_wheel_revolutions, "wheel_time_1024": times(d.last_wheel_event_time, 1024),
        "crank_revs": d.cumulative_crank_revolutions, "crank_time_1024": times(d.last_crank_event_time, 1024)}),
    "ble.csc.2a5c": ("CSCFeature", lambda d: {
        "wheel": d.wheel_revolution_data_supported, "crank": d.crank_revolution_data_supported,
        "multiple_locations": d.multiple_sensor_locations_supported}),
    "ble.cps.2a63": ("CyclingPowerMeasurement", lambda d: {
        "power_w": d.instantaneous_power, "pedal_balance_pct": d.pedal_power_balance,
        "acc_torque_nm": d.accumulated_torque, "wheel_revs": d.cumulative_wheel_revolutions,
        "wheel_time_2048": times(d.last_wheel_event_time, 2048), "crank_revs": d.cumulative_crank_revolutions,
        "crank_time_1024": times(d.last_crank_event_time, 1024), "max_force_n": d.maximum_force_magnitude,
        "min_force_n": d.minimum_force_magnitude, "max_torque_nm": d.maximum_torque_magnitude,
        "min_torque_nm": d.minimum_torque_magnitude, "max_angle_deg": d.maximum_angle,
        "min_angle_deg": d.minimum_angle, "top_dead_deg": d.top_dead_spot_angle,
        "bottom_dead_deg": d.bottom_dead_spot_angle, "energy_kj": d.accumulated_energy}),
    "ble.cps.2a64": ("CyclingPowerVector", lambda d: {
        "crank_revs": d.crank_revolution_data and d.crank_revolution_data.crank_revolutions,
        "crank_time_1024": d.crank_revolution_data and times(d.crank_revolution_data.last_crank_event_time, 1024),
        "first_angle_deg": d.first_crank_measurement_angle, "force_n": listed(d.instantaneous_force_magnitude_array),
        "torque_nm": listed(d.instantaneous_torque_magnitude_array),
        "direction": named(int(d.instantaneous_measurement_direction), DIRECTIONS)}),
    "ble.cps.2a65": ("CyclingPowerFeature", lambda d: {
        name: bool(int(d.features) >> bit & 1)
        for bit, name in enumerate(("pedal_balance", "accumulated_torque", "wheel", "crank"))}),
    "ble.dis.2a23": ("SystemId", lambda d: {
        "manufacturer_identifier": int.from_bytes(d.manufacturer_id, "little"),
        "oui": int.from_bytes(d.oui, "little")}),
    "ble.ftms.2acd": ("TreadmillData", lambda d: sig_machine(d) | {
        "incline_pct": d.inclination, "ramp_deg": d.ramp_angle_setting, "pos_elev_m": d.positive_elevation_gain,
        "neg_elev_m": d.negative_elevation_gain, "pace_s_per_500m": d.instantaneous_pace,
        "avg_pace_s_per_500m": d.average_pace, "force_n": d.force_on_belt, "power_w": d.power_output}),
    "ble.ftms.2ad2": ("IndoorBikeData", lambda d: sig_machine(d) | {
        "cadence_rpm": d.instantaneous_cadence, "avg_cadence_rpm": d.average_cadence, "resistance": d.resistance_level,
        "power_w": d.instantaneous_power, "avg_power_w": d.average_power}),
    "ble.hrs.2a37": ("HeartRateMeasurement", lambda d: {
        "hr_bpm": d.heart_rate, "energy_kj": d.energy_expended, "rr_1024": [times(x, 1024) for x in d.rr_intervals],
        "contact": {"NOT_SUPPORTED": "unsupported"}.get(d.sensor_contact.name, d.sensor_contact.name.lower())}),
    "ble.hrs.2a38": ("BodySensorLocation", lambda d: {"location": named(int(d), BODY)}),
    "ble.hts.2a1c": ("TemperatureMeasurement", lambda d: {
        "temperature_c": d.temperature, "timestamp": date(d.timestamp),
        "type": named(None if d.temperature_type is None else int(d.temperature_type), KINDS)}),
    "ble.lns.2a67": ("LocationAndSpeed", lambda d: {
        "speed_mps": d.instantaneous_speed, "distance_m": d.total_distance, "lat": d.latitude, "lon": d.longitude,
        "elevation_m": d.elevation, "heading_deg": d.heading, "rolling_time_s": d.rolling_time,
        "utc": date(d.utc_time)}),
    "ble.plx.2a5e": ("PLXSpotCheckMeasurement", lambda d: {
        "spo2_pct": d.spo2, "pulse_bpm": d.pulse_rate, "timestamp": date(d.timestamp)}),
    "ble.plx.2a5f": ("PLXContinuousMeasurement", lambda d: {
        "spo2_pct": d.spo2, "pulse_bpm": d.pulse_rate, "spo2_fast_pct": d.spo2_fast,
        "pulse_fast_bpm": d.pulse_rate_fast, "spo2_slow_pct": d.spo2_slow, "pulse_slow_bpm": d.pulse_rate_slow}),
    "ble.rsc.2a53": ("RSCMeasurement", lambda d: {
        "speed_mps": d.instantaneous_speed, "cadence": d.instantaneous_cadence, "running": d.is_running,
        "stride_length_m": d.instantaneous_stride_length, "total_distance_m": d.total_distance}),
    "ble.rsc.2a54": ("RSCFeature", lambda d: {
        "stride_length": d.instantaneous_stride_length_supported, "total_distance": d.total_distance_supported,
        "walk_run": d.walking_or_running_status_supported, "calibration": d.calibration_procedure_supported,
        "multiple_locations": d.multiple_sensor_locations_supported}),
    "ble.sensor_location.2a5d": ("SensorLocation", lambda d: {"location": named(int(d), SPORT)}),
}


def ask_sig(profile):
    name, fields = SIG[profile]
    decoder = getattr(sig, name + "Characteristic")()
    return lambda data: fields(decoder.parse_value(bytearray(data)))


def bumble_rate(data):
    d = HeartRateService.HeartRateMeasurement.from_bytes(data)
    contact = {None: "unsupported", False: "not_detected", True: "detected"}[d.sensor_contact_detected]
    return {"hr_bpm": d.heart_rate, "contact": contact, "energy_kj": d.energy_expended,
            "rr_1024": [times(x, 1024) for x in listed(d.rr_intervals)]}


def bumble_location(data):
    return {"location": named(int(HeartRateService.BodySensorLocation(data[0])), BODY)}


def bumble_system_id(data):
    unit, maker = DeviceInformationService.unpack_system_id(data)
    return {"manufacturer_identifier": maker, "oui": unit}


PEERS = {
    "bluetooth-sig": {profile: ask_sig(profile) for profile in SIG},
    "bumble": {"ble.hrs.2a37": bumble_rate, "ble.hrs.2a38": bumble_location, "ble.dis.2a23": bumble_system_id},
}


def payloads(profile, known, chance):
    """Payloads for a profile, without repetition: `known` whole, cut and mutated, and random ones."""
    found = dict.fromkeys(known)
    for data in known:
        found.update(dict.fromkeys(data[:count] for count in range(len(data))))
    for _ in range(MUTATIONS):
        data = bytearray(chance.choice(known) or b"\0")
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        found[bytes(data)] = None
        wide = profile.split(".")[1] in ("ftms", "lns", "cps")
        flags = bytes([chance.randrange(256), chance.randrange(32) if wide else chance.randrange(256)])
        found[flags + chance.randbytes(chance.choice((2, 6, 10, 20, 48)))] = None
    return list(found)


def cases():
    """One vector for each payload and peer, with what the peer said when it refused."""
    known = collections.defaultdict(list)
    for path in sorted(VECTORS.glob("ble_*.jsonl")):
        for line in path.read_text().splitlines():
            vector = json.loads(line)
            known[vector["profile"]].append(bytes.fromhex(vector["hex"]))
    chance = random.Random(SEED)
    for peer, decoders in PEERS.items():
        for profile, decode in sorted(decoders.items()):
            for data in payloads(profile, known[profile], chance):
                said = ""
                try:
                    expect = decode(data)
                except Exception as error:  # Whatever a peer raises is a refusal.
                    expect, said = {"reject": True}, f"{type(error).__name__}: {error}"
                yield peer, profile, data, expect, said


def differences(program, all_cases):
    """Our side's objections, by the index of the case."""
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
        for index, (_, profile, data, expect, _) in enumerate(all_cases):
            # What is no number in JSON is none here either.
            vector = {"id": str(index), "profile": profile, "hex": data.hex(), "expect": expect}
            text = json.dumps(vector)
            file.write(re.sub(r"-?\bInfinity\b|\bNaN\b", "null", text) + "\n")
        file.flush()
        run = subprocess.run(["touchline", "decode", "--vectors", file.name], executable=program,
                             stdout=subprocess.PIPE, text=True, check=False)
    found = {}
    for line in run.stdout.splitlines():
        index, separator, text = line.partition(": ")
        if separator and index.isdigit():
            found[int(index)] = text
    *_, totals = run.stdout.splitlines() or [""]
    if totals != f"{len(all_cases) - len(found)} passed, {len(found)} failed":
        sys.exit(f"touchline did not check every case: {totals}")
    return found


def reason(peer, profile, data, objection, said):
    """The row of EXPLAINED that fits, or None."""
    for row, (its_peer, its_profile, ours, theirs, fits, _) in enumerate(EXPLAINED):
        if peer == its_peer and fits(data) and all(
            re.search(pattern, text)
            for pattern, text in ((its_profile, profile), (ours, objection), (theirs, said))
        ):
            return row
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("touchline", metavar="TOUCHLINE")
    parser.add_argument("--list", action="store_true", help="print one example of each reason")
    options = parser.parse_args()

    all_cases = list(cases())
    found = differences(options.touchline, all_cases)
    rows, unexplained, examples = collections.Counter(), [], {}
    compared, agreed = collections.Counter(), collections.Counter()
    for index, (peer, profile, data, _, said) in enumerate(all_cases):
        compared[peer] += 1
        if index not in found:
            agreed[peer] += 1
            continue
        # One value may differ for several reasons: each objection needs one.
        for objection in found[index].split("; "):
            row = reason(peer, profile, data, objection, said)
            if row is None:
                unexplained.append(f"{peer} {profile} {data.hex()}: {objection} ({said})")
            else:
                rows[row] += 1
                examples.setdefault(row, f"{profile} {data.hex()}: {objection} {said}".rstrip())

    for peer in PEERS:
        print(f"{peer}: {compared[peer]} payloads, {agreed[peer]} alike")
    for row, (peer, *_, why) in enumerate(EXPLAINED):
        print(f"  {rows[row]:6} {peer}: {why}")
        if options.list and row in examples:
            print(f"         {examples[row]}")
    stale = [EXPLAINED[row][-1] for row in range(len(EXPLAINED)) if not rows[row]]
    for why in stale:
        print(f"explains nothing any more: {why}")
    for line in unexplained[:40]:
        print("unexplained:", line)
    print(f"{len(unexplained)} differences without a reason")
    return 1 if unexplained or stale else 0


if __name__ == "__main__":
    sys.exit(main())
