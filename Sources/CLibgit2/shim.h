// What Swift's importer cannot see of libgit2: variadic calls become typed ones.
#ifndef HEADGATE_CLIBGIT2_SHIM_H
#define HEADGATE_CLIBGIT2_SHIM_H

#include <git2.h>

/// Lets repositories of another owner be opened; `safe.directory` is judged by the git program instead.
static inline int headgate_git_disable_owner_validation(void) {
    return git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
}

#endif
