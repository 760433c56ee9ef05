#define _GNU_SOURCE
#include "hook.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/// Set for the real program, so that a hook that it causes does not start it again.
static const char marker[] = "HEADGATE_HOOK";
/// Set for the chained hook, to the directory of both.
static const char chain_marker[] = "HEADGATE_CHAIN";
/// No reference is ever made here: `headgate hooks status` tries, to see us refuse.
static const char probe_prefix[] = "refs/headgate/probe/";

/// The hook's name: the file name up to its first dot, for other tools keep us as `pre-push.legacy` or `pre-push.old`.
static void hook_name(char out[64], const char *program) {
    const char *slash = strrchr(program, '/');
    const char *start = slash ? slash + 1 : program;
    size_t length = strcspn(start, ".");
    if (length > 63) length = 63;
    memcpy(out, start, length);
    out[length] = 0;
}

/// The directory we lie in, through no link; as we were called where there is no /proc.
static bool own_directory(char out[PATH_LIMIT], const char *program) {
    ssize_t length = readlink("/proc/self/exe", out, PATH_LIMIT - 1);
    if (length <= 0) {
        length = (ssize_t)strlen(program);
        if (length >= PATH_LIMIT) return false;
        memcpy(out, program, (size_t)length);
    }
    out[length] = 0;
    char *slash = strrchr(out, '/');
    if (slash) *slash = 0;
    return slash != NULL;
}

/// Whether the chained hook itself is calling us: Git never uses a name with a dot, but a tool that keeps older hooks may
/// have kept us, and be what we kept.
static bool is_circle(const char *program, const char *directory) {
    const char *caller = getenv(chain_marker), *slash = strrchr(program, '/');
    return caller && strcmp(caller, directory) == 0 && strchr(slash ? slash : program, '.');
}

/// The hook that was there before: beside us as `<name>.headgate-chained`, or as `headgate-chained/<name>` where it asks
/// for its own name. False when there was none, or when it is what calls us.
static bool find_chained(char out[PATH_LIMIT], const char *program, const char *name) {
    char directory[PATH_LIMIT], file[128];
    if (!own_directory(directory, program) || is_circle(program, directory)) return false;
    snprintf(file, sizeof file, "%s.headgate-chained", name);
    if (join(out, directory, file) && access(out, X_OK) == 0) return true;
    snprintf(file, sizeof file, "headgate-chained/%s", name);
    return join(out, directory, file) && access(out, X_OK) == 0;
}

/// Puts what was read back onto standard input, from its beginning.
static bool rewind_input(struct input *input) {
    if (!input) return true;
    if (input->file < 0) {
        input->file = memfd_create("headgate-hook", MFD_CLOEXEC);
        if (input->file < 0) return false;
        for (size_t done = 0; done < input->length;) {
            ssize_t count = write(input->file, input->bytes + done, input->length - done);
            if (count <= 0) return false;
            done += (size_t)count;
        }
    }
    // Opened anew, so that two readers do not share a position; where there is no /proc they run one after the other.
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", input->file);
    int reader = open(path, O_RDONLY | O_CLOEXEC);
    if (reader < 0) {
        return lseek(input->file, 0, SEEK_SET) == 0 && dup2(input->file, STDIN_FILENO) == STDIN_FILENO;
    }
    bool done = dup2(reader, STDIN_FILENO) == STDIN_FILENO;
    close(reader);
    return done;
}

/// Runs the chained hook in our place. A hook without an interpreter line is run by the shell, as Git does.
static void become_chained(const char *path, char **arguments) {
    char directory[PATH_LIMIT];
    if (own_directory(directory, path)) setenv(chain_marker, directory, 1);
    arguments[0] = (char *)path;
    execv(path, arguments);
    if (errno == ENOEXEC) {
        size_t count = 0;
        while (arguments[count]) count++;
        char **shell = calloc(count + 2, sizeof *shell);
        if (shell) {
            shell[0] = "sh";
            memcpy(shell + 1, arguments, count * sizeof *shell);
            execv("/bin/sh", shell);
        }
    }
    fprintf(stderr, "headgate: cannot run the hook %s: %s\n", path, strerror(errno));
    _exit(1);
}

/// Runs the chained hook, if there is one, and waits for it; its exit status, 0 when there is none.
static int run_chained(const char *path, char **arguments, struct input *input) {
    pid_t child = fork();
    if (child < 0) {
        fprintf(stderr, "headgate: cannot start the hook %s: %s\n", path, strerror(errno));
        return 1;
    }
    if (child == 0) {
        if (!rewind_input(input)) _exit(1);
        become_chained(path, arguments);
    }
    int status;
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) return 1;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/// `headgate hook <name> <arguments>` in our place, by its recorded path and never by PATH. Returns when it is missing.
static void become_program(const char *common_directory, const char *name, int count, char **arguments) {
    char file[PATH_LIMIT];
    size_t length;
    if (!join(file, common_directory, "headgate/program")) return;
    char *program = read_file(file, &length);
    if (!program) return;
    program[strcspn(program, "\r\n")] = 0;
    if (program[0] != '/') return;
    char **words = calloc((size_t)count + 3, sizeof *words);
    if (!words) return;
    words[0] = program;
    words[1] = "hook";
    words[2] = (char *)name;
    memcpy(words + 3, arguments + 1, sizeof *words * (size_t)(count - 1));
    unsetenv(chain_marker);
    setenv(marker, name, 1);
    execv(program, words);
    unsetenv(marker);
}

