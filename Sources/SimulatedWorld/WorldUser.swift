import Configuration
import Links
import Proof

/// The person behind a world's settings: enters them, waits for the answer, tries again while the disk refuses.
///
/// What was acknowledged is confirmed, and nothing else. `@unchecked Sendable`: touched on the loop of the world alone.
final class WorldUser: @unchecked Sendable {
    /// The gateway that can be spoken to.
    var process: GatewayProcess? {
        didSet { if process != nil { after(.seconds(3)) { $0.lookAgain() } } }
    }

    private let loop: any Loop
    private let recorder: Recorder
    private var wanted: Installation?
    private var acknowledged: Installation?
    private var attempt = 0

    private static let patience: Duration = .seconds(15)

    init(loop: any Loop, recorder: Recorder) {
        self.loop = loop
        self.recorder = recorder
    }

    /// Enters settings until they are acknowledged.
    func want(_ installation: Installation) {
        wanted = installation
        enter()
    }

    /// Tries to store what must be refused.
    func tryOut(_ key: String, _ value: SettingValue) {
        process?.apply(ConfigurationPatch(set: [key: value])) { _ in }
    }

    // MARK: - Private

    private func after(_ time: Duration, _ body: @escaping @Sendable (WorldUser) -> Void) {
        loop.schedule(at: loop.now + time) { [weak self] in if let self { body(self) } }
    }

    private func enter() {
        guard let wanted, wanted != acknowledged else { return }
        attempt += 1
        let number = attempt
        // The whole, as a form does: an attempt before may have been stored without an answer.
        var patch = wanted.patch(from: nil)
        patch.unset = wanted.patch(from: acknowledged).unset
        if process != nil { recorder.note(.entered(wanted.site)) }
        process?.apply(patch) { [weak self] answer in
            guard let self, number == attempt, case .success = answer else { return }
            acknowledge(wanted)
        }
        after(Self.patience) { if $0.attempt == number { $0.enter() } }
    }

    private func acknowledge(_ installation: Installation) {
        guard acknowledged != installation else { return }
        acknowledged = installation
        recorder.note(.confirmed(installation.site))
    }

    /// After a restart: a change without an answer may have been stored.
    private func lookAgain() {
        guard let wanted, wanted != acknowledged else { return }
        process?.readStored { [weak self] stored in
            guard let self, self.wanted == wanted else { return }
            if wanted.settings.allSatisfy({ stored[$0.key] == $0.value }) { acknowledge(wanted) }
        }
    }
}
