import JSONText

/// `cellbridge admin …`: local administration of a running daemon; needs the right to open its socket.
enum AdminCommand {
    static let acknowledge = Command(
        "admin acknowledge", "Tells the running daemon that its latched faults, or a second sender, have been seen",
        options: [ConfigCommands.state]
    ) { arguments in
        let path = DaemonSocket.path(state: Environment.stateFolder(arguments))
        guard try DaemonSocket.ask(["command": "acknowledge"], at: path, "admin acknowledge") != nil else {
            throw DaemonSocket.absent(path, "admin acknowledge")
        }
        Console.print("Acknowledged: a fault is let go as soon as its cause is over.")
        return .good
    }
}
