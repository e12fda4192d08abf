import HTTP
import JSONText
import Testing

@testable import API

@Suite("The configuration over HTTP", .timeLimit(.minutes(1)))
struct ConfigRouteTests {
    private static let pack =
        #""pack.1.link":"/dev/ttyUSB0","pack.1.chemistry":"lfp","pack.1.cells":16,"pack.1.capacity_ah":280,"#
        + #""pack.1.max_charge_a":100,"pack.1.max_discharge_a":150"#

    @Test func `a patch is one generation, all or nothing, and says which key is at fault`() async throws {
        let owner = try await Device().claim()
        let first = await owner.send(.patch, "/api/config", "{\(Self.pack)}")
        #expect(first.tree["generation"].number == 1)
        let refused = await owner.send(.patch, "/api/config", #"{"pack.1.cells":8,"pack.1.max_charge_a":-1}"#)
        #expect(refused.status == 422)
        #expect(refused.tree["field"].string == "pack.1.max_charge_a")
        let config = await owner.send(.get, "/api/config").tree
        #expect(config["generation"].number == 1)
        #expect(config["values"]["pack.1.cells"].number == 16)
        #expect(config["origins"]["pack.1.cells"].string == "stored")
        #expect(config["origins"]["can.publisher.period_ms"].string == "default")
        let history = await owner.send(.get, "/api/config/history").tree["generations"].elements
        #expect(history.first?["author"].string == "page")
    }

    @Test func `what the command line overrides is shown as such`() async throws {
        let owner = try await Device(overrides: ["log.level=debug"]).claim()
        let config = await owner.send(.get, "/api/config").tree
        #expect(config["values"]["log.level"].string == "debug")
        #expect(config["origins"]["log.level"].string == "command_line")
    }

    @Test func `a dry run says what would change, restart and rise, and changes nothing`() async throws {
        let owner = try await Device().claim()
        let preview = await owner.send(
            .patch, "/api/config?dry_run=true", "{\(Self.pack),\"system.commissioned\":true}")
        #expect(preview.status == 200)
        #expect(preview.tree["raises"].elements.compactMap(\.string).contains("pack.1.max_charge_a") == true)
        #expect(preview.tree["restarts"].elements.compactMap(\.string).contains("acquisition"))
        #expect(await owner.send(.get, "/api/config").tree["generation"].number == 0)
    }

    @Test func `S75, S79: raising a limit needs the password, which a token does not have`() async throws {
        let device = try await Device()
        let owner = try await device.claim()
        let token = try await owner.token("admin")
        let set = await owner.send(
            .patch, "/api/config", "{\(Self.pack),\"can.link\":\"dry:\",\"system.commissioned\":true}")
        #expect(set.status == 200)
        let raised = await device.send(.patch, "/api/config", #"{"pack.1.max_charge_a":120}"#, token: token)
        #expect(raised.status == 403)
        let lowered = await device.send(.patch, "/api/config", #"{"pack.1.max_charge_a":80}"#, token: token)
        #expect(lowered.status == 200)
        #expect(await device.send(.post, "/api/config/rollback", #"{"generation":1}"#, token: token).status == 403)
        let file = await device.send(.get, "/api/config/export", token: token)
        #expect(file.status == 200)
        let higher = file.text.replacing("\"pack.1.max_charge_a\":80", with: "\"pack.1.max_charge_a\":500")
        #expect(await device.send(.post, "/api/config/import", higher, token: token).status == 403)
        #expect(await device.send(.post, "/api/config/import", file.text, token: token).status == 200)
        #expect(await device.send(.get, "/api/config/export?secrets=true", token: token).status == 403)
        #expect(await owner.send(.patch, "/api/config", #"{"pack.1.max_charge_a":120}"#).status == 200)
    }

    @Test func `S79: whatever comes by a token, no limit is above the configured one`() async throws {
        let device = try await Device()
        let owner = try await device.claim()
        let token = try await owner.token("read", "control", "admin", "ota")
        _ = await owner.send(.patch, "/api/config", "{\(Self.pack),\"can.link\":\"dry:\",\"system.commissioned\":true}")
        let before = await owner.send(.get, "/api/config").tree["values"]
        for change in [
            #"{"pack.1.max_charge_a":100.1}"#, #"{"pack.1.max_discharge_a":151}"#, #"{"pack.1.cells":17}"#,
            #"{"pack.1.max_cell_v":3.65}"#, #"{"pack.1.min_cell_v":2.5}"#, #"{"freshness.no_charge_s":10}"#,
            #"{"can.allow_simulated":true}"#, #"{"pack.1.max_charge_a":50,"pack.1.capacity_ah":560}"#,
        ] {
            let answer = await device.send(.patch, "/api/config", change, token: token)
            #expect(answer.status == 403, "\(change): \(answer.text)")
        }
        // By another door: thresholds of alerts are no limits, and nothing else goes through theirs.
        let other = await device.send(.put, "/api/alerts/config", #"{"pack.1.max_charge_a":500}"#, token: token)
        #expect(other.status == 422)
        let registers = await device.send(
            .patch, "/api/registers", #"{"pack":1,"values":{"charge_overcurrent_A":500}}"#, token: token)
        #expect(registers.status == 403)
        #expect(await owner.send(.get, "/api/config").tree["values"] == before)
    }

    @Test func `an earlier generation can be compared with and returned to`() async throws {
        let owner = try await Device().claim()
        _ = await owner.send(.patch, "/api/config", #"{"log.level":"debug"}"#)
        _ = await owner.send(.patch, "/api/config", #"{"log.level":"warning"}"#)
        let difference = await owner.send(.get, "/api/config/diff?from=1&to=2").tree["changes"].elements
        #expect(difference.first?["old"].string == "debug")
        #expect(difference.first?["new"].string == "warning")
        let back = await owner.send(.post, "/api/config/rollback", #"{"generation":1}"#)
        #expect(back.tree["generation"].number == 3)
        #expect(await owner.send(.get, "/api/config").tree["values"]["log.level"].string == "debug")
        #expect(await owner.send(.post, "/api/config/rollback", #"{"generation":99}"#).status == 404)
    }
}
