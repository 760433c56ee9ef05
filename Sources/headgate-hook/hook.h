// headgate-hook: what Git starts for every hook that Headgate installed.
//
// It is a filter: it decides in well under a millisecond that nothing of a protected branch is concerned, and starts the
// real program only otherwise. It is called by the name of the hook, and calls the hook that was there before first,
// with the same input and arguments. What may move a protected branch stands in Sources/Gate/README.md.
#ifndef HEADGATE_HOOK_H
#define HEADGATE_HOOK_H

#include <stdbool.h>
#include <stddef.h>

enum { PATH_LIMIT = 4096, REFERENCE_LIMIT = 4096 };

/// Everything that came on standard input, and the same bytes as a file that can be handed on more than once.
struct input {
    char *bytes;
    size_t length;
    int file;
};

/// The branches that only landing may move.
struct patterns {
    char *lines;  // one full reference name per line, `*` standing for any characters
    size_t length;
};

/// `directory` + "/" + `name`; false when that is too long.
bool join(char out[PATH_LIMIT], const char *directory, const char *name);

/// Reads a whole file; NULL when it is not there or cannot be read.
char *read_file(const char *path, size_t *length);

/// Finds the Git directory of this hook and the one that all worktrees share; false when there is none.
bool find_repository(char git_directory[PATH_LIMIT], char common_directory[PATH_LIMIT]);

/// Reads the protected list; a missing or damaged one protects `main` and `master`.
void load_patterns(struct patterns *patterns, const char *common_directory);

/// Whether a full reference name is protected; without patterns, whether it could be: whether it is a branch.
bool is_protected(const struct patterns *patterns, const char *name, size_t length);

/// Reads standard input to its end; false when there is no memory or disk for it.
bool read_input(struct input *input);

/// Whether a field of any line is a protected reference; `field` counts from 0, fields are parted by one space. A line
/// with too few fields counts as protected: the real program shall look at it.
bool names_protected(const struct input *input, const struct patterns *patterns, int field);

/// Whether the last field of any line begins with `prefix`.
bool names_reference_beneath(const struct input *input, const char *prefix);

#endif
