import Testing

@testable import Gateway

@Suite struct ArgumentsTests {
    private let command = Command(
        "try out", "Tries.", positional: ["FILE"],
        options: [
            .init("--state", "DIR", "a folder"), .init("--set", "KEY=VALUE", "a setting", repeats: true),
            .init("--json", nil, "a switch"),
        ]
    ) { _ in .good }

    private func complaint(_ words: [String]) -> String? {
        do throws(CommandFailure) {
            let arguments = try Arguments(words, for: command)
            _ = try arguments.required(0, "the file")
            return nil
        } catch {
            #expect(error.code == .usage)
            return error.sentence
        }
    }

    @Test func `options take their value from the next word or after the equals sign, wherever they stand`() throws {
        let arguments = try Arguments(
            ["--state", "a", "x.log", "--set=can.link=dry:", "--set", "b.c=1", "--json"], for: command)
        #expect(arguments.value("--state") == "a")
        #expect(arguments.all("--set") == ["can.link=dry:", "b.c=1"])
        #expect(arguments.has("--json") && arguments.positional == ["x.log"])
    }

    @Test func `a single dash and a dash inside a value are words`() throws {
        let arguments = try Arguments(["-"], for: command)
        #expect(arguments.positional == ["-"])
        #expect(try Arguments(["--state", "--json"], for: command).value("--state") == "--json")
    }

    @Test(arguments: [
        (["x", "--nonsense"], "cellbridge try out: unknown option --nonsense; see cellbridge try out --help"),
        (["x", "--state"], "cellbridge try out: --state needs a value (DIR)"),
        (["x", "--json=1"], "cellbridge try out: --json takes no value"),
        (["x", "--json", "--json"], "cellbridge try out: --json is given twice"),
        (["x", "y"], "cellbridge try out: unexpected word 'y'; see cellbridge try out --help"),
        ([], "cellbridge try out: the file is missing; see cellbridge try out --help"),
    ])
    func `what does not fit is one clear line`(words: [String], sentence: String) {
        #expect(complaint(words) == sentence)
    }

    @Test func `a number out of its bounds, or none, is refused with the bounds`() throws {
        let arguments = try Arguments(["--state", "7x"], for: command)
        let failure = #expect(throws: CommandFailure.self) { _ = try arguments.number("--state", in: 1...9) as Int? }
        #expect(failure?.sentence == "cellbridge try out: --state 7x is not within 1…9")
    }

    @Test func `every command has a name of its own, a summary and a help that names its options`() {
        let names = Main.commands.map(\.name)
        #expect(Set(names).count == names.count)
        for command in Main.commands {
            #expect(!command.summary.isEmpty && !command.summary.hasSuffix("."), "\(command.name)")
            for option in command.options { #expect(command.help.contains(option.name)) }
        }
    }
}
