"""Every member of botocore's inputs that counts as a secret, as a list to read: `python -m tests.policy.secret_census`.

Without arguments it writes the list of all services, which takes a quarter of a minute; the test does some of them.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from cloudops_tui.executors.catalogue import BotocoreCatalogue, the_catalogue
from cloudops_tui.model.catalogue import MemberShape, ParameterPath
from cloudops_tui.policy.secrets import is_secret_member

LIST = Path(__file__).with_name("secret_members.txt")


def census(services: Sequence[str], catalogue: BotocoreCatalogue) -> Iterator[str]:
    """A line per secret member of each service: service, the structure that holds it, member."""
    for service in services:
        found: set[tuple[str, str]] = set()
        for name in catalogue.operations(service):
            shape = catalogue.operation(service, name)
            assert shape is not None
            found |= {
                (holder, member.name)
                for holder, path, member in _members(service, shape.members, catalogue)
                if member.type in ("string", "blob", "list") and is_secret_member(service, name, path)
            }
        yield from (f"{service} {holder or '-'} {member}" for holder, member in sorted(found))


def _members(
    service: str, members: dict[str, MemberShape] | object, catalogue: BotocoreCatalogue
) -> Iterator[tuple[str, ParameterPath, MemberShape]]:
    seen: set[str] = set()
    stack: list[tuple[str, ParameterPath, object]] = [("", (), members)]
    while stack:
        holder, path, inner = stack.pop()
        assert hasattr(inner, "values")
        for member in inner.values():
            here = (*path, member.name) if member.name else path
            if member.name:
                yield holder, here, member
            shape = catalogue.shape(service, member.shape) if member.shape not in seen else None
            seen.add(member.shape)
            if shape is not None:
                below = dict(shape.members) or ({"": shape.element} if shape.element is not None else {})
                stack.append((shape.name if shape.members else holder, here, below))


def main() -> None:
    catalogue = the_catalogue()
    services = sys.argv[1:] or catalogue.services()
    sys.stdout.writelines(f"{line}\n" for line in census(services, catalogue))


if __name__ == "__main__":
    main()
