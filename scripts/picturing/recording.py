"""Runs a command on a pseudo-terminal."""

import codecs
import fcntl
import os
import pty
import struct
import termios

ROWS = 50


def recorded(command, columns, feed):
    """Runs the command, hands what it shows to `feed` as text, and returns its exit code."""
    child, terminal = pty.fork()
    if child == 0:
        fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, columns, 0, 0))
        os.environ["TERM"] = "xterm-256color"
        os.environ.pop("NO_COLOR", None)
        os.execvp(command[0], command)
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    while True:
        try:
            piece = os.read(terminal, 65536)
        except OSError:  # Linux says EIO once the other end is closed.
            piece = b""
        if not piece:
            break
        feed(decoder.decode(piece))
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)
