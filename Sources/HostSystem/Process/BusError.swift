import CHost
import Glibc

/// What happens when memory that stands for a file can be neither read nor written, because the disk of the file is full, a
/// quota is used up, or it has failed.
///
/// SQLite keeps the index of its log in such memory, and on file systems that write elsewhere than where they read (btrfs)
/// every change of it takes room. Nothing can be mended at that point, and nothing is lost: it is as if the process was
/// killed.
public enum BusError {
    /// Lets the process end with `status`, `message` on standard error and, where one is given, `answer` on standard output;
    /// once in a program.
    public static func endProcess(saying message: String, answering answer: String?, status: Int32) {
        // Kept for as long as the process: the handler must not allocate.
        guard let text = strdup(message) else { return }
        chost_end_on_bus_error(text, answer.flatMap { strdup($0) }, status)
    }
}
