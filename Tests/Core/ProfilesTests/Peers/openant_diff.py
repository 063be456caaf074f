#!/usr/bin/env python3
"""Compares our ANT+ decoders with those of openant, payload by payload.

    openant_diff.py TOUCHLINE [SEED]

Both decode the payloads of the vectors and random ones. Each field that both say is compared, and each
that one says and the other does not although it has a decoder for the profile. A difference has to be in
EXPLAINED, with the reason; one that is not there, or a reason that no longer applies, fails the run.

openant knows no stride, muscle oxygen, weight or running dynamics decoder; those stay uncompared.
"""

import array
import json
import logging
import math
import pathlib
import random
import subprocess
import sys

from openant.devices import bike_speed_cadence, common, core_temp, environment
from openant.devices import fitness_equipment, heart_rate, lev, power_meter

RANDOM_PAYLOADS = 4000
VECTORS = pathlib.Path(__file__).resolve().parent.parent / "Vectors"


class Channel:
    """A channel that does nothing, whatever it is told."""

    def __getattr__(self, name):
        return lambda *arguments: None


class Node:
    def new_channel(self, *arguments):
        return Channel()


def device(kind, payloads):
    """A device that has heard `payloads`, without the assertion that no page has the number 0."""
    made = kind(Node())
    return hear(made, payloads)


def hear(made, payloads):
    made.on_device_data = lambda *arguments: None
    made.on_battery = lambda *arguments: None
    for payload in payloads:
        made._on_data(array.array("B", payload))
    return made


# What openant says of one payload, under our names. A marker for "not known" that openant passes on as a
# number stays one, so that it shows as a difference.


def battery(made):
    data = made.data["common"].last_battery_data
    name = data.status.name.lower()
    return {
        "battery_voltage_v": None if data.voltage_coarse == 15 else data.voltage_coarse + data.voltage_fractional,
        "battery_status": "reserved" if name == "unknown" else name,
    }


def say_heart_rate(p):
    made = device(heart_rate.HeartRate, [p])
    page = p[0] & 0x0F
    if page > 7:
        return {}
    data = made.data["heart_rate"]
    said = {
        "beat_time_raw": data.beat_time * 1024,
        "beat_count": data.beat_count,
        "hr_bpm": data.heart_rate or None,
    }
    if page == 1:
        said["operating_time_s"] = data.operating_time
    elif page == 2:
        said["manufacturer_id_lsb"] = data.manufacturer_id_lsb
        said["serial_upper16"] = data.serial_number
    elif page == 4:
        said["prev_beat_time_raw"] = data.previous_heart_beat_time * 1024
    elif page == 6:
        said["features_supported"] = data.features_supported
        said["features_enabled"] = data.features_enabled
    elif page == 7:
        said["battery_pct"] = data.battery_percentage
        said.update(battery(made))
    return said


def say_revolutions(kind, key, time, count):
    def say(p):
        made = device(kind, [p])
        page = p[0] & 0x0F
        if page > 5:
            return {}
        data = made.data[key]
        said = {"event_time_raw": getattr(data, time)[1] * 1024, "revs": getattr(data, count)[1]}
        if page == 1:
            said["operating_time_s"] = data.cumulative_operating_time
        elif page == 2:
            said["manufacturer_id_lsb"] = data.manufacturer_id_lsb
            said["serial_upper16"] = data.serial_number
        elif page == 4:
            said.update(battery(made))
        return said

    return say


def say_combined(p):
    made = device(bike_speed_cadence.BikeSpeedCadence, [p])
    if p[0] & 0x0F > 5:
        return {}
    crank, wheel = made.data["bike_cadence"], made.data["bike_speed"]
    return {
        "cad_time_raw": crank.bike_cadence_event_time[1] * 1024,
        "cad_revs": crank.cumulative_cadence_revolution[1],
        "spd_time_raw": wheel.bike_speed_event_time[1] * 1024,
        "spd_revs": wheel.cumulative_speed_revolution[1],
    }


def say_power(p):
    data = device(power_meter.PowerMeter, [p]).data["power"]
    if p[0] == 16:
        said = {"cadence_rpm": data.cadence, "power_w": data.instantaneous_power}
        if p[1]:
            said["average_w"] = data.average_power
        if data.right_power >= 0:
            said["right_w"] = data.right_power
        return said
    if p[0] == 18:
        said = {"cadence_rpm": data.cadence}
        if p[1]:
            said["torque_nm"] = data.torque
            said["angular_rad_s"] = data.angular_velocity
        return said
    return {}


