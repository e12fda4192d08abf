import Foundation
import JSONText
import Links
import Simulator
import Testing

/// Simulated BMSs as programs read them that nobody here wrote: each over a pseudo-terminal at the pace of its UART, each
/// value against the pack behind it (protocols/peers.md). The first run installs the programs from PyPI.
@Suite(.serialized, .timeLimit(.minutes(15))) struct PeerTests {
    /// What a peer shows, by the names of this project.
    private struct Seen {
        var cells: [Double?]
        var voltage: Double?
        var current: Double?
        var stateOfCharge: Double?
        var chargeClosed: Bool?
        var dischargeClosed: Bool?
        var temperature: Double?
    }

    /// A family, the program that reads it, and how to read what that prints.
    struct Peer: Sendable, CustomTestStringConvertible {
        var family: String
        var program: String
        var testDescription: String { "\(family) by \(program)" }
    }

    private static let peers = [
        Peer(family: "jbd", program: "jbd_uart.py"), Peer(family: "daly", program: "daly_uart.py"),
        Peer(family: "daly-modbus", program: "daly_modbus.py"), Peer(family: "jk", program: "jk_uart.py"),
        Peer(family: "jk-pb", program: "jk_pb_uart.py"),
    ]

    @Test(arguments: peers) func `a program of others reads what the pack is`(peer: Peer) async throws {
        let loop = try EventLoop(name: "peer")
        defer { loop.stop() }
        let terminal = try await Pseudoterminal.open(loop: loop)
        let setup = SimulatedPack.Setup(scenario: .charging, family: peer.family)
        var paced = try #require(setup)
        paced.pacing = .baud(paced.bms.baudRate)
        let pack = SimulatedPack(paced, on: loop) { terminal }
        pack.start()
        defer { pack.stop() }
        // Boards need a moment until their switches are closed.
        let end = Moment.now + .seconds(20)
        while pack.terminals.current < 19, Moment.now < end { try await LoopClock(loop).sleep(for: .milliseconds(50)) }
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().path
        let child = try await Child.start(
            ["-B", root + "/Tests/Peers/" + peer.program, terminal.slavePath], of: "/usr/bin/python3",
            environment: ["PEERS_VENV=" + root + "/.build/peers"], on: loop)
        let exit = await child.end(within: .seconds(400))
        let line = try #require(child.output.all.last?.text, "\(String(describing: exit)) \(child.story)")
        print("\(peer.family): \(line)")
        let seen = try #require(JSONTree(line.utf8).map { Self.read(peer.family, $0) }, "\(line)")
        check(seen, pack)
    }

    private func check(_ seen: Seen, _ pack: SimulatedPack) {
        let (model, terminals) = (pack.bms.pack, pack.terminals)
        #expect(seen.cells.count == model.cells.count)
        for (index, (cell, truth)) in zip(seen.cells, model.cells).enumerated() {
            let isTrue = cell.map { abs($0 - truth.sensedVoltage) < 0.02 } ?? false
            #expect(isTrue, "cell \(index + 1): \(String(describing: cell)) V of \(truth.sensedVoltage) V")
        }
        #expect(seen.voltage.map { abs($0 - terminals.voltage) < 0.3 } ?? false)
        #expect(seen.current.map { abs($0 - terminals.current) < 0.5 } ?? false)
        #expect(seen.stateOfCharge.map { abs($0 - model.stateOfCharge) < 2 } ?? false)
        #expect(seen.chargeClosed == terminals.chargeSwitchClosed)
        #expect(seen.dischargeClosed == terminals.dischargeSwitchClosed)
        #expect(seen.temperature.map { abs($0 - model.ambient) < 5 } ?? false)
    }

    private static func read(_ family: String, _ json: JSONTree) -> Seen {
        switch family {
        case "jbd":
            let (basic, cells) = (json["basic"], json["cells"])
            let count = Int(basic["cell_cnt"].number ?? 0)
            return Seen(
                cells: (0..<count).map { cells["cell\($0)_mv"].number.map { $0 / 1000 } },
                voltage: basic["pack_mv"].number.map { $0 / 1000 }, current: basic["pack_ma"].number.map { $0 / 1000 },
                stateOfCharge: basic["cap_pct"].number, chargeClosed: basic["chg_fet_en"].bool,
                dischargeClosed: basic["dsg_fet_en"].bool, temperature: basic["ntc0"].number)
        case "daly":
            let all = json["all"]
            let count = Int(all["status"]["cells"].number ?? 0)
            // On the wire of these boards discharging is positive, and this program shows the wire.
            return Seen(
                cells: (1...max(1, count)).map { all["cell_voltages"]["\($0)"].number },
                voltage: all["soc"]["total_voltage"].number, current: all["soc"]["current"].number.map { -$0 },
                stateOfCharge: all["soc"]["soc_percent"].number,
                chargeClosed: all["mosfet_status"]["charging_mosfet"].bool,
                dischargeClosed: all["mosfet_status"]["discharging_mosfet"].bool,
                temperature: all["temperatures"]["1"].number)
        default:
            return Seen(
                cells: json["cells_v"].elements.map(\.number), voltage: json["voltage_v"].number,
                current: json["current_a"].number, stateOfCharge: json["soc_percent"].number,
                chargeClosed: json["charge_closed"].bool ?? json["charge_on"].bool,
                dischargeClosed: json["discharge_closed"].bool ?? json["discharge_on"].bool,
                temperature: json["temperatures_c"].elements.first?.number ?? json["temperatures_c"]["t1"].number
                    ?? json["t1_c"].number)
        }
    }
}
