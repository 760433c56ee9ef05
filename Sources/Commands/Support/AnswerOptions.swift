import ArgumentParser

/// The option that every command which answers something has.
struct AnswerOptions: ParsableArguments {
    @Flag(name: .long, help: "Print one JSON object instead of text")
    var json = false
}