EQUIPMENT = {19: "treadmill", 20: "elliptical", 22: "rower", 23: "climber", 24: "nordic", 25: "trainer"}
STATES = {
    "Unknown": "reserved",
    "Asleep": "off",
    "Ready": "ready",
    "InUse": "in_use",
    "Finished": "paused",
}
STATUS = {
    "Pass": "pass",
    "Fail": "fail",
    "NotSupported": "not_supported",
    "Rejected": "rejected",
    "Pending": "pending",
    "Unknown": "reserved",
    "Unitialised": "reserved",
}


def say_equipment(p):
    made = device(fitness_equipment.FitnessEquipment, [p])
    power, data = made.data["power"], made.data["fe"]
    if p[0] == 16:
        return {
            "equipment_type": EQUIPMENT.get(data.type, "reserved"),
            "speed_mps": data.speed,
            "state": STATES[data.state.name],
        }
    if p[0] == 17:
        return {
            "resistance_pct": data.resistance,
            "incline_pct": None if data.incline == 32767.0 else data.incline,
        }
    if p[0] == 25:
        said = {"cadence_rpm": power.cadence, "power_w": power.instantaneous_power}
        if p[1]:
            said["average_w"] = power.average_power
        return said
    if p[0] == 26:
        said = {"state": STATES[data.state.name]}
        if p[1]:
            said["torque_nm"] = power.torque
        return said
    if p[0] == 71:
        return {"status": STATUS[made.command_status.name]}
    return {}


def say_vehicle(p):
    data = device(lev.Lev, [p]).data["lev"]

    def heat(state):
        return {"Unknown": "unknown", "ColdWarm": "cold_warm", "WarmHot": "warm_hot"}.get(
            state.name, state.name.lower()
        )

    said = {}
    if p[0] == 1:
        said = {
            "motor_temperature": heat(data.motor_temperature),
            "motor_too_hot": data.motor_alert.value != 0,
            "battery_temperature": heat(data.battery_temperature),
            "battery_too_hot": data.battery_alert.value != 0,
        }
    if p[0] == 3:
        said = {"battery_soc_pct": data.battery_soc}
    if p[0] in (1, 3):
        said["assist_level"] = data.current_assist_level
        said["regen_level"] = data.current_regenerative_level
    if p[0] in (2, 34):
        said["odometer_km"] = data.odometer
    if p[0] == 2:
        said["remaining_range_km"] = data.remaining_range
    if p[0] in (34, 4):
        said["fuel_wh_km"] = data.fuel_consumption
    if p[0] in (1, 2, 3, 34):
        said["speed_kmh"] = data.speed
    if p[0] == 4:
        said["charge_cycles"] = data.battery_cycles
        said["battery_voltage_v"] = data.battery_voltage
        said["distance_on_charge_raw"] = data.battery_distance_charge
    if p[0] == 5:
        said = {
            "wheel_circumference_mm": data.wheel_circumference,
            "assist_levels": data.supported_assist_levels,
            "regen_levels": data.supported_regenerative_levels,
        }
    return said


def say_environment(p):
    data = device(environment.Environment, [p]).data["environment"]
    if p[0] != 1:
        return {}
    return {
        "temperature_c": data.temperature,
        "low24_c": data.min_24h_temperature,
        "high24_c": data.max_24h_temperature,
    }


def say_core(p):
    # The class cannot be made: its device type does not exist. Its decoder works on a bare object.
    made = object.__new__(core_temp.CoreTemperature)
    made.data = {
        "common": common.CommonData(),
        "batteries": [common.BatteryData() for _ in range(15)],
        "core_temp": core_temp.CoteTemperatureData(),
    }
    made._attached = made._found = True
    made.name, made.device_id = "core_temp", 0
    data = hear(made, [p]).data["core_temp"]
    if p[0] == 0:
        name = data.quality.name.lower()
        return {"quality": {"unused": None, "excelent": "excellent"}.get(name, name)}
    if p[0] == 1:
        return {"skin_c": data.skin_temp, "core_c": data.core_temp}
    return {}


def say_common(p):
    made = device(environment.Environment, [p])
    data = made.data["common"]
    if p[0] == 80:
        return {
            "hw_revision": data.hardware_rev,
            "manufacturer_id": data.manufacturer_id,
            "model_number": data.model_no,
        }
    if p[0] == 81:
        return {"sw_number": float(data.software_ver), "serial": data.serial_no}
    if p[0] == 82:
        said = battery(made)
        return {
            "voltage_v": said["battery_voltage_v"],
            "status": said["battery_status"],
            "battery_count": data.battery_number,
            "battery_id": None if data.last_battery_id == 0xFF else data.last_battery_id,
            "operating_time_s": data.last_battery_data.operating_time,
        }
    if p[0] == 83:
        return {"datetime": data.timedate.isoformat() if data.timedate else None}
    return {}


