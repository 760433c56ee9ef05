import Commands

#if canImport(Glibc)
    import Glibc
#endif

let status = await Headgate.run(Array(CommandLine.arguments.dropFirst()))
exit(status.rawValue)
