package import Battery
package import JSONText
import Links
package import Log

/// The status document of contract.md 3, made from one picture: what API, `watch` and the demo show.
///
/// Null where unknown, never 0; from SILENT on every measurement is null (S10).
package enum StatusDocument {
    /// Renders a picture.
    package static func render(
        _ picture: GatewayPicture?, packs: [PackLinkPicture], now: Instant, time: UTCTime
    ) -> JSONValue {
        let decision = picture?.decision
        let stage = decision?.stage(at: now) ?? .noData
        let known = stage.transmits ? decision : nil
        return [
            "time": .string(time.description),
            "stage": .string(stage.rawValue),
            "battery": battery(known, age: decision?.evidence.map { (now - $0).seconds }),
            "packs": .array(packs.map { pack($0, picture, now) }),
            "limits": limits(known),
            "inverter": picture.map { inverter($0.inverter) } ?? .null,
            "energy": [
                "charged_wh": .init(known?.battery.chargedEnergy),
                "discharged_wh": .init(known?.battery.dischargedEnergy),
            ],
            "alarms": alarms(decision?.alarms),
        ]
    }

    // MARK: - Private

    private static func battery(_ decision: Decision?, age: Double?) -> JSONValue {
        let picture = decision?.battery
        return [
            "voltage_v": .init(picture?.voltage), "current_a": .init(picture?.current),
            "power_w": .init(product(picture?.voltage, picture?.current)),
            "soc_percent": .init(picture?.stateOfCharge), "soh_percent": .init(picture?.stateOfHealth),
            "temperature_c": .init(picture?.temperature), "cell_min_v": .init(picture?.minimumCell?.volts),
            "cell_max_v": .init(picture?.maximumCell?.volts),
            "cell_delta_v": .init(difference(picture?.maximumCell?.volts, picture?.minimumCell?.volts)),
            "capacity_ah": .init(picture?.installedCapacity), "remaining_ah": .init(picture?.remainingCapacity),
            "cycles": .init(picture?.cycles), "age_s": .init(age),
        ]
    }

    private static func pack(_ link: PackLinkPicture, _ picture: GatewayPicture?, _ now: Instant) -> JSONValue {
        let report = picture?.reports.first { $0.pack == link.pack }
        let age = report?.ageOrigin.map { (now - $0).seconds }
        let stage = picture?.decision?.stage(ofPack: link.pack, from: report?.ageOrigin, at: now) ?? .noData
        // Each pack's own: another that is live keeps no old value on the page (S10).
        let reading = stage.transmits ? report?.snapshot?.reading : nil
        let cells = reading?.cells.compactMap(\.self) ?? []
        return [
            "id": .integer(link.pack), "family": .string(link.family), "link": .string(link.address),
            "stage": .string(stage.rawValue),
            "simulated": .bool(link.isSimulated), "open": .bool(link.isOpen), "problem": .init(link.problem),
            "serial": .init(reading?.identity?.serial), "firmware": .init(reading?.identity?.firmware),
            "voltage_v": .init(reading?.voltage), "current_a": .init(reading?.current),
            "power_w": .init(product(reading?.voltage, reading?.current)),
            "soc_percent": .init(reading?.stateOfCharge), "soh_percent": .init(reading?.stateOfHealth),
            "cell_min_v": .init(cells.min()), "cell_max_v": .init(cells.max()),
            "cell_delta_v": .init(difference(cells.max(), cells.min())), "cycles": .init(reading?.cycles),
            "age_s": .init(age), "activity": .init(reading?.activity.rawValue),
            "charge_enabled": .init(reading?.chargeEnabled), "discharge_enabled": .init(reading?.dischargeEnabled),
            "cells": .array(cellList(reading)), "temperatures": .array(temperatures(reading)),
            "alarms": alarms(reading?.alarms?.value),
            "refused": .init(report?.refused), "missed": .init(report?.missed),
        ]
    }

    private static func cellList(_ reading: PackReading?) -> [JSONValue] {
        guard let reading else { return [] }
        return reading.cells.enumerated().map { index, volts in
            let balancing = reading.balancing.flatMap { $0.indices.contains(index) ? $0[index] : nil }
            return ["index": .integer(index + 1), "voltage_v": .init(volts), "balancing": .init(balancing)]
        }
    }

    private static func temperatures(_ reading: PackReading?) -> [JSONValue] {
        (reading?.temperatures ?? []).map {
            ["name": .string($0.name.description), "place": .string($0.place.rawValue), "celsius": .init($0.celsius)]
        }
    }

    private static func limits(_ decision: Decision?) -> JSONValue {
        [
            "cvl_v": .init(decision?.chargeVoltage.value), "ccl_a": .init(decision?.chargeCurrent.value),
            "dcl_a": .init(decision?.dischargeCurrent.value), "dvl_v": .init(decision?.dischargeVoltage),
            "mode": .string((decision?.mode ?? .initial).rawValue),
            "reasons": [
                "cvl": reasons(decision?.chargeVoltage, decision?.made),
                "ccl": reasons(decision?.chargeCurrent, decision?.made),
                "dcl": reasons(decision?.dischargeCurrent, decision?.made),
            ],
        ]
    }

    private static func reasons(_ limit: Limit?, _ made: Instant?) -> JSONValue {
        .array(
            (limit?.contributions ?? []).map { reason in
                [
                    "rule": .string(reason.rule.rawValue), "value": .number(reason.value),
                    "detail": .string(reason.evidence),
                    "since_s": .init(made.map { ($0 - reason.since).seconds }),
                ]
            })
    }

    private static func inverter(_ picture: InverterPicture) -> JSONValue {
        [
            "link": .string(picture.address), "open": .bool(picture.link == .open),
            "state": .string(picture.state.rawValue), "keepalive_age_s": .init(picture.keepaliveAge),
            "frames_sent": .integer(picture.counters.sent), "frames_confirmed": .integer(picture.counters.confirmed),
            "frames_received": .integer(picture.counters.received), "errors": .integer(picture.counters.errors),
            "congested": .integer(picture.counters.congested), "bus_off_count": .integer(picture.counters.busOff),
            "duplicate_bms": .bool(picture.hasDuplicateSender), "tx_lost": .bool(picture.isTransmitLost),
            "problem": .init(picture.problem),
        ]
    }

    private static func alarms(_ set: AlarmSet?) -> JSONValue {
        .array(
            (set?.active ?? []).map {
                ["alarm": .string($0.kind.rawValue), "severity": .string($0.severity == .alarm ? "alarm" : "warning")]
            })
    }

    private static func product(_ one: Double?, _ other: Double?) -> Double? {
        guard let one, let other else { return nil }
        return one * other
    }

    private static func difference(_ one: Double?, _ other: Double?) -> Double? {
        guard let one, let other else { return nil }
        return one - other
    }
}
