"""The least parameters that botocore takes for an operation."""

from __future__ import annotations

from typing import Any

from cloudops_tui.model.catalogue import MemberShape, OperationShape, ServiceCatalogue


def least_parameters(shape: OperationShape, catalogue: ServiceCatalogue) -> dict[str, Any]:
    """Required members only, each as short as it may be."""
    return {
        name: _least(shape.members[name], shape.service, catalogue)
        for name in shape.required
        if not shape.members[name].token
    }


def _least(member: MemberShape, service: str, catalogue: ServiceCatalogue) -> Any:
    size = max(int(member.minimum or 0), 1)
    match member.type:
        case "structure":
            inside = catalogue.shape(service, member.shape)
            assert inside is not None
            chosen = [one for one in inside.members.values() if one.required]
            if inside.union:
                chosen = [next(iter(inside.members.values()))]
            return {one.name: _least(one, service, catalogue) for one in chosen}
        case "list":
            inside = catalogue.shape(service, member.shape)
            assert inside is not None
            assert inside.element is not None
            return [_least(inside.element, service, catalogue)] * size
        case "map":
            inside = catalogue.shape(service, member.shape)
            assert inside is not None
            assert inside.key is not None
            assert inside.element is not None
            return {_least(inside.key, service, catalogue): _least(inside.element, service, catalogue)}
        case "string":
            return member.enum[0] if member.enum else "x" * size
        case "blob":
            return "x" * size
        case "boolean":
            return False
        case "timestamp":
            return "2026-01-31T08:00:00Z"
        case "integer" | "long":
            return size
        case _:
            return float(size)