def say_power_average(first, second):
    data = device(power_meter.PowerMeter, [first, second]).data["power"]
    return {"avg_power_w_whole": data.average_power} if first[1] != second[1] else {}


def say_cadence(first, second):
    data = device(bike_speed_cadence.BikeCadence, [first, second]).data["bike_cadence"]
    return {"cadence_rpm": data.calculate_cadence()}


# What follows from our fields, as openant says it.


def derive(profile, p, ours):
    derived = dict(ours)
    if profile in ("ant.power", "ant.fe") and "accumulated_power_w" in ours and p[1]:
        derived["average_w"] = int(ours["accumulated_power_w"] / p[1])
    if profile == "ant.power" and ours.get("pedal_power_is_right"):
        derived["right_w"] = int(ours["power_w"] * ours["pedal_power_pct"] / 100)
    if "torque_nm_acc" in ours and p[0] in (18, 26) and p[1]:
        derived["torque_nm"] = ours["torque_nm_acc"] / p[1]
    if p[0] == 18 and "period_s" in ours and p[1]:
        derived["angular_rad_s"] = 2 * math.pi * p[1] / ours["period_s"] if ours["period_s"] else 0
    if "sw_version" in ours:
        derived["sw_number"] = float(ours["sw_version"])
    return derived


def marker(p, ours, theirs):
    return ours is None and theirs is not None


def page_of(p):
    return p[0] & 0x7F


def without_roll_over(p, ours, theirs):
    first, second = ((payload[4] + 256 * payload[5], payload[6] + 256 * payload[7]) for payload in p)
    time, turns = second[0] - first[0], second[1] - first[1]
    if time >= 0 and turns >= 0:
        return False
    return theirs is None if time <= 0 else math.isclose(theirs, 60 * 1024 * turns / time)


WRONG_PAGE = "openant takes the low nibble of byte 0 for the page, so pages from 8 on are dropped or mistaken"
MARKER = "openant passes the value that stands for 'not known' on as a number"
RESERVED = "openant names a value that the profile reserves"
UNSIGNED = "openant reads a signed value as unsigned"
STATE = "openant masks with 0x70 >> 4, so it reads bits 0-2 instead of 4-6"
ANY = None

# (profile, fields, does it apply to (payload, ours, theirs), reason)
EXPLAINED = [
    ("ant.hr", ANY, lambda p, o, t: page_of(p) > 7, WRONG_PAGE),
    ("ant.hr", {"battery_pct"}, marker, MARKER),
    ("ant.hr", {"battery_status"}, lambda p, o, t: t == "charging", RESERVED),
    ("ant.bike_speed", ANY, lambda p, o, t: page_of(p) > 5, WRONG_PAGE),
    ("ant.bike_speed", {"battery_status"}, lambda p, o, t: t == "charging", RESERVED),
    ("ant.bike_cadence", ANY, lambda p, o, t: page_of(p) > 5, WRONG_PAGE),
    ("ant.bike_cadence", {"battery_status"}, lambda p, o, t: t == "charging", RESERVED),
    (
        "ant.combined_sc",
        ANY,
        lambda p, o, t: p[0] & 0x0F > 5,
        "openant takes the low nibble of the cadence time for a page and drops what is above 5",
    ),
    ("ant.power", {"cadence_rpm"}, marker, MARKER),
    (
        "ant.power",
        {"angular_rad_s"},
        lambda p, o, t: math.isclose(t, 2 * math.pi * p[1] / ((p[4] + 256 * p[5]) / 2048 + 32)),
        "openant adds a whole turn to the period: % binds tighter than +",
    ),
    ("ant.fe", {"cadence_rpm", "power_w", "speed_mps", "resistance_pct"}, marker, MARKER),
    ("ant.fe", {"incline_pct"}, lambda p, o, t: o < 0 and math.isclose(t, o + 655.36), UNSIGNED),
    (
        "ant.fe",
        {"state"},
        lambda p, o, t: t == STATES[fitness_equipment.FitnessEquipmentState(p[7] & 0x07).name],
        STATE,
    ),
    (
        "ant.fe",
        {"torque_nm"},
        lambda p, o, t: abs(t - (p[6] + 256 * p[7]) / 32 / p[1]) <= 0.005 + 1e-9,
        "openant reads page 26 one byte too far on, and rounds",
    ),
    (
        "ant.lev",
        {"motor_temperature", "battery_temperature"},
        lambda p, o, t: o == "reserved" and t == "unknown",
        "openant calls reserved values unknown",
    ),
    (
        "ant.lev",
        {"motor_too_hot", "battery_too_hot"},
        lambda p, o, t: o and not t,
        "openant compares bit 3 with 1, so its alert is never set",
    ),
    ("ant.environment", ANY, marker, MARKER),
    (
        "ant.environment",
        {"temperature_c"},
        lambda p, o, t: o < 0 and math.isclose(t, o + 655.36),
        UNSIGNED,
    ),
    (
        "ant.environment",
        {"low24_c", "high24_c"},
        lambda p, o, t: o < 0 and math.isclose(t, o + 409.6),
        UNSIGNED,
    ),
    ("ant.core_temp", {"skin_c", "core_c"}, marker, MARKER),
    ("ant.core_temp", {"skin_c"}, lambda p, o, t: o < 0 and math.isclose(t, o + 204.8), UNSIGNED),
    ("ant.core_temp", {"core_c"}, lambda p, o, t: o < 0 and math.isclose(t, o + 655.36), UNSIGNED),
    (
        "ant.core_temp",
        {"quality", "raises"},
        lambda p, o, t: t == "NameError" and 3 < p[2] < 0xFF,
        "openant names a class that does not exist for a quality above 3; we read its two bits",
    ),
    ("ant.common", {"serial"}, marker, MARKER),
    ("ant.common", {"status"}, lambda p, o, t: t == "charging", RESERVED),
    (
        "ant.common",
        {"operating_time_s"},
        lambda p, o, t: o - t == p[5] * 65536 * (2 if p[7] & 0x80 else 16),
        "openant drops the highest byte of the operating time",
    ),
    (
        ANY,
        {"raises"},
        lambda p, o, t: t == "IndexError" and p[0] == 82 and p[2] >> 4 == 15,
        "openant keeps 15 batteries and fails on the 16th, on any device type",
    ),
    (
        "ant.common",
        {"datetime"},
        lambda p, o, t: t is None,
        "openant refuses a date that no calendar has; we leave that to a later stage",
    ),
    (
        "seq.ant.bike_cadence",
        {"cadence_rpm"},
        without_roll_over,
        "openant subtracts without roll-over",
    ),
]

