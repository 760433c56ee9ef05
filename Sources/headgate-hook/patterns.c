#define _GNU_SOURCE
#include "hook.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/// The first line of a whole list. A list that was cut short or emptied does not begin so, and does not count.
static const char heading[] = "# headgate protected\n";
static char fallback[] = "refs/heads/main\nrefs/heads/master\n";

void load_patterns(struct patterns *patterns, const char *common_directory) {
    char path[PATH_LIMIT];
    patterns->lines = fallback;
    patterns->length = sizeof fallback - 1;
    if (!join(path, common_directory, "headgate/protected")) return;
    size_t length;
    char *text = read_file(path, &length);
    if (!text) return;
    size_t start = sizeof heading - 1;
    if (length < start || memcmp(text, heading, start) != 0 || text[length - 1] != '\n') return;
    patterns->lines = text + start;
    patterns->length = length - start;
}

/// Whether `name` matches `pattern`, in which `*` stands for any characters, `/` included.
static bool matches(const char *pattern, const char *pattern_end, const char *name, const char *name_end) {
    const char *star = NULL, *retry = NULL;
    while (name < name_end) {
        if (pattern < pattern_end && *pattern == '*') {
            star = pattern++;
            retry = name;
        } else if (pattern < pattern_end && *pattern == *name) {
            pattern++;
            name++;
        } else if (star) {
            pattern = star + 1;
            name = ++retry;
        } else {
            return false;
        }
    }
    while (pattern < pattern_end && *pattern == '*') pattern++;
    return pattern == pattern_end;
}

bool is_protected(const struct patterns *patterns, const char *name, size_t length) {
    static const char branches[] = "refs/heads/";
    if (length < sizeof branches - 1 || memcmp(name, branches, sizeof branches - 1) != 0) return false;
    if (!patterns) return true;
    const char *line = patterns->lines, *end = patterns->lines + patterns->length;
    while (line < end) {
        const char *stop = memchr(line, '\n', (size_t)(end - line));
        if (!stop) stop = end;
        if (stop > line && *line != '#' && matches(line, stop, name, name + length)) return true;
        line = stop + 1;
    }
    return false;
}

bool read_input(struct input *input) {
    size_t capacity = 64 * 1024;
    input->length = 0;
    input->bytes = malloc(capacity);
    if (!input->bytes) return false;
    for (;;) {
        if (input->length == capacity) {
            char *larger = realloc(input->bytes, capacity *= 2);
            if (!larger) return false;
            input->bytes = larger;
        }
        ssize_t count = read(STDIN_FILENO, input->bytes + input->length, capacity - input->length);
        if (count < 0) return false;
        if (count == 0) break;
        input->length += (size_t)count;
    }
    input->file = -1;
    return true;
}

bool names_protected(const struct input *input, const struct patterns *patterns, int field) {
    const char *line = input->bytes, *end = input->bytes + input->length;
    while (line < end) {
        const char *stop = memchr(line, '\n', (size_t)(end - line));
        if (!stop) stop = end;
        const char *start = line;
        for (int i = 0; i < field; i++) {
            const char *space = memchr(start, ' ', (size_t)(stop - start));
            if (!space) return true;
            start = space + 1;
        }
        const char *space = memchr(start, ' ', (size_t)(stop - start));
        if (is_protected(patterns, start, (size_t)((space ? space : stop) - start))) return true;
        line = stop + 1;
    }
    return false;
}

bool names_reference_beneath(const struct input *input, const char *prefix) {
    const char *line = input->bytes, *end = input->bytes + input->length;
    size_t wanted = strlen(prefix);
    while (line < end) {
        const char *stop = memchr(line, '\n', (size_t)(end - line));
        if (!stop) stop = end;
        const char *space = memrchr(line, ' ', (size_t)(stop - line));
        if (space && (size_t)(stop - space - 1) > wanted && memcmp(space + 1, prefix, wanted) == 0) return true;
        line = stop + 1;
    }
    return false;
}
