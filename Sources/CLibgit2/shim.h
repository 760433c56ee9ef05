// What Swift's importer cannot see of libgit2: variadic calls become typed ones.
#ifndef HEADGATE_CLIBGIT2_SHIM_H
#define HEADGATE_CLIBGIT2_SHIM_H

#include <git2.h>

/// Lets repositories with these extensions be opened. Only for extensions that do not change how objects and
/// references are read; libgit2 refuses all others by name.
static inline int headgate_git_accept_extensions(const char **names, size_t count) {
    return git_libgit2_opts(GIT_OPT_SET_EXTENSIONS, names, count);
}

/// Makes libgit2 sync every object and reference it writes to the disk.
static inline int headgate_git_enable_fsync(void) {
    return git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, 1);
}

#endif
