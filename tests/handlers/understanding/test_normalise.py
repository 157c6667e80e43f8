"""Slack's raw text becomes plain words, whatever it is wrapped in."""

from __future__ import annotations

import pytest

from handlers.understanding.normalise import normalise, unwrap


@pytest.mark.parametrize(
    ("raw", "plain"),
    [
        ("<@U0BOT> KPC", "kpc"),
        ("KPC &amp; NDM", "kpc and ndm"),
        ("CrCl &lt; 30", "crcl < 30"),
        ("see <https://example.org/KPC|this page>", "see this page"),
        ("<https://example.org/NDM>", ""),
        ("<#C1|cre-team> KPC", "kpc"),
        ("<mailto:a@example.org|a@example.org>", "a@example.org"),
        ("<!here> KPC", "kpc"),
        ("~KPC~ NDM", "ndm"),
        ("CrCl ~35, weight ~70", "crcl ~35, weight ~70"),
        ("*KPC* _VAP_ `HD`", "kpc vap hd"),
        ("“OXA‑48” Klebsiella", '"oxa-48" klebsiella'),
        ("KPC\u200b\u202e VAP", "kpc vap"),
        ("bactériémie", "bacteriemie"),
        ("can’t", "cant"),
        ("KPC -ve NDM +ve", "kpc negative ndm positive"),
        ("KPC (+) NDM (-)", "kpc positive ndm negative"),
        ("KPC ✅ NDM ❌", "kpc positive ndm negative"),
        ("KPC :thinking_face: VAP", "kpc vap"),
        ("β-lactam", "beta-lactam"),
        ("ＫＰＣ", "kpc"),
        ("K\u0f73\u0f71P\u0301C VAP", "kpc vap"),
        ("", ""),
    ],
)
def test_what_is_left_of_raw_text(raw: str, plain: str) -> None:
    """Markup, entities, invisible characters, accents and struck words go; signs and dashes are made alike."""
    assert normalise(unwrap(raw)) == plain
