"""Numbered-field structs: CBOR maps from small ints to values, as Ockam's management bodies are (wire.md 0.1)."""

from .cbor import Map
from .errors import ProtocolError


class Record:
    """A named list of (number, field name, type, required) that packs and unpacks one kind of body."""

    def __init__(self, name: str, *fields: "tuple[int, str, object, bool]") -> None:
        self.name = name
        self.fields = fields

    def pack(self, **values: object) -> Map:
        """The map of the given fields, ascending, those that are None left out."""
        pairs: "list[tuple[object, object]]" = []
        for number, name, _, _ in self.fields:
            value = values.get(name)
            if value is not None:
                pairs.append((number, value))
        return Map(*pairs)

    def unpack(self, body: object) -> "dict[str, object]":
        """Field name to value, None for what is left out; unknown numbers are skipped. Raises ProtocolError."""
        if not isinstance(body, dict):
            raise ProtocolError("%s is not a map" % self.name)
        result: "dict[str, object]" = {}
        for number, name, kind, required in self.fields:
            value = body.get(number)
            if value is None:
                if required:
                    raise ProtocolError("%s without its %s" % (self.name, name))
            elif not isinstance(value, kind) or (kind is int and isinstance(value, bool)):  # type: ignore[arg-type]
                raise ProtocolError("%s whose %s is of the wrong type" % (self.name, name))
            result[name] = value
        return result
