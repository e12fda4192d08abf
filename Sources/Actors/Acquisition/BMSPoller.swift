package import BMSProtocols
package import Battery
import JSONText
package import Links
import Log

/// Reads one pack: opens its link, drives its driver at the configured pace, judges each reading and publishes the
/// report. Lives on the control path's loop.
package actor BMSPoller: Child {
    /// What the composition root hands in.
    package struct Dependencies: Sendable {
        package var loop: any Loop
        package var specification: PackSpecification
        package var interval: Duration
        /// Age at which data stops being live: a longer gap ends a run of valid snapshots.
        package var hold: Duration
        /// Address and family shown to people.
        package var link: PackLinkPicture
        package var openLink: @Sendable () async throws(LinkError) -> any ByteLink
        package var makeDriver: @Sendable (any ByteLink) -> any BMSDriver
        package var reports: Latest<PackReport>
        package var linkPicture: Latest<PackLinkPicture>
        package var report: EventReport
        /// Reported after each finished cycle, and after each try to open the link (S54: unplugged is a state).
        package var beat: @Sendable () -> Void
        /// What others want of the BMS between two polls.
        package var errands: PackErrands

        package init(
            loop: any Loop, specification: PackSpecification, interval: Duration, hold: Duration, link: PackLinkPicture,
            openLink: @escaping @Sendable () async throws(LinkError) -> any ByteLink,
            makeDriver: @escaping @Sendable (any ByteLink) -> any BMSDriver, reports: Latest<PackReport>,
            linkPicture: Latest<PackLinkPicture>, report: @escaping EventReport, beat: @escaping @Sendable () -> Void,
            errands: PackErrands = PackErrands()
        ) {
            self.loop = loop
            self.specification = specification
            self.interval = interval
            self.hold = hold
            self.link = link
            self.openLink = openLink
            self.makeDriver = makeDriver
            self.reports = reports
            self.linkPicture = linkPicture
            self.report = report
            self.beat = beat
            self.errands = errands
        }
    }

    private let parts: Dependencies
    private let clock: LoopClock
    private var intake: SnapshotIntake
    private var picture: PackLinkPicture
    private var inputs = InputWatch()
    private var isRefusing = false
    /// Polls in a row that gave a reading: one good answer between bad ones is no recovery worth a line (S90).
    private var goodPolls = 0

    /// What has been told of the link since it was well last.
    private var complaints: Set<String> = []

    /// Good polls in a row after which a complaint is taken back.
    private static let recovery = 5

    /// What the next poll may take longer than this one, before the data is no longer live for the sake of an errand.
    private static let reserve: Duration = .milliseconds(250)

    /// Longest sleep without a finished unit of work: S54 calls a poller late after 5 s.
    private static let longestSleep: Duration = .seconds(2)

    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe parts.loop.executor.asUnownedSerialExecutor()
    }

    /// Creates a poller that has read nothing.
    package init(_ parts: Dependencies) {
        self.parts = parts
        clock = LoopClock(parts.loop)
        intake = SnapshotIntake(parts.specification, gap: parts.hold)
        picture = parts.link
    }

    package func run() async throws {
        parts.linkPicture.store(picture)
        var backoff = ReopenBackoff()
        while !Task.isCancelled {
            do throws(LinkError) {
                let link = try await parts.openLink()
                backoff.reset()
                let error = await poll(link)
                link.close()
                throw error
            } catch {
                guard !Task.isCancelled else { return }
                setLink(open: false, problem: error.description)
                miss()
                try await sleep(backoff.next())
            }
        }
    }

    // MARK: - Private

    /// Polls until the link dies or the task is cancelled.
    private func poll(_ link: any ByteLink) async -> LinkError {
        let driver = parts.makeDriver(link)
        picture.family = driver.family
        var next = clock.now
        while !Task.isCancelled {
            let began = clock.now
            do throws(BMSError) {
                take(try await driver.poll())
                let now = clock.now
                let fresh = began + parts.hold - (now - began) - Self.reserve
                await parts.errands.performNext(with: driver, now: now, due: next + parts.interval, fresh: fresh)
            } catch {
                if case .link(let failure) = error { return failure }
                guard !Task.isCancelled else { break }
                setLink(open: true, problem: error.sentence)
                miss()
            }
            parts.beat()
            // Keep the beat; after a long answer or a stopped process go on from now.
            next = max(next + parts.interval, clock.now)
            try? await clock.sleep(until: next)
        }
        return .unplugged(link.name)
    }

    private func take(_ reading: PackReading) {
        goodPolls += 1
        if picture.problem == nil || goodPolls >= Self.recovery { setLink(open: true, problem: nil) }
        switch intake.accept(reading) {
        case .success(let snapshot):
            for change in inputs.changes(snapshot) { parts.report(.input(parts.specification.pack, change)) }
            if isRefusing { parts.report(.readingsValidAgain(parts.specification.pack, intake.report.refused)) }
            isRefusing = false
        case .failure(let fault):
            // The first of a row, then counts (S90).
            if !isRefusing { parts.report(.readingRefused(parts.specification.pack, fault)) }
            isRefusing = true
        }
        parts.reports.store(intake.report)
    }

    private func miss() {
        goodPolls = 0
        parts.errands.refuseAll()
        intake.missed()
        parts.reports.store(intake.report)
        parts.beat()
    }

    private func setLink(open: Bool, problem: String?) {
        let before = picture
        picture.isOpen = open
        picture.problem = problem
        guard picture != before else { return }
        parts.linkPicture.store(picture)
        // Opening is told with its first answer, or with what is wrong with it; of complaints that come in turn each is told
        // once until the link is well again (S90).
        guard let problem else {
            complaints = []
            return parts.report(.packLink(picture))
        }
        if complaints.insert(problem).inserted || before.isOpen != open { parts.report(.packLink(picture)) }
    }

    private func sleep(_ time: Duration) async throws {
        var left = time
        while left > .zero {
            let part = min(left, Self.longestSleep)
            try await clock.sleep(for: part)
            left -= part
            parts.beat()
        }
    }
}
