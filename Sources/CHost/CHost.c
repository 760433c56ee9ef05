#define _GNU_SOURCE
#include "CHost.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/btrfs.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <linux/limits.h>
#include <linux/openat2.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

const int chost_place = O_PATH;

int chost_clone_file(int target, int source) {
    return ioctl(target, FICLONE, source);
}

int chost_open_beneath(int directory, const char *path, uint64_t flags, int follow_links) {
    struct open_how how = {0};
    how.flags = flags | O_CLOEXEC;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
    if (!follow_links) how.resolve |= RESOLVE_NO_SYMLINKS;
    for (;;) {
        int descriptor = (int)syscall(SYS_openat2, directory, path, &how, sizeof how);
        // EAGAIN: something above was renamed meanwhile, and the kernel asks to try again. Source: openat2(2).
        if (descriptor >= 0 || (errno != EAGAIN && errno != EINTR)) return descriptor;
    }
}

int chost_rename(const char *from, const char *to, unsigned int flags) {
    return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, flags);
}

ssize_t chost_copy_range(int source, int target, size_t length) {
    return copy_file_range(source, NULL, target, NULL, length, 0);
}

ssize_t chost_read_directory(int directory, void *buffer, size_t size) {
    return syscall(SYS_getdents64, directory, buffer, size);
}

int chost_sync_file_system(int descriptor) {
    return syncfs(descriptor);
}

int chost_memory_file(const char *name) {
    return memfd_create(name, MFD_CLOEXEC);
}

int chost_copy_attributes(int source, int target) {
    ssize_t length = flistxattr(source, NULL, 0);
    if (length <= 0) return length == 0 || errno == ENOTSUP ? 0 : -1;
    // The kernel allows 64 KiB of names, and as much for one value. Source: linux/limits.h.
    char names[XATTR_LIST_MAX];
    char value[XATTR_SIZE_MAX];
    length = flistxattr(source, names, sizeof names);
    if (length < 0) return -1;
    for (char *name = names; name < names + length; name += strlen(name) + 1) {
        ssize_t size = fgetxattr(source, name, value, sizeof value);
        if (size < 0) continue;  // Removed meanwhile, or not for this user to see.
        if (fsetxattr(target, name, value, (size_t)size, 0) == 0) continue;
        if (errno != ENOTSUP && errno != EPERM && errno != EACCES) return -1;
    }
    return 0;
}

static int64_t nanoseconds(struct timespec time) {
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

int chost_get_status(int directory, const char *path, int follow_links, struct chost_status *status) {
    struct stat found;
    int flags = AT_EMPTY_PATH | AT_NO_AUTOMOUNT | (follow_links ? 0 : AT_SYMLINK_NOFOLLOW);
    int result;
    do {
        result = fstatat(directory, path, &found, flags);
    } while (result != 0 && errno == EINTR);
    if (result != 0) return result;
    status->mode = found.st_mode;
    status->owner = found.st_uid;
    status->group = found.st_gid;
    status->device = found.st_dev;
    status->inode = found.st_ino;
    status->size = found.st_size;
    status->allocated = (int64_t)found.st_blocks * 512;
    status->modified = nanoseconds(found.st_mtim);
    status->changed = nanoseconds(found.st_ctim);
    status->links = found.st_nlink;
    return 0;
}

int chost_mount(int descriptor, uint64_t *mount) {
    struct statx found;
    int result = statx(descriptor, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_MNT_ID, &found);
    if (result == 0) *mount = found.stx_mnt_id;
    return result;
}

int chost_get_volume(const char *path, struct chost_volume *volume) {
    struct statfs found;
    int result;
    do {
        result = statfs(path, &found);
    } while (result != 0 && errno == EINTR);
    if (result != 0) return result;
    volume->magic = (uint64_t)(unsigned long)found.f_type;
    volume->free_bytes = (int64_t)found.f_bavail * found.f_bsize;
    volume->total_bytes = (int64_t)found.f_blocks * found.f_bsize;
    volume->read_only = (found.f_flags & ST_RDONLY) != 0;
    return 0;
}

// Headers older than the kernel lack it. Source: linux/fs.h of 6.9.
struct chost_uuid {
    uint8_t length;
    uint8_t bytes[16];
};
#define CHOST_GET_UUID _IOR(0x15, 0, struct chost_uuid)

int chost_volume_uuid(const char *path, char text[37]) {
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0) return -1;
    uint8_t bytes[16];
    struct chost_uuid uuid = {0};
    struct btrfs_ioctl_fs_info_args info;
    memset(&info, 0, sizeof info);
    int result = 0;
    if (ioctl(descriptor, CHOST_GET_UUID, &uuid) == 0 && uuid.length == 16) {
        memcpy(bytes, uuid.bytes, 16);
    } else if (ioctl(descriptor, BTRFS_IOC_FS_INFO, &info) == 0) {
        memcpy(bytes, info.fsid, 16);
    } else {
        result = -1;
    }
    int code = errno;
    close(descriptor);
    if (result != 0) {
        errno = code;
        return result;
    }
    char *end = text;
    for (int index = 0; index < 16; index++) {
        if (index == 4 || index == 6 || index == 8 || index == 10) *end++ = '-';
        end += sprintf(end, "%02x", bytes[index]);
    }
    return 0;
}

