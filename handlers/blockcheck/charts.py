"""Charts of a data_visualization block: one value for every category, labels short enough to be read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from handlers.blockcheck.shapes import Inspection, anything, many, number, record, typed
from handlers.blockcheck.texts import raw_text

_IS = {"type": anything}
_LABEL = raw_text(20)
_SERIES = record({"name": _LABEL, "data": many(record({"label": _LABEL, "value": number()}), 20)})
_AXES = record({"categories": many(_LABEL, 20)}, {"x_label": raw_text(50), "y_label": raw_text(50)})


def _complete(seen: Inspection, where: str, value: Any) -> None:
    """Every series has a name of its own and names each category once, in order."""
    axes, series = value.get("axis_config"), value.get("series")
    if not isinstance(axes, Mapping) or not isinstance(series, list | tuple):
        return
    known = [each for each in series if isinstance(each, Mapping)]
    names = [str(each.get("name")) for each in known]
    if len(names) != len(set(names)):
        seen.fault(where, "two series have the same name")
    for each in known:
        points = each.get("data")
        labels = [point.get("label") for point in points or () if isinstance(point, Mapping)]
        if labels != list(axes.get("categories") or ()):
            seen.fault(where, f"series {each.get('name')!r} does not give one value for each category in order")


_PLOT = record({**_IS, "series": many(_SERIES, 6), "axis_config": _AXES}, {}, (_complete,))
CHART = typed(
    {
        "pie": record({**_IS, "segments": many(record({"label": _LABEL, "value": number(0)}), 6)}),
        "bar": _PLOT,
        "area": _PLOT,
        "line": _PLOT,
    },
    "chart",
)
