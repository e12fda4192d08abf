import JSONText
import Testing

@testable import API

@Suite("Telemetry deltas")
struct TelemetryDeltaTests {
    /// As a page merges.
    private func merge(_ base: JSONTree, _ delta: JSONTree, at top: Bool = true) -> JSONTree {
        guard case .object(var members) = base, case .object(let changes) = delta else { return delta }
        for (name, value) in changes {
            if top, name == "packs", case .array(let packs)? = members[name] {
                members[name] = .array(
                    packs.map { pack in
                        value.elements.first { $0["id"] == pack["id"] }.map { merge(pack, $0, at: false) } ?? pack
                    })
            } else {
                members[name] = members[name].map { merge($0, value, at: false) } ?? value
            }
        }
        return .object(members)
    }

    private func tree(_ value: JSONValue) -> JSONTree { JSONTree(value.text.utf8) ?? .null }

    private struct Random: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state
        }
    }

    /// A document with the members of a status and few values, so that some stay.
    private func document(_ random: inout Random) -> JSONValue {
        func number(_ random: inout Random) -> JSONValue {
            Int.random(in: 0..<4, using: &random) == 0 ? .null : .integer(Int.random(in: 0..<3, using: &random))
        }
        let packs: [JSONValue] = (1...2).map { id in
            [
                "id": .integer(id), "voltage_v": number(&random), "cells": [number(&random), number(&random)],
                "limits": ["max_cell_v": number(&random)],
            ]
        }
        return [
            "time": number(&random), "stage": number(&random), "battery": ["voltage_v": number(&random)],
            "packs": .array(packs),
            "limits": ["cvl_v": number(&random), "reasons": ["cvl": [number(&random)], "ccl": []]],
            "inverter": Bool.random(using: &random) ? .null : ["open": number(&random)],
        ]
    }

    @Test func `a snapshot with every delta merged into it is the document`() throws {
        var random = Random(state: 1)
        for _ in 0..<200 {
            var document = document(&random)
            var page = tree(document)
            for _ in 0..<20 {
                let next = self.document(&random)
                let delta = try #require(TelemetryDelta.between(document, next))
                page = merge(page, tree(delta))
                #expect(page == tree(next))
                document = next
            }
        }
    }

    @Test func `nothing that stayed is told again`() throws {
        let old: JSONValue = ["time": 1, "battery": ["voltage_v": 53, "current_a": 2], "packs": [["id": 1, "a": 1]]]
        let new: JSONValue = ["time": 2, "battery": ["voltage_v": 53, "current_a": 3], "packs": [["id": 1, "a": 1]]]
        #expect(TelemetryDelta.between(old, new)?.text == #"{"time":2,"battery":{"current_a":3}}"#)
    }

    @Test func `another set of packs, or a member that is gone, needs a snapshot`() {
        #expect(TelemetryDelta.between(["packs": [["id": 1]]], ["packs": [["id": 1], ["id": 2]]]) == nil)
        #expect(TelemetryDelta.between(["a": ["b": 1]], ["a": ["c": 1]]) == nil)
        #expect(TelemetryDelta.between(["a": 1], ["b": 1]) == nil)
    }
}
