#define _GNU_SOURCE
#include "hook.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool join(char out[PATH_LIMIT], const char *directory, const char *name) {
    size_t first = strlen(directory), second = strlen(name);
    if (name[0] == '/') {
        if (second >= PATH_LIMIT) return false;
        memcpy(out, name, second + 1);
        return true;
    }
    if (first + 1 + second >= PATH_LIMIT) return false;
    memmove(out, directory, first);
    out[first] = '/';
    memcpy(out + first + 1, name, second + 1);
    return true;
}

char *read_file(const char *path, size_t *length) {
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return NULL;
    struct stat status;
    char *bytes = NULL;
    if (fstat(file, &status) == 0 && S_ISREG(status.st_mode) && status.st_size < (1 << 20)
        && (bytes = malloc((size_t)status.st_size + 1))) {
        ssize_t count = read(file, bytes, (size_t)status.st_size);
        if (count < 0) {
            free(bytes);
            bytes = NULL;
        } else {
            bytes[count] = 0;
            *length = (size_t)count;
        }
    }
    close(file);
    return bytes;
}

/// Reads a file of one line without its end.
static bool read_line(char out[PATH_LIMIT], const char *path) {
    size_t length;
    char *text = read_file(path, &length);
    if (!text) return false;
    size_t end = strcspn(text, "\r\n");
    bool fits = end > 0 && end < PATH_LIMIT;
    if (fits) {
        memcpy(out, text, end);
        out[end] = 0;
    }
    free(text);
    return fits;
}

static bool has(const char *directory, const char *name) {
    char path[PATH_LIMIT];
    return join(path, directory, name) && access(path, F_OK) == 0;
}

static bool is_git_directory(const char *path) {
    return has(path, "HEAD") && (has(path, "commondir") || (has(path, "objects") && has(path, "refs")));
}

/// The Git directory of a working tree whose top is `directory`: `.git`, or what the file `.git` points to.
static bool enter_work_tree(char out[PATH_LIMIT], const char *directory) {
    char path[PATH_LIMIT], line[PATH_LIMIT];
    if (!join(path, directory, ".git")) return false;
    if (is_git_directory(path)) return memcpy(out, path, PATH_LIMIT);
    static const char prefix[] = "gitdir: ";
    if (!read_line(line, path) || strncmp(line, prefix, sizeof prefix - 1) != 0) return false;
    return join(out, directory, line + sizeof prefix - 1) && is_git_directory(out);
}

bool find_repository(char git_directory[PATH_LIMIT], char common_directory[PATH_LIMIT]) {
    const char *given = getenv("GIT_DIR");
    char here[PATH_LIMIT];
    if (!getcwd(here, sizeof here)) return false;
    if (given && *given) {
        if (!join(git_directory, here, given)) return false;
    } else {
        // Git starts hooks at the top of the working tree or in the Git directory; the way up is for odd callers.
        while (!enter_work_tree(git_directory, here)) {
            if (is_git_directory(here)) {
                memcpy(git_directory, here, PATH_LIMIT);
                break;
            }
            char *slash = strrchr(here, '/');
            if (!slash || slash == here) return false;
            *slash = 0;
        }
    }
    const char *common = getenv("GIT_COMMON_DIR");
    if (common && *common && getcwd(here, sizeof here)) return join(common_directory, here, common);
    char path[PATH_LIMIT], line[PATH_LIMIT];
    if (join(path, git_directory, "commondir") && read_line(line, path)) return join(common_directory, git_directory, line);
    memcpy(common_directory, git_directory, PATH_LIMIT);
    return true;
}
