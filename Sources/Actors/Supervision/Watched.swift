package import Links

/// A child whose heartbeat is required while it runs, and no longer (S54).
package actor Watched: Child {
    private let child: any Child
    private let id: String
    private let heartbeats: Heartbeats
    private let loop: any Loop

    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe loop.executor.asUnownedSerialExecutor()
    }

    /// Wraps a child that reports its work under `id`.
    package init(_ child: any Child, id: String, heartbeats: Heartbeats, loop: any Loop) {
        self.child = child
        self.id = id
        self.heartbeats = heartbeats
        self.loop = loop
    }

    package func run() async throws {
        heartbeats.require(id)
        defer { heartbeats.release(id) }
        try await child.run()
    }
}

/// Several children as one: the end of any is the end of all.
package actor Together: Child {
    private let children: [any Child]

    package init(_ children: [any Child]) { self.children = children }

    package func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for child in children { group.addTask { try await child.run() } }
            try await group.next()
            group.cancelAll()
        }
    }
}

/// A child with nothing to do until the configuration gives it something.
package actor Idle: Child {
    package init() {}

    package func run() async throws {
        let (stream, _) = AsyncStream.makeStream(of: Never.self)
        for await _ in stream {}
    }
}
