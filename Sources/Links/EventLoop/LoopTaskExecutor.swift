/// The preference that keeps the ordinary `async` code of a task tree on a loop.
///
/// A class of its own, because the jobs of actors and of tasks must be told apart when they are run.
package final class LoopTaskExecutor: TaskExecutor {
    private let queue: any LoopWorkQueue
    /// The executor of the loop's actors: a task job may enter them without a hop.
    let serial: LoopSerialExecutor

    /// Creates the preference that goes with `serial`.
    package init(queue: any LoopWorkQueue, serial: LoopSerialExecutor) {
        self.queue = queue
        self.serial = serial
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let unowned = UnownedJob(job)
        queue.enqueue(unsafe .taskJob(unowned, self))
    }
}
