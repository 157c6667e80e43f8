"""Buttons for what is missing: one tap each, and each carries the whole question with its pick applied."""

from __future__ import annotations

from collections.abc import Iterable

from handlers.layouts.blocks import Block, actions, button, section
from handlers.layouts.encoding import encode
from handlers.layouts.labels import Names
from knowledge.question import Question
from knowledge.terms import Intent, Mechanism, Site

SHORT_SITES = {
    Site.BACTEREMIA: "Blood",
    Site.PNEUMONIA: "Pneumonia",
    Site.CYSTITIS: "Cystitis",
    Site.CUTI: "Pyelonephritis / cUTI",
    Site.UTI: "Urine, kind unclear",
    Site.CIAI: "Abdomen",
    Site.SSTI: "Skin, soft tissue",
    Site.BONE_JOINT: "Bone, joint",
    Site.CNS: "CNS",
    Site.ENDOCARDITIS: "Endocarditis",
    Site.UNKNOWN: "Not known",
}
SHORT_MECHANISMS = {
    Mechanism.KPC: "KPC",
    Mechanism.NDM: "NDM",
    Mechanism.VIM: "VIM",
    Mechanism.IMP: "IMP",
    Mechanism.OXA_48_LIKE: "OXA-48-like",
    Mechanism.MBL: "MBL, not named",
    Mechanism.NON_CARBAPENEMASE: "No carbapenemase",
    Mechanism.UNKNOWN: "Not known yet",
}


def mechanism_picker(question: Question, only: Iterable[Mechanism] | None = None) -> list[Block]:
    """One button a mechanism; a pick replaces what was said of it."""
    wanted = list(only) if only is not None else list(Mechanism)
    buttons = [
        button(
            SHORT_MECHANISMS[m],
            f"pick_mechanism:{m.value}",
            encode(_treatable(question).model_copy(update={"mechanisms": (m,)})),
        )
        for m in wanted
    ]
    return [section("*Which carbapenemase?*"), actions(buttons)]


def site_picker(question: Question) -> list[Block]:
    """One button a site; a pick replaces what was said of it."""
    buttons = [
        button(
            SHORT_SITES[site],
            f"pick_site:{site.value}",
            encode(_treatable(question).model_copy(update={"sites": (site,)})),
        )
        for site in Site
    ]
    return [section("*Where is the infection?*"), actions(buttons)]


def antimicrobial_picker(question: Question, candidates: Iterable[str], names: Names) -> list[Block]:
    """Which antimicrobial was meant; none of them is also an answer."""
    buttons = [
        button(
            names.antimicrobials[one],
            f"pick_antimicrobial:{one}",
            encode(question.model_copy(update={"antimicrobials": (*question.antimicrobials, one)})),
        )
        for one in candidates
    ]
    buttons.append(button("None of these", "pick_antimicrobial:none", encode(question)))
    return [section("*Which antimicrobial did you mean?*"), actions(buttons)]


def _treatable(question: Question) -> Question:
    """A question that came from help is about treatment once something is picked."""
    if question.intent in (Intent.HELP, Intent.OUT_OF_SCOPE):
        return question.model_copy(update={"intent": Intent.TREATMENT})
    return question
