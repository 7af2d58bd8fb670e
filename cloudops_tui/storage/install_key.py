"""A random key of this installation, so that what is hashed with it cannot be guessed from its hash."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import stat
from pathlib import Path

from cloudops_tui.model.errors import StorageError
from cloudops_tui.storage.errors import storage_error

NAME = "install.key"
LENGTH = 32  # bytes


def install_key(state_dir: Path) -> bytes:
    """The key, made on first use; raises StorageError where somebody else could know it.

    The folder has to exist. Whoever deletes the file makes every keyed hash of before differ.
    """
    path = state_dir / NAME
    try:
        return _read(path)
    except FileNotFoundError:
        _make(path)
        return _read(path)
    except OSError as error:
        raise storage_error(error, path) from error


def keyed_hash(key: bytes, purpose: str, content: bytes) -> str:
    """HMAC-SHA256 in hexadecimal; hashes for different purposes cannot be told to be of the same content."""
    return hmac.new(key, purpose.encode() + b"\n" + content, hashlib.sha256).hexdigest()


def _read(path: Path) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        found = os.fstat(descriptor)
        key = os.read(descriptor, LENGTH + 1)
    finally:
        os.close(descriptor)
    if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077 or len(key) != LENGTH:
        raise StorageError(
            f"`{path}` is not the private key file that it was; move it away, and submit plans with secrets again"
        )
    return key


def _make(path: Path) -> None:
    """Whole or not at all; where another process was faster, its key counts."""
    made = path.with_name(f".{NAME}.{os.getpid()}.{secrets.token_hex(8)}")
    try:
        descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            os.write(descriptor, secrets.token_bytes(LENGTH))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        try:
            os.link(made, path)
        except FileExistsError:
            pass  # made by another process in the meantime
        finally:
            os.unlink(made)
    except OSError as error:
        raise storage_error(error, path) from error