static int copy_name(char *target, size_t size, const char *name) {
    if (strlen(name) >= size) {
        errno = ENAMETOOLONG;
        return -1;
    }
    strcpy(target, name);
    return 0;
}

int chost_subvolume_create(int parent, const char *name) {
    struct btrfs_ioctl_vol_args arguments = {0};
    if (copy_name(arguments.name, sizeof arguments.name, name) != 0) return -1;
    return ioctl(parent, BTRFS_IOC_SUBVOL_CREATE, &arguments);
}

int chost_subvolume_snapshot(int parent, const char *name, int source, int read_only) {
    struct btrfs_ioctl_vol_args_v2 arguments = {0};
    arguments.fd = source;
    arguments.flags = read_only ? BTRFS_SUBVOL_RDONLY : 0;
    if (copy_name(arguments.name, sizeof arguments.name, name) != 0) return -1;
    return ioctl(parent, BTRFS_IOC_SNAP_CREATE_V2, &arguments);
}

int chost_subvolume_delete(int parent, const char *name) {
    struct btrfs_ioctl_vol_args arguments = {0};
    if (copy_name(arguments.name, sizeof arguments.name, name) != 0) return -1;
    return ioctl(parent, BTRFS_IOC_SNAP_DESTROY, &arguments);
}

int chost_subvolume_get_flags(int subvolume, uint64_t *flags) {
    __u64 found = 0;
    int result = ioctl(subvolume, BTRFS_IOC_SUBVOL_GETFLAGS, &found);
    *flags = found;
    return result;
}

int chost_subvolume_set_flags(int subvolume, uint64_t flags) {
    __u64 wanted = flags;
    return ioctl(subvolume, BTRFS_IOC_SUBVOL_SETFLAGS, &wanted);
}

int chost_terminal_size(int descriptor, uint16_t *columns, uint16_t *rows) {
    struct winsize size;
    if (ioctl(descriptor, TIOCGWINSZ, &size) != 0) return -1;
    *columns = size.ws_col;
    *rows = size.ws_row;
    return 0;
}

int chost_set_terminal_size(int descriptor, uint16_t columns, uint16_t rows) {
    struct winsize size = {.ws_row = rows, .ws_col = columns};
    return ioctl(descriptor, TIOCSWINSZ, &size);
}