/// Answers `headgate hooks status`. A probe comes by `git hook run`, without the arguments or input of a real call, or as
/// an update of a reference that is never made: the answer is then a refusal, which proves that we can refuse.
static bool is_probe(const char *name, int count) {
    if (count != 1 || !getenv("HEADGATE_PROBE") || strcmp(name, "pre-receive") == 0) return false;
    fprintf(stderr, "headgate: probe of %s\n", name);
    return true;
}

static int refuse(const char *name, const char *common_directory) {
    fprintf(stderr,
        "headgate: refused: this changes a protected branch, and the program that decides is missing.\n"
        "  why: %s/headgate/program does not name a program that can be run\n"
        " mend: install headgate and run `headgate hooks install` in this repository;\n"
        "       if it is not used here any more, remove the hook `%s` from `git rev-parse --git-path hooks`\n",
        common_directory, name);
    return 1;
}

/// Whether `HEAD` is a protected branch; unreadable counts as protected.
static bool on_protected_branch(const char *git_directory, const struct patterns *patterns) {
    char path[PATH_LIMIT];
    size_t length;
    if (!join(path, git_directory, "HEAD")) return true;
    char *head = read_file(path, &length);
    if (!head) return true;
    static const char prefix[] = "ref: ";
    if (strncmp(head, prefix, sizeof prefix - 1) != 0) return false;
    const char *name = head + sizeof prefix - 1;
    return is_protected(patterns, name, strcspn(name, "\r\n"));
}

int main(int count, char **arguments) {
    char name[64], chained[PATH_LIMIT], git_directory[PATH_LIMIT], common_directory[PATH_LIMIT];
    if (count < 1) return 0;
    hook_name(name, arguments[0]);
    if (is_probe(name, count)) return 0;
    bool has_chained = find_chained(chained, arguments[0], name);
    bool is_transaction = strcmp(name, "reference-transaction") == 0;
    bool is_push = strcmp(name, "pre-push") == 0;
    bool is_receive = strcmp(name, "pre-receive") == 0;

    // Only `prepared` can be refused; states that do not exist yet pass.
    bool concerns_us = getenv(marker) == NULL
        && !(is_transaction && (count < 2 || strcmp(arguments[1], "prepared") != 0))
        && !(strcmp(name, "post-checkout") == 0 && (count < 4 || strcmp(arguments[3], "1") != 0));
    if (!concerns_us) {
        if (has_chained) become_chained(chained, arguments);
        return 0;
    }

    struct input buffer, *input = NULL;
    if (is_transaction || is_push || is_receive) {
        if (!read_input(&buffer)) {
            fprintf(stderr, "headgate: refused: cannot read what Git says: %s\n", strerror(errno));
            return 1;
        }
        input = &buffer;
    }
    if (is_transaction && !names_protected(input, NULL, 2) && !names_reference_beneath(input, probe_prefix)) {
        // No branch at all, as in most fetches: not even the repository is looked for.
        if (!has_chained) return 0;
        if (!rewind_input(input)) return 1;
        become_chained(chained, arguments);
    }
    struct patterns patterns;
    bool found = find_repository(git_directory, common_directory);
    if (!found) memcpy(common_directory, ".git", 5);
    load_patterns(&patterns, common_directory);

    bool is_gate = true, asks_program = true;
    if (is_transaction || is_push || is_receive) {
        asks_program = names_protected(input, &patterns, 2);
    } else if (strcmp(name, "pre-merge-commit") == 0) {
        asks_program = found && on_protected_branch(git_directory, &patterns);
        is_gate = false;  // reference-transaction sees the same merge.
    } else {
        is_gate = false;
    }

    if (is_transaction && names_reference_beneath(input, probe_prefix)) {
        fprintf(stderr, "headgate: probe of %s\n", name);
        return 1;
    }
    if (!asks_program) {
        if (!has_chained) return 0;
        if (!rewind_input(input)) return 1;
        become_chained(chained, arguments);
    }
    if (has_chained) {
        int status = run_chained(chained, arguments, input);
        if (status != 0) return status;
    }
    if (!rewind_input(input)) {
        fprintf(stderr, "headgate: refused: no memory for what Git says: %s\n", strerror(errno));
        return 1;
    }
    become_program(common_directory, name, count, arguments);
    return is_gate ? refuse(name, common_directory) : 0;
}
