import Battery
import InverterProtocols
import Testing

@Suite struct `The last check of 0x351` {
    private let check = VictronLimitsCheck(
        maximumChargeVoltage: 58.4, maximumChargeCurrent: 100, maximumDischargeCurrent: 150)

    private func mismatch(_ bytes: String, _ decision: Decision) throws -> VictronLimitsMismatch? {
        check.mismatch(try #require(VictronFrame(identifier: 0x351, data: hex(bytes))), decision: decision)
    }

    @Test func `what the mapping encodes passes, S26`() throws {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<20_000 {
            let decision = Decisions.live(
                cvl: .random(in: 40...58.4, using: &random), ccl: .random(in: 0...100, using: &random),
                dcl: .random(in: 0...150, using: &random))
            let frame = try #require(VictronMapping.frame(.limits, from: decision, identity: Decisions.identity))
            #expect(check.mismatch(frame, decision: decision) == nil)
        }
    }

    @Test func `every single wrong bit in a frame is found, S26`() throws {
        let decision = Decisions.live()
        let good = try #require(VictronMapping.frame(.limits, from: decision, identity: Decisions.identity))
        for bit in 0..<64 {
            var data = good.data
            data[bit / 8] ^= 1 << UInt8(bit % 8)
            let bad = try #require(VictronFrame(identifier: 0x351, data: data))
            #expect(check.mismatch(bad, decision: decision) != nil, "bit \(bit)")
        }
    }

    @Test func `each kind of fault has its name, S26`() throws {
        let decision = Decisions.live()
        #expect(try mismatch("28 02 E8 03 B0 04 D0 01", decision) == nil)
        #expect(
            try mismatch("29 02 E8 03 B0 04 D0 01", decision) == .differs(.chargeVoltage, sent: 55.3, decided: 55.2))
        #expect(try mismatch("28 02 E7 03 B0 04 D0 01", decision) == .differs(.chargeCurrent, sent: 99.9, decided: 100))
        #expect(try mismatch("00 00 E8 03 B0 04 D0 01", decision) == .zeroChargeVoltage)
        #expect(try mismatch("28 02 E8 03 50 FB D0 01", decision) == .negative(.dischargeCurrent, sent: -120))
        #expect(try mismatch("28 02 E8 03 B0 04", decision) == .wrongLength(6))
        #expect(
            try mismatch("28 02 E8 03 B0 04 D2 01", decision) == .differs(.dischargeVoltage, sent: 46.6, decided: 46.4))
        let other = try #require(VictronFrame(identifier: 0x355, data: hex("28 02 E8 03 B0 04 D0 01")))
        #expect(check.mismatch(other, decision: decision) == .wrongIdentifier(0x355))
    }

    @Test(arguments: [
        (58.5, 50.0, 50.0, VictronLimitsMismatch.Name.chargeVoltage), (55, 100.2, 50, .chargeCurrent),
        (55, 50, 150.2, .dischargeCurrent),
    ])
    func `a decision above a configured maximum is not sent, S26`(
        cvl: Double, ccl: Double, dcl: Double, name: VictronLimitsMismatch.Name
    ) throws {
        let decision = Decisions.live(cvl: cvl, ccl: ccl, dcl: dcl)
        let frame = try #require(VictronMapping.frame(.limits, from: decision, identity: Decisions.identity))
        guard case .aboveMaximum(name, _, _)? = check.mismatch(frame, decision: decision) else {
            Issue.record("not refused")
            return
        }
    }

    @Test func `a current that the stage forbids is not sent, S26`() throws {
        for (stage, ccl, dcl) in [(FreshnessStage.noCharge, 1.0, 0.0), (.stop, 0, 1)] {
            let decision = Decisions.live(ccl: ccl, dcl: dcl, stage: stage)
            let frame = try #require(VictronMapping.frame(.limits, from: decision, identity: Decisions.identity))
            guard case .forbiddenByStage? = check.mismatch(frame, decision: decision) else {
                Issue.record("not refused in \(stage)")
                return
            }
        }
        let allowed = Decisions.live(ccl: 0, dcl: 120, stage: .noCharge)
        let frame = try #require(VictronMapping.frame(.limits, from: allowed, identity: Decisions.identity))
        #expect(check.mismatch(frame, decision: allowed) == nil)
    }

    @Test func `a maximum or decision that is no number refuses, S26`() throws {
        var broken = check
        broken.maximumChargeCurrent = .nan
        let frame = try #require(VictronFrame(identifier: 0x351, data: hex("28 02 E8 03 B0 04 D0 01")))
        #expect(broken.mismatch(frame, decision: Decisions.live()) != nil)
        #expect(check.mismatch(frame, decision: Decisions.live(cvl: .nan)) != nil)
        #expect(check.mismatch(frame, decision: Decisions.live(dcl: .nan)) != nil)
    }
}
