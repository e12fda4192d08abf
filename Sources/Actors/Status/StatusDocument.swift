package import Battery
package import JSONText
import Links
package import Log
package import Monitoring

/// The status document of contract.md 3, made from one picture: what API, `watch` and the demo show.
///
/// Null where unknown, never 0; from SILENT on every measurement is null (S10).
package enum StatusDocument {
    /// Renders a picture.
    ///
    /// - Parameters:
    ///   - picture: nil before the first step.
    ///   - packs: the packs' links.
    ///   - context: what the user configured.
    ///   - monitoring: what the monitor knows; nil before it has seen anything.
    ///   - now: the moment that ages count up to.
    ///   - time: the same on the wall clock.
    /// - Returns: the document.
    package static func render(
        _ picture: GatewayPicture?, packs: [PackLinkPicture], context: StatusContext = StatusContext(),
        monitoring: MonitoringPicture? = nil, now: Instant,
        time: UTCTime
    ) -> JSONValue {
        let decision = picture?.decision
        let stage = decision?.stage(at: now) ?? .noData
        let known = stage.transmits ? decision : nil
        return [
            "time": .string(time.description),
            "stage": .string(stage.rawValue),
            "commissioned": .bool(context.isCommissioned),
            "battery": battery(
                known, age: decision?.evidence.map { (now - $0).seconds }, stage == .live ? monitoring?.derived : nil),
            "packs": .array(packs.map { pack($0, picture, context.packs[$0.pack], monitoring, now) }),
            "limits": limits(known, now, time),
            "inverter": picture.map { inverter($0.inverter, context) } ?? .null,
            "energy": energy(known, monitoring),
            "peaks": monitoring.map { peaks($0) } ?? .null,
            "derived": ["packs": .array(known == nil ? [] : derived(monitoring, now))],
            "alarms": alarms(decision?.alarms) { kind in monitoring?.alarmsSince[kind].map { (now - $0).seconds } },
            "faults": .array((monitoring?.faults ?? []).map { fault($0, now) }),
        ]
    }

    // MARK: - Private

    private static func battery(_ decision: Decision?, age: Double?, _ derived: Derived?) -> JSONValue {
        let picture = decision?.battery
        return [
            "voltage_v": .init(picture?.voltage), "current_a": .init(picture?.current),
            "power_w": .init(product(picture?.voltage, picture?.current)),
            "soc_percent": .init(picture?.stateOfCharge), "soh_percent": .init(picture?.stateOfHealth),
            "temperature_c": .init(picture?.temperature), "cell_min_v": .init(picture?.minimumCell?.volts),
            "cell_max_v": .init(picture?.maximumCell?.volts),
            "cell_delta_v": .init(difference(picture?.maximumCell?.volts, picture?.minimumCell?.volts)),
            "capacity_ah": .init(picture?.installedCapacity), "remaining_ah": .init(picture?.remainingCapacity),
            "cycles": .init(picture?.cycles), "age_s": .init(age), "time_to_full_s": .init(derived?.timeToFull),
            "time_to_empty_s": .init(derived?.timeToEmpty),
        ]
    }

    private static func pack(
        _ link: PackLinkPicture, _ picture: GatewayPicture?, _ context: StatusContext.Pack?,
        _ monitoring: MonitoringPicture?, _ now: Instant
    ) -> JSONValue {
        let report = picture?.reports.first { $0.pack == link.pack }
        let age = report?.ageOrigin.map { (now - $0).seconds }
        let stage = picture?.decision?.stage(ofPack: link.pack, from: report?.ageOrigin, at: now) ?? .noData
        // Each pack's own: another that is live keeps no old value on the page (S10).
        let reading = stage.transmits ? report?.snapshot?.reading : nil
        let cells = reading?.cells.compactMap(\.self) ?? []
        return [
            "id": .integer(link.pack), "name": .init(context?.name), "family": .string(link.family),
            "link": .string(link.address),
            "stage": .string(stage.rawValue),
            // A pack that has fallen silent is absent at once, whatever the newest decision knew of it (S10).
            "standing": .init(
                stage.transmits ? picture?.decision?.standing(ofPack: link.pack).rawValue : PackStanding.absent.rawValue
            ),
            "simulated": .bool(link.isSimulated), "open": .bool(link.isOpen), "problem": .init(link.problem),
            "serial": .init(reading?.identity?.serial), "firmware": .init(reading?.identity?.firmware),
            "voltage_v": .init(reading?.voltage), "current_a": .init(reading?.current),
            "power_w": .init(product(reading?.voltage, reading?.current)),
            "soc_percent": .init(reading?.stateOfCharge), "soh_percent": .init(reading?.stateOfHealth),
            "temperature_c": .init(stage.transmits ? report?.snapshot?.temperature.mean : nil),
            "cell_min_v": .init(cells.min()), "cell_max_v": .init(cells.max()),
            "cell_delta_v": .init(difference(cells.max(), cells.min())), "cycles": .init(reading?.cycles),
            "capacity_ah": .init(context?.capacity), "remaining_ah": .init(reading?.remainingCapacity),
            "limits": cellLimits(context?.limits), "age_s": .init(age), "activity": .init(reading?.activity.rawValue),
            "charge_enabled": .init(reading?.chargeEnabled), "discharge_enabled": .init(reading?.dischargeEnabled),
            "cells": .array(cellList(reading)), "temperatures": .array(temperatures(reading)),
            "alarms": alarms(reading?.alarms?.value) { kind in
                monitoring?.alerts.first { $0.identity == .init("alarm_raised", kind.rawValue, pack: link.pack) }?
                    .activity.map { (now - $0.since.instant).seconds }
            },
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

    private static func cellLimits(_ limits: StatusContext.CellLimits?) -> JSONValue {
        [
            "max_cell_v": .init(limits?.maximum), "min_cell_v": .init(limits?.minimum),
            "absorption_cell_v": .init(limits?.absorption), "float_cell_v": .init(limits?.float),
        ]
    }

    private static func limits(_ decision: Decision?, _ now: Instant, _ time: UTCTime) -> JSONValue {
        [
            "cvl_v": .init(decision?.chargeVoltage.value), "ccl_a": .init(decision?.chargeCurrent.value),
            "dcl_a": .init(decision?.dischargeCurrent.value), "dvl_v": .init(decision?.dischargeVoltage),
            "mode": .string((decision?.mode ?? .initial).rawValue),
            "reasons": [
                "cvl": reasons(decision?.chargeVoltage, now, time),
                "ccl": reasons(decision?.chargeCurrent, now, time),
                "dcl": reasons(decision?.dischargeCurrent, now, time),
            ],
        ]
    }

    private static func reasons(_ limit: Limit?, _ now: Instant, _ time: UTCTime) -> JSONValue {
        .array(
            (limit?.contributions ?? []).map { reason in
                let seconds = (now - reason.since).seconds
                return [
                    "rule": .string(reason.rule.rawValue), "value": .number(reason.value),
                    "detail": .string(reason.evidence), "since": .string(whole(time, minus: seconds).description),
                    "since_s": .number(seconds), "pack": .init(reason.pack),
                ]
            })
    }

    /// A moment in the past, to the second: finer it would differ from one rendering to the next.
    private static func whole(_ time: UTCTime, minus seconds: Double) -> UTCTime {
        let past = (Double(time.milliseconds) / 1000 - seconds).rounded()
        return UTCTime(milliseconds: Int64(exactly: past).map { $0 * 1000 } ?? time.milliseconds)
    }

    private static func inverter(_ picture: InverterPicture, _ context: StatusContext) -> JSONValue {
        [
            "link": .string(picture.address), "open": .bool(picture.link == .open),
            "dry_because": .init(context.dryBecause?.rawValue),
            "state": .string(picture.state.rawValue), "keepalive_age_s": .init(picture.keepaliveAge),
            "frames_sent": .integer(picture.counters.sent), "frames_confirmed": .integer(picture.counters.confirmed),
            "frames_received": .integer(picture.counters.received), "errors": .integer(picture.counters.errors),
            "congested": .integer(picture.counters.congested), "bus_off_count": .integer(picture.counters.busOff),
            "duplicate_bms": .bool(picture.hasDuplicateSender), "tx_lost": .bool(picture.isTransmitLost),
            "problem": .init(picture.problem),
        ]
    }

    /// Alarms, each with the time for which it has been active, where that is known.
    private static func alarms(_ set: AlarmSet?, since: (AlarmKind) -> Double?) -> JSONValue {
        .array(
            (set?.active ?? []).map {
                [
                    "alarm": .string($0.kind.rawValue),
                    "severity": .string($0.severity == .alarm ? "alarm" : "warning"),
                    "since_s": .init(since($0.kind)),
                ]
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
