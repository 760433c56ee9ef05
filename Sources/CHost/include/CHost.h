// System calls that Swift's importer cannot see: variadic ones, those without a wrapper in the C library, and those
// whose request numbers are macros. Every function returns what the call returns, with `errno` set.
#ifndef HEADGATE_CHOST_H
#define HEADGATE_CHOST_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// Files. Sources: ioctl_ficlone(2), openat2(2), renameat2(2), copy_file_range(2), getdents(2), syncfs(2).
int chost_clone_file(int target, int source);
int chost_open_beneath(int directory, const char *path, uint64_t flags, int follow_links);
int chost_rename(const char *from, const char *to, unsigned int flags);
ssize_t chost_copy_range(int source, int target, size_t length);
ssize_t chost_read_directory(int directory, void *buffer, size_t size);
int chost_sync_file_system(int descriptor);
int chost_memory_file(const char *name);

/// Copies the extended attributes between open files; those that the target cannot hold, or this user may not set, are
/// left out. Source: xattr(7).
int chost_copy_attributes(int source, int target);

/// Locks (exclusively, without waiting) or unlocks one byte of a file, for the open file description.
/// Source: fcntl(2), F_OFD_SETLK.
int chost_lock_byte(int descriptor, int64_t offset, int is_locked);

/// Adds up what an open file takes on its disk: bytes of its own, and bytes that other files hold as well. Fails with
/// EOPNOTSUPP or ENOTTY where the file system does not tell. Source: linux/fiemap.h, FIEMAP_EXTENT_SHARED.
int chost_disk_usage(int descriptor, int64_t *own, int64_t *shared);

/// Locks a whole file, opened for reading, such that nobody may take a lock for writing; does not wait. Where that fails
/// with EAGAIN or EACCES, `holder` is the process that holds one, 0 where it is not known.
/// Source: fcntl(2), F_OFD_SETLK, F_OFD_GETLK.
int chost_lock_shared(int descriptor, int *holder);

/// O_PATH: opens a file as a place only, without the right to read it. Source: open(2).
extern const int chost_place;

// The flags of chost_rename. Source: linux/fs.h.
enum { CHOST_RENAME_NOREPLACE = 1 };

/// What `statx(2)` says of one file.
struct chost_status {
    uint32_t mode;
    uint32_t owner;
    uint32_t group;
    uint64_t device;
    uint64_t inode;
    int64_t size;
    int64_t allocated;
    int64_t modified;  // nanoseconds since 1970
    int64_t changed;   // nanoseconds since 1970
    uint64_t links;
};

/// `path` is relative to `directory` (AT_FDCWD for the working directory); "" means `directory` itself.
int chost_get_status(int directory, const char *path, int follow_links, struct chost_status *status);

/// Returns the number of the mount that an open file was reached through. Source: statx(2), STATX_MNT_ID.
int chost_mount(int descriptor, uint64_t *mount);

/// What `statfs(2)` says of a file system.
struct chost_volume {
    uint64_t magic;
    int64_t free_bytes;
    int64_t total_bytes;
    int read_only;
};

int chost_get_volume(const char *path, struct chost_volume *volume);

/// Writes the UUID of the file system as 36 characters and a zero; fails where the kernel does not tell.
/// Sources: FS_IOC_GETFSUUID (linux/fs.h, since 6.9), BTRFS_IOC_FS_INFO (linux/btrfs.h).
int chost_volume_uuid(const char *path, char text[37]);

// Subvolumes. Source: linux/btrfs.h. `parent` is the directory that holds `name`.
int chost_subvolume_create(int parent, const char *name);
int chost_subvolume_snapshot(int parent, const char *name, int source, int read_only);
int chost_subvolume_delete(int parent, const char *name);
int chost_subvolume_get_flags(int subvolume, uint64_t *flags);
int chost_subvolume_set_flags(int subvolume, uint64_t flags);

// Processes and terminals. Sources: ioctl_tty(2), eventfd(2).
int chost_terminal_size(int descriptor, uint16_t *columns, uint16_t *rows);
int chost_set_terminal_size(int descriptor, uint16_t columns, uint16_t rows);

/// Makes a terminal: `ends[0]` is ours and does not block, `ends[1]` the command's. Both are close-on-exec, and neither
/// becomes our controlling terminal. Source: pty(7), TIOCGPTPEER in ioctl_tty(2).
int chost_pseudo_terminal(int ends[2]);
int chost_event_counter(void);
int chost_pipe(int ends[2]);  // close-on-exec

/// Sends the number of each signal that comes, as one byte, to `descriptor`, instead of what it would do otherwise.
/// A signal that is ignored stays ignored, as `nohup` wants it. One watch at a time.
void chost_watch_signal(int number, int descriptor);
void chost_unwatch_signal(int number);

/// Ends the process with `status`, after `message` on standard error and `answer`, if any, on standard output, when memory
/// that stands for a file can be neither read nor written: its disk is full or has failed. Both must stay. Source:
/// mmap(2), SIGBUS; signal-safety(7).
void chost_end_on_bus_error(const char *message, const char *answer, int status);

/// Returns how many cores this process may use, at least 1. Source: sched_getaffinity(2).
int chost_cores(void);

#endif
