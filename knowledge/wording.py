"""Bands and doses in words: one wording for the page, Slack and JSON, free of characters that mrkdwn eats."""

from __future__ import annotations

from decimal import Decimal

from knowledge.antimicrobials import Band, DoseBody, Step
from knowledge.terms import RenalMeasure

_MEASURES = {
    RenalMeasure.CRCL: ("CrCl", "mL/min"),
    RenalMeasure.EGFR: ("eGFR", "mL/min"),
    RenalMeasure.CRRT: ("CRRT, effluent", "L/h"),
}
NORMAL_KIDNEYS = "normal kidney function"


def number(value: Decimal) -> str:
    """A number without trailing zeros or exponent."""
    return format(value.normalize(), "f")


def band_text(band: Band) -> str:
    """For which kidney function: "CrCl 31-50 mL/min", "haemodialysis", "CRRT, effluent 2.1-3 L/h"."""
    region = f" ({band.region} label)" if band.region else ""
    if band.text:
        return band.text + region
    if band.measure is RenalMeasure.HD:
        return "haemodialysis" + region
    if band.measure is RenalMeasure.PD:
        return "peritoneal dialysis" + region
    if band.measure is RenalMeasure.ANY:
        return "any kidney impairment" + region
    label, unit = _MEASURES[band.measure]
    low = band.at_least if band.at_least is not None else band.over
    high = band.at_most if band.at_most is not None else band.below
    if low is not None and high is not None:
        over = "over " if band.over is not None else ""
        joint = "-" if band.over is None and band.below is None else " to "
        below = "below " if band.below is not None else ""
        span = f"{over}{number(low)}{joint}{below}{number(high)} {unit}"
    elif low is not None:
        span = f"above {number(low)} {unit}" if band.over is not None else f"{number(low)} {unit} or more"
    elif high is not None:
        span = f"below {number(high)} {unit}" if band.below is not None else f"{number(high)} {unit} or less"
    else:
        span = ""
    text = f"{label} {span}".strip()
    if band.with_dialysis:
        text += ", with or without haemodialysis"
    if band.without_dialysis:
        text += ", without haemodialysis"
    return text + region


def dose_text(dose: DoseBody) -> str:
    """What to give, in one sentence without a full stop."""
    text = dose.text or ""
    for index, step in enumerate(dose.steps):
        if index:
            text += {"then": ", then ", "or": ", or ", "plus": ", plus "}[step.join]
        text += _step_text(step)
    return f"{text} ({dose.note})" if dose.note else text


def _step_text(step: Step) -> str:
    amount = step.amount if step.amount_to is None else f"{step.amount}-{step.amount_to}"
    parts = [f"{step.what} {amount} {step.unit}" if step.what else f"{amount} {step.unit}"]
    if step.per_day:
        parts.append("a day")
    if step.components:
        parts.append(f"({step.components})")
    if step.route:
        parts.append(step.route)
    if step.once:
        parts.append("once")
    if step.every_hours is not None:
        to = f"-{step.every_hours_to}" if step.every_hours_to is not None else ""
        parts.append(f"{'in divided doses ' if step.per_day else ''}every {step.every_hours}{to} h")
    if step.infusion_minutes is not None:
        parts.append(f"over {_minutes(step.infusion_minutes, step.infusion_minutes_to)}")
    if step.tail:
        parts.append(step.tail)
    return " ".join(parts)


def _minutes(low: int, high: int | None) -> str:
    if high is not None:
        return f"{low // 60}-{high // 60} h" if low % 60 == 0 == high % 60 and low >= 120 else f"{low}-{high} min"
    return f"{low // 60} h" if low % 60 == 0 else f"{low} min"
