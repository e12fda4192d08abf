import Battery
import Links
import Testing

@testable import BMSProtocols

@Suite(.timeLimit(.minutes(1))) struct `JBD switches` {
    private func writes(_ bench: JBDDriverBench) -> [JBDRequest] { bench.bms.requests.filter { $0.access == .write } }

    @Test func `one switch opens and closes, the other stays as it was`() {
        let bench = JBDDriverBench()
        #expect(bench.set(.charge, closed: false) == nil)
        #expect(bench.bms.held == .charge && !bench.bms.isInFactoryMode)
        #expect(writes(bench) == [.enterFactoryMode, .hold(.charge), .leaveFactoryMode])
        #expect(bench.set(.discharge, closed: false) == nil)
        #expect(bench.bms.held == [.charge, .discharge])
        #expect(bench.set(.charge, closed: true) == nil)
        #expect(bench.bms.held == .discharge)
        #expect(bench.set(.discharge, closed: true) == nil)
        #expect(bench.bms.held.isEmpty && !bench.bms.isInFactoryMode)
    }

    /// To hold it as well would keep it open when the protection has long ended.
    @Test func `a switch that a protection opens is not held besides`() {
        let bench = JBDDriverBench {
            $0.blocked = .charge
            $0.information.protections = .cellOvervoltage
        }
        #expect(bench.set(.discharge, closed: false) == nil)
        #expect(bench.bms.held == .discharge)
    }

    @Test func `a switch that a protection holds open does not count as closed`() {
        let bench = JBDDriverBench {
            $0.blocked = .charge
            $0.information.protections = .cellOvervoltage
        }
        let sentence = "the charge switch stays open, protections: cell_overvoltage"
        #expect(bench.set(.charge, closed: true) == .unexpected(sentence))
        #expect(!bench.bms.isInFactoryMode)
    }

    @Test func `a board that wants factory mode, and one that has none, both obey`() {
        #expect(JBDDriverBench { $0.isStrict = true }.set(.charge, closed: false) == nil)
        let bare = JBDDriverBench {
            $0.script = { request, _ in
                guard request.register <= 1 else { return nil }
                return [(.milliseconds(40), JBDAnswer(request.register, status: 0x80).bytes)]
            }
        }
        #expect(bare.set(.charge, closed: false) == nil)
    }

    @Test func `a refused write is told, and factory mode is left all the same`() {
        let bench = JBDDriverBench {
            $0.script = { request, _ in
                request.register == 0xE1 ? [(.milliseconds(40), JBDAnswer(0xE1, status: 0x80).bytes)] : nil
            }
        }
        #expect(bench.set(.charge, closed: false) == .refused(command: 0xE1, code: 0x80))
        #expect(!bench.bms.isInFactoryMode)
    }

    @Test func `a lost acknowledgement is asked for again`() {
        var count = 0
        let bench = JBDDriverBench {
            $0.script = { request, _ in
                guard request.register == 0xE1 else { return nil }
                count += 1
                return count == 1 ? [] : nil
            }
        }
        #expect(bench.set(.discharge, closed: false) == nil)
        #expect(bench.bms.held == .discharge)
    }
}