# Profile -> (openant's words, pages that get their share of random payloads).
PROFILES = {
    "ant.hr": (say_heart_rate, range(0, 10)),
    "ant.bike_speed": (
        say_revolutions(
            bike_speed_cadence.BikeSpeed, "bike_speed", "bike_speed_event_time", "cumulative_speed_revolution"
        ),
        range(0, 6),
    ),
    "ant.bike_cadence": (
        say_revolutions(
            bike_speed_cadence.BikeCadence,
            "bike_cadence",
            "bike_cadence_event_time",
            "cumulative_cadence_revolution",
        ),
        range(0, 6),
    ),
    "ant.combined_sc": (say_combined, range(0, 256)),
    "ant.power": (say_power, (16, 18)),
    "ant.fe": (say_equipment, (16, 17, 25, 26, 71)),
    "ant.lev": (say_vehicle, (1, 2, 3, 4, 5, 34)),
    "ant.environment": (say_environment, (1,)),
    "ant.core_temp": (say_core, (0, 1)),
    "ant.common": (say_common, (80, 81, 82, 83)),
}


def equal(ours, theirs):
    if isinstance(ours, (int, float)) and isinstance(theirs, (int, float)):
        return math.isclose(ours, theirs, rel_tol=1e-9, abs_tol=1e-9)
    return ours == theirs


