import Testing

@testable import Simulator

@Suite(.timeLimit(.minutes(1))) struct ScenarioTests {
    private func complaint(_ text: String) -> String {
        do throws(ScenarioError) {
            _ = try Scenario.load(text: text)
            return ""
        } catch { return error.description }
    }

    @Test func `a scenario is read from JSON`() throws {
        let scenario = try Scenario.load(
            text: """
                {
                  "name": "mine", "description": "A test.",
                  "pack": {"chemistry": "nmc", "cells": 14, "capacity_ah": 66, "soc_percent": 40, "temperature_c": -3},
                  "profile": [
                    {"at_s": 0, "current_a": 10},
                    {"at_s": 60, "power_w": -500.5, "ramp": true}
                  ],
                  "repeat_s": 600, "charge_cell_v": 4.1,
                  "faults": [
                    {"at_s": 30, "for_s": 20, "fault": "cell_voltage", "cell": 14, "volts": 4.3},
                    {"at_s": 40, "fault": "wrong_checksum", "probability": 0.1},
                    {"at_s": 50, "fault": "temperature_lost", "sensor": 2}
                  ]
                }
                """)
        #expect(scenario.name == "mine")
        #expect(scenario.pack.chemistry == .nmc)
        #expect(scenario.pack.cells == 14)
        #expect(scenario.pack.capacity == 66)
        #expect(scenario.profile.points[1] == .init(at: 60, .power(-500.5), ramps: true))
        #expect(scenario.profile.period == 600)
        #expect(scenario.faults[0] == ScheduledFault(at: 30, for: 20, Misbehaviour(.cellVoltage, cell: 14, value: 4.3)))
        #expect(scenario.faults[1].misbehaviour.probability == 0.1)
        #expect(scenario.faults[2].misbehaviour.sensor == 2)
    }

    @Test func `a name is all that a scenario needs`() throws {
        #expect(try Scenario.load(text: #"{"name":"x"}"#) == Scenario(name: "x"))
    }

    @Test(arguments: [
        (#"{"name": "x""#, "valid JSON"),
        (#"{}"#, #"needs a field "name""#),
        (#"{"name": 5}"#, "field name must be a text"),
        (#"{"name": "x", "cels": 3}"#, "field cels is not known"),
        (#"{"name": "x", "pack": {"cells": 30}}"#, "field pack.cells is 30.0 but must be a whole number from 4 to 24"),
        (#"{"name": "x", "pack": {"cells": 4.5}}"#, "field pack.cells is 4.5 but must be a whole number"),
        (#"{"name": "x", "pack": {"cells": "16"}}"#, "field pack.cells must be a number"),
        (#"{"name": "x", "pack": {"chemistry": "lead"}}"#, "field pack.chemistry is \"lead\" but must be lfp"),
        (#"{"name": "x", "pack": {"capacity_ah": -1}}"#, "field pack.capacity_ah is -1.0"),
        (#"{"name": "x", "pack": 3}"#, "field pack must be an object"),
        (#"{"name": "x", "profile": [{"at_s": 0}]}"#, "field profile[0].current_a or power_w must be given"),
        (#"{"name": "x", "profile": [{"current_a": 0}]}"#, #"field profile[0] needs a field "at_s""#),
        (
            #"{"name": "x", "profile": [{"at_s": 5, "current_a": 0}, {"at_s": 1, "current_a": 0}]}"#,
            "field profile must be in the order of at_s"
        ),
        (
            #"{"name": "x", "faults": [{"at_s": 1, "fault": "boom"}]}"#,
            "field faults[0].fault is \"boom\" but must be one of"
        ),
        (#"{"name": "x", "faults": [{"at_s": 1}]}"#, #"field faults[0] needs a field "fault""#),
        (
            #"{"name": "x", "faults": [{"at_s": 1, "fault": "silence"}, {"at_s": 1, "fault": "cell_voltage", "volts": 3}]}"#,
            #"field faults[1] needs a field "cell""#
        ),
        (
            #"{"name": "x", "faults": [{"at_s": 1, "fault": "cell_voltage", "cell": 17, "volts": 3}]}"#,
            "field faults[0].cell is 17 but the pack has 16 cells"
        ),
        (
            #"{"name": "x", "faults": [{"at_s": 1, "fault": "cell_voltage", "cell": 1, "volts": 30}]}"#,
            "field faults[0].volts is 30.0 but must be from"
        ),
        (
            #"{"name": "x", "faults": [{"at_s": 1, "fault": "silence", "pack": 2}]}"#,
            "field faults[0].pack is 2 but packs is 1"
        ),
        (
            #"{"name": "x", "world": [{"at_s": 1, "fault": "flood"}]}"#,
            "field world[0].fault is \"flood\" but must be one of can_congested"
        ),
        (
            #"{"name": "x", "world": [{"at_s": 1, "for_s": 3, "fault": "kill"}]}"#,
            "field world[0].for_s does not belong to the fault kill, which happens once"
        ),
        (#"{"name": "x", "world": [{"at_s": 1, "fault": "crash"}]}"#, #"field world[0] needs a field "child""#),
        (
            #"{"name": "x", "faults": [{"at_s": 1, "fault": "silence", "volts": 3}]}"#,
            "field faults[0].volts does not belong to the fault silence"
        ),
    ])
    func `a wrong scenario is refused with one sentence that names the field`(text: String, expected: String) {
        let complaint = complaint(text)
        #expect(complaint.contains(expected), "\(complaint)")
        #expect(complaint.hasSuffix("."))
        #expect(!complaint.contains("\n"))
    }

    @Test func `random text is refused and never traps`() {
        var random = SeededRandom(seed: 3)
        let characters = Array("{}[]\":,0123456789.-eE truefalsnamepckilo")
        for _ in 0..<2000 {
            let text = String(
                (0..<random.index(below: 60)).map { _ in characters[random.index(below: characters.count)] })
            #expect(!complaint(text).isEmpty)
        }
    }

    @Test func `what is written can be read again`() throws {
        for scenario in Scenario.library {
            #expect(try Scenario.load(text: scenario.json) == scenario)
        }
        var faults: [ScheduledFault] = []
        for kind in Misbehaviour.Kind.allCases {
            faults.append(
                ScheduledFault(
                    at: 1, for: 2,
                    Misbehaviour(
                        kind, cell: kind.needsCell ? 3 : 0, sensor: kind.needsSensor ? 2 : 1,
                        value: kind.quantity?.range.upperBound ?? 0, probability: kind.hasProbability ? 0.5 : 1)))
        }
        var all = Scenario(name: "all", title: "All", description: "Everything.", faults: faults)
        all.packs = 3
        all.faults[0].pack = 3
        all.shows = ["story 1"]
        all.expectation = "It is read again."
        for kind in WorldMisbehaviour.Kind.allCases {
            all.world.append(
                ScheduledWorldFault(
                    at: 1, for: kind.lasts ? 2 : nil,
                    WorldMisbehaviour(
                        kind, value: kind.quantity?.range.upperBound ?? 0, child: kind.needsChild ? "inverter" : "")))
        }
        #expect(try Scenario.load(text: all.json) == all)
    }

    @Test func `the library has the promised names, each once and described`() {
        let names = Scenario.library.map(\.name)
        let promised = [
            "healthy", "full", "bms-silent", "cell-over-voltage", "cell-spike", "noise-10", "frozen-counter", "unplug",
            "cold-charge", "hot", "probe-lost", "sleep",
        ]
        #expect(Set(names).isSuperset(of: promised))
        #expect(Set(names).count == names.count)
        #expect(Scenario.named("")?.name == "healthy")
        #expect(Scenario.named("unplug")?.faults.first?.misbehaviour.kind == .unplugged)
        #expect(Scenario.named("no such") == nil)
        #expect(Set(Misbehaviour.Kind.allCases.map(\.rawValue)).count >= 20)
    }

    @Test func `a pack sees its own faults, and those of a scenario for one pack`() throws {
        let three = try #require(Scenario.named("story-10-pack-lost"))
        #expect(three.packs == 3)
        #expect(three.forPack(1).faults.isEmpty && three.forPack(2).faults.count == 1)
        #expect(try #require(Scenario.named("unplug")).forPack(2).faults.count == 1)
    }

    @Test func `parameters of an address replace numbers of the pack`() throws {
        let scenario = try #require(Scenario.named("cell-over-voltage")).overriding([
            "cells": "4", "capacity_ah": "100", "soc_percent": "30", "chemistry": "nmc", "family": "tinybms",
        ])
        #expect(scenario.pack.cells == 4)
        #expect(scenario.pack.capacity == 100)
        #expect(scenario.pack.stateOfCharge == 30)
        #expect(scenario.faults[0].misbehaviour.cell == 4)
        #expect(abs(scenario.faults[0].misbehaviour.value - 4.30) < 1e-9)
        #expect(scenario.profile.chargeCellVoltage == CellChemistry.nmc.fullCell - 0.1)
        #expect(throws: ScenarioError("The parameter cells is \"many\" but must be a number from 4.0 to 24.0.")) {
            try Scenario(name: "x").overriding(["cells": "many"])
        }
        #expect(throws: ScenarioError.self) { try Scenario(name: "x").overriding(["chemistry": "lead"]) }
        #expect(throws: ScenarioError.self) { try Scenario(name: "x").overriding(["cells": "4.5"]) }
    }

    @Test func `a profile jumps, ramps, repeats, turns power into current and respects the charger's voltage`() {
        let pack = plainPack()
        let profile = LoadProfile(
            [
                .init(at: 10, .current(10)), .init(at: 20, .current(-10), ramps: true), .init(at: 30, .power(500)),
            ], period: 100)
        #expect(profile.demand(at: 5, pack: pack) == 0)
        #expect(profile.demand(at: 10, pack: pack) == 10)
        #expect(profile.demand(at: 15, pack: pack) == 0)
        #expect(profile.demand(at: 25, pack: pack) == -10)
        #expect(abs(profile.demand(at: 130, pack: pack) - 500 / pack.voltage) < 1e-9)
        var limited = LoadProfile([.init(at: 0, .current(1000))], chargeCellVoltage: 3.4)
        #expect(abs(limited.demand(at: 1, pack: pack) - pack.source.current(atTerminalVoltage: 16 * 3.4)) < 1e-9)
        limited.chargeCellVoltage = 3
        #expect(limited.demand(at: 1, pack: pack) == 0)
    }

    @Test func `built-in scenarios do what they say`() throws {
        func after(_ seconds: Int, _ name: String) throws -> PackModel {
            let scenario = try #require(Scenario.named(name))
            let host = Host(SimulatedPack.Setup(scenario: scenario))
            host.run(.seconds(seconds))
            return host.pack.bms.pack
        }
        #expect(try after(40, "cell-over-voltage").protection.isActive(.overVoltage))
        #expect(try !after(110, "cell-over-voltage").protection.isActive(.overVoltage))
        #expect(try after(40, "hot").protection.isActive(.overTemperature))
        #expect(try after(10, "cold-charge").protection.isActive(.lowTemperatureCharge))
        #expect(try after(10, "cold-charge").current == 0)
        let probes = try after(40, "probe-lost").measurement.external
        #expect(probes[0] == nil && probes[1] != nil)
        #expect(try after(60, "healthy").current == 60)
        #expect(try after(60, "healthy").protection.hasFault == false)
        #expect(try after(600, "full").measurement.highest > 3.5)
    }
}