int chost_pseudo_terminal(int ends[2]) {
    int ours = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    if (ours < 0) return -1;
    int theirs = -1;
    if (grantpt(ours) == 0 && unlockpt(ours) == 0) {
        theirs = ioctl(ours, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    }
    if (theirs < 0) {
        int code = errno;
        close(ours);
        errno = code;
        return -1;
    }
    ends[0] = ours;
    ends[1] = theirs;
    return 0;
}

int chost_event_counter(void) {
    return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

static volatile sig_atomic_t signal_descriptor = -1;
static struct sigaction earlier[65];

static void send_signal_number(int number) {
    int code = errno;
    unsigned char byte = (unsigned char)number;
    // A full pipe holds signals that nobody has looked at yet: one more says nothing new.
    ssize_t written = write((int)signal_descriptor, &byte, 1);
    (void)written;
    errno = code;
}

void chost_watch_signal(int number, int descriptor) {
    signal_descriptor = descriptor;
    if (sigaction(number, NULL, &earlier[number]) != 0 || earlier[number].sa_handler == SIG_IGN) return;
    struct sigaction action = {0};
    action.sa_handler = send_signal_number;
    action.sa_flags = SA_RESTART;
    sigfillset(&action.sa_mask);
    sigaction(number, &action, NULL);
}

void chost_unwatch_signal(int number) {
    sigaction(number, &earlier[number], NULL);
}

static const char *bus_error_message;
static const char *bus_error_answer;
static int bus_error_status;

static void end_on_bus_error(int number) {
    (void)number;
    ssize_t written = write(STDERR_FILENO, bus_error_message, strlen(bus_error_message));
    if (bus_error_answer) written = write(STDOUT_FILENO, bus_error_answer, strlen(bus_error_answer));
    (void)written;
    _exit(bus_error_status);
}

void chost_end_on_bus_error(const char *message, const char *answer, int status) {
    bus_error_message = message;
    bus_error_answer = answer;
    bus_error_status = status;
    struct sigaction action = {0};
    action.sa_handler = end_on_bus_error;
    sigfillset(&action.sa_mask);
    sigaction(SIGBUS, &action, NULL);
}

int chost_pipe(int ends[2]) {
    return pipe2(ends, O_CLOEXEC);
}

int chost_cores(void) {
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) == 0) return CPU_COUNT(&allowed);
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 ? (int)online : 1;
}

int chost_disk_usage(int descriptor, int64_t *own, int64_t *shared) {
    enum { COUNT = 256 };
    union {
        struct fiemap map;
        char space[sizeof(struct fiemap) + COUNT * sizeof(struct fiemap_extent)];
    } answer;
    uint64_t start = 0;
    *own = *shared = 0;
    for (;;) {
        memset(&answer.map, 0, sizeof answer.map);
        answer.map.fm_start = start;
        answer.map.fm_length = FIEMAP_MAX_OFFSET - start;
        answer.map.fm_extent_count = COUNT;
        if (ioctl(descriptor, FS_IOC_FIEMAP, &answer.map) != 0) return -1;
        for (uint32_t index = 0; index < answer.map.fm_mapped_extents; index++) {
            const struct fiemap_extent *extent = &answer.map.fm_extents[index];
            *(extent->fe_flags & FIEMAP_EXTENT_SHARED ? shared : own) += (int64_t)extent->fe_length;
            start = extent->fe_logical + extent->fe_length;
            if (extent->fe_flags & FIEMAP_EXTENT_LAST) return 0;
        }
        if (answer.map.fm_mapped_extents == 0) return 0;
    }
}

int chost_lock_shared(int descriptor, int *holder) {
    struct flock range = {0};
    range.l_type = F_RDLCK;
    range.l_whence = SEEK_SET;
    if (fcntl(descriptor, F_OFD_SETLK, &range) == 0) return 0;
    int code = errno;
    *holder = 0;
    // Open file descriptions have no process; a lock of a process names it.
    if (fcntl(descriptor, F_OFD_GETLK, &range) == 0 && range.l_type != F_UNLCK && range.l_pid > 0) *holder = range.l_pid;
    errno = code;
    return -1;
}

int chost_lock_byte(int descriptor, int64_t offset, int is_locked) {
    struct flock range = {0};
    range.l_type = is_locked ? F_WRLCK : F_UNLCK;
    range.l_whence = SEEK_SET;
    range.l_start = offset;
    range.l_len = 1;
    return fcntl(descriptor, F_OFD_SETLK, &range);
}

// libgit2 reads all the certificates of the system when it starts, 4 ms of every command, and Headgate lets it talk to
// nobody: what is fetched, the git program fetches. The program's own functions come before those of its libraries.
// Where libgit2 was built with another library than mbed TLS, nobody calls this. Source: libgit2 `streams/mbedtls.c`.
int mbedtls_x509_crt_parse_file(void *chain, const char *path) {
    (void)chain;
    (void)path;
    return 0;
}