def decode(touchline, profile, lines):
    """What `touchline decode` prints for each line."""
    run = subprocess.run(
        [touchline, "decode", profile, "-"],
        input="\n".join(lines) + "\n",
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    answers = [json.loads(line) for line in run.stdout.splitlines()]
    assert len(answers) == len(lines), f"{profile}: {len(answers)} answers to {len(lines)} lines"
    return answers


def vectors(profile):
    name = "sequences" if profile.startswith("seq.") else profile.replace(".", "_")
    for line in (VECTORS / f"{name}.jsonl").read_text().splitlines():
        vector = json.loads(line)
        if vector["profile"] == profile and "reject" not in vector["expect"]:
            yield [bytes.fromhex(payload) for payload in vector["hex"].split()]


class Tally:
    """Counts, and collects what nobody explained."""

    def __init__(self):
        self.used = set()
        self.unexplained = []
        self.total = [0, 0, 0, 0]

    def compare(self, profile, payload, ours, theirs, row):
        """Compares every field that openant says. `payload` is one payload or a pair."""
        for field, value in theirs.items():
            row["compared"] += 1
            mine = ours.get(field)
            if equal(mine, value):
                row["agree"] += 1
                continue
            for index, (where, fields, applies, _) in enumerate(EXPLAINED):
                if where not in (profile, ANY) or (fields is not ANY and field not in fields):
                    continue
                if applies(payload, mine, value):
                    self.used.add(index)
                    row["explained"][index] = row["explained"].get(index, 0) + 1
                    break
            else:
                row["unexplained"] += 1
                self.unexplained.append((profile, payload, field, mine, value))

    def report(self, profile, row):
        explained = sum(row["explained"].values())
        for i, n in enumerate((row["compared"], row["agree"], explained, row["unexplained"])):
            self.total[i] += n
        print(
            f"{profile:22}{row['payloads']:9}{row['compared']:10}{row['agree']:8}{explained:10}"
            f"{row['unexplained']:12}"
        )
        for index, count in sorted(row["explained"].items()):
            print(f"{'':22}{count:9}  {EXPLAINED[index][3]}")


def new_row(payloads):
    return {"payloads": payloads, "compared": 0, "agree": 0, "explained": {}, "unexplained": 0}


def compare_profile(tally, touchline, profile, generator):
    say, pages = PROFILES[profile]
    payloads = [payload for (payload,) in vectors(profile)]
    for index in range(RANDOM_PAYLOADS):
        payload = bytearray(generator.randbytes(8))
        if index % 8:
            payload[0] = generator.choice(pages) | (payload[0] & 0x80 if profile in TOGGLED else 0)
        payloads.append(bytes(payload))
    answers = decode(touchline, profile, [payload.hex() for payload in payloads])
    row = new_row(len(payloads))
    for payload, ours in zip(payloads, answers):
        try:
            theirs = say(payload)
        except Exception as failure:  # Whatever a peer does on random bytes is a finding.
            theirs = {"raises": type(failure).__name__}
        ours = derive(profile, payload, ours)
        if not theirs and profile in SAYS_ALWAYS:
            theirs = {SAYS_ALWAYS[profile]: None}
        tally.compare(profile, payload, ours, theirs, row)
    tally.report(profile, row)


# Profiles with a page-change toggle, and a field that every page of a profile has.
TOGGLED = {"ant.hr", "ant.bike_speed", "ant.bike_cadence"}
SAYS_ALWAYS = {
    "ant.hr": "beat_count",
    "ant.bike_speed": "revs",
    "ant.bike_cadence": "revs",
    "ant.combined_sc": "cad_revs",
}


def compare_sequences(tally, touchline, profile, say, generator, page):
    pairs = [tuple(payloads) for payloads in vectors(profile) if len(payloads) == 2]
    pairs = [pair for pair in pairs if pair[0][0] & 0x7F == page and pair[1][0] & 0x7F == page]
    for _ in range(RANDOM_PAYLOADS):
        pairs.append(tuple(bytes([page]) + generator.randbytes(7) for _ in range(2)))
    answers = decode(touchline, profile, [" ".join(payload.hex() for payload in pair) for pair in pairs])
    row = new_row(len(pairs))
    for pair, ours in zip(pairs, answers):
        ours["avg_power_w_whole"] = None if ours.get("avg_power_w") is None else int(ours["avg_power_w"])
        tally.compare(profile, pair, ours, say(*pair), row)
    tally.report(profile, row)


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    logging.disable()
    touchline = sys.argv[1]
    generator = random.Random(int(sys.argv[2]) if len(sys.argv) == 3 else 1)
    tally = Tally()
    print(f"{'profile':22}{'payloads':>9}{'compared':>10}{'agree':>8}{'explained':>10}{'unexplained':>12}")
    for profile in PROFILES:
        compare_profile(tally, touchline, profile, generator)
    compare_sequences(tally, touchline, "seq.ant.power", say_power_average, generator, 16)
    compare_sequences(tally, touchline, "seq.ant.bike_cadence", say_cadence, generator, 0)
    compared, agree, explained, unexplained = tally.total
    print(f"{compared} fields compared: {agree} agree, {explained} explained, {unexplained} unexplained")
    for profile, payload, field, mine, theirs in tally.unexplained[:40]:
        text = payload.hex() if isinstance(payload, bytes) else " ".join(p.hex() for p in payload)
        print(f"{profile} {text}: {field} is {mine!r} here, {theirs!r} in openant")
    idle = [entry[:1] + entry[3:] for index, entry in enumerate(EXPLAINED) if index not in tally.used]
    for profile, reason in idle:
        print(f"{profile or 'any'}: no longer true, remove it: {reason}")
    sys.exit(1 if unexplained or idle else 0)


if __name__ == "__main__":
    main()
