"""Messages for the renderer: every block type, doses with characters that mrkdwn eats, and attacks."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def option(text: str, value: str) -> Json:
    return {"text": plain(text), "value": value}


def section(text: str, **more: Any) -> Json:
    return {"type": "section", "text": mrkdwn(text), **more}


SITES = [option("Blood", "bacteremia"), option("Urine", "cystitis"), option("Lung", "pneumonia")]

ANSWER: Json = {
    "response_type": "ephemeral",
    "text": "KPC, bloodstream: ceftazidime-avibactam 2.5 g q8h",
    "blocks": [
        {"type": "header", "text": plain("KPC · bloodstream infection")},
        {
            "type": "context",
            "elements": [
                mrkdwn("Understood as *KPC*, *bacteraemia*. Kidney function not given: normal-function doses.")
            ],
        },
        section(
            "*1. Ceftazidime-avibactam* `preferred`\n2.5 g IV q8h, each dose over 3 h\n_CrCl &gt;50 mL/min_ · "
            "<https://example.org/idsa|IDSA 2026, Q2.1>"
        ),
        section("*2. Meropenem-vaborbactam*\n4 g IV q8h over 3 h (eGFR ≥50 mL/min/1.73 m²)"),
        section("*3. Imipenem-relebactam*\n1.25 g IV q6h over 30 min (CrCl ≥90)"),
        section("⛔ *Not suggested for blood:* tigecycline, eravacycline. Serum levels stay low."),
        {"type": "divider"},
        {
            "type": "container",
            "title": plain("Renal dosing"),
            "subtitle": plain("Ceftazidime-avibactam, label 2024"),
            "is_collapsible": True,
            "default_collapsed": False,
            "child_blocks": [
                section("_CrCl and eGFR are not interchangeable._"),
                {
                    "type": "table",
                    "column_settings": [{"align": "left"}, {"align": "left"}, {"align": "right"}],
                    "rows": [
                        [{"type": "raw_text", "text": each} for each in row]
                        for row in [
                            ("CrCl (mL/min)", "Dose", "Every"),
                            (">50", "2.5 g", "8 h"),
                            ("31–50", "1.25 g", "8 h"),
                            ("16–30", "0.94 g", "12 h"),
                            ("6–15", "0.94 g", "24 h"),
                        ]
                    ],
                },
            ],
        },
        {
            "type": "actions",
            "block_id": "main",
            "elements": [
                {"type": "button", "action_id": "share", "text": plain("Share to channel"), "style": "primary"},
                {
                    "type": "static_select",
                    "action_id": "site",
                    "placeholder": plain("Change site"),
                    "options": SITES,
                },
                {
                    "type": "button",
                    "action_id": "forget",
                    "text": plain("Forget"),
                    "style": "danger",
                    "confirm": {
                        "title": plain("Forget this answer?"),
                        "text": mrkdwn("It *stays* in the audit log."),
                        "confirm": plain("Forget"),
                        "deny": plain("Keep"),
                    },
                },
            ],
        },
        {
            "type": "context_actions",
            "elements": [
                {
                    "type": "feedback_buttons",
                    "action_id": "feedback",
                    "positive_button": {"text": plain("👍 Right"), "value": "right"},
                    "negative_button": {"text": plain("👎 Wrong"), "value": "wrong"},
                }
            ],
        },
        {
            "type": "context",
            "elements": [mrkdwn("*Awaiting review.* Edition 2026.1 · Options for a clinician's decision; call ID.")],
        },
    ],
}

EVERY_BLOCK: list[Json] = [
    {"type": "header", "text": plain("Every block")},
    {
        "type": "section",
        "fields": [mrkdwn("*Mechanism*\nKPC"), mrkdwn("*Site*\nBlood")],
        "accessory": {
            "type": "overflow",
            "action_id": "more",
            "options": [option("Copy", "copy"), option("Hide", "hide")],
        },
    },
    section(
        "With a picture", accessory={"type": "image", "image_url": "https://example.org/a.png", "alt_text": "a chart"}
    ),
    section(
        "*bold* _italic_ ~strike~ `code` <https://example.org|link> <@U0CLINIC01> <#C0ICU00001> "
        ":pill: :warning:\n> quoted\n```\npre *x*\n```"
    ),
    section("Choose", accessory={"type": "radio_buttons", "action_id": "radio", "options": SITES[:2]}),
    section("Tick", accessory={"type": "checkboxes", "action_id": "boxes", "options": SITES[:2]}),
    {"type": "divider"},
    {"type": "context", "elements": [plain("a context line"), mrkdwn("*another*")]},
    {"type": "actions", "elements": [{"type": "button", "action_id": "b1", "text": plain("Press me"), "value": "v1"}]},
    {"type": "image", "image_url": "https://example.org/b.png", "alt_text": "resistance by ward"},
    {
        "type": "markdown",
        "text": "## Markdown\n- one **bold**\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n1. first\n\n> quote\n\n`code` [x](https://e.org)",
    },
    {
        "type": "rich_text",
        "elements": [
            {
                "type": "rich_text_section",
                "elements": [
                    {"type": "text", "text": "rich "},
                    {"type": "text", "text": "bold", "style": {"bold": True}},
                    {"type": "user", "user_id": "U0PHARMA01"},
                ],
            },
            {
                "type": "rich_text_list",
                "style": "ordered",
                "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "item"}]}],
            },
        ],
    },
    {"type": "table", "rows": [[{"type": "raw_text", "text": "head"}], [{"type": "raw_text", "text": "cell"}]]},
    {"type": "container", "title": plain("Box"), "child_blocks": [section("inside the box")]},
    {
        "type": "container",
        "title": plain("A long title that says what is inside a fold that starts closed, on a phone on two lines"),
        "subtitle": plain("and a line under it"),
        "is_collapsible": True,
        "default_collapsed": True,
        "child_blocks": [
            section("inside the fold"),
            {
                "type": "actions",
                "elements": [{"type": "button", "action_id": "b2", "text": plain("Inside"), "value": "v"}],
            },
        ],
    },
    {
        "type": "context_actions",
        "elements": [
            {
                "type": "feedback_buttons",
                "action_id": "fb",
                "positive_button": {"text": plain("Yes"), "value": "y"},
                "negative_button": {"text": plain("No"), "value": "n"},
            }
        ],
    },
]

DOSES = [
    ("CrCl &gt;50 mL/min: 2.5 g q8h", "CrCl >50 mL/min: 2.5 g q8h"),
    ("over ~3 h, then ~30 min", "over ~3 h, then ~30 min"),
    ("15 mg/kg*day, 2*3*4 g", "15 mg/kg*day, 2*3*4 g"),
    ("MIC &lt;=8 &amp; CrCl &lt;30", "MIC <=8 & CrCl <30"),
    ("dose* and note*", "dose* and note*"),
    ("q8h (±) 1.25 g_x_2", "q8h (±) 1.25 g_x_2"),
    ("100 mg × 1, then 50 mg q12h…", "100 mg × 1, then 50 mg q12h…"),
    ("&amp;lt; stays an entity", "&lt; stays an entity"),
]

ATTACKS = [
    "<script>window.hacked=1</script>",
    '<img src=x onerror="window.hacked=1">',
    "<javascript:window.hacked=1|click>",
    "<data:text/html,<script>1</script>|click>",
    '"><svg onload=window.hacked=1>',
    "&lt;script&gt;window.hacked=1&lt;/script&gt;",
    "[x](javascript:window.hacked=1)",
    '<https://e.org" onmouseover="window.hacked=1|x>',
]

MODAL: Json = {
    "type": "modal",
    "title": plain("Ask about CRE"),
    "submit": plain("Ask"),
    "close": plain("Cancel"),
    "callback_id": "ask",
    "blocks": [
        {"type": "alert", "level": "warning", "text": plain("Do not enter patient names.")},
        {
            "type": "input",
            "block_id": "mechanism",
            "label": plain("Mechanism"),
            "element": {
                "type": "static_select",
                "action_id": "mechanism",
                "options": [option("KPC", "kpc"), option("NDM", "ndm")],
            },
        },
        {
            "type": "input",
            "block_id": "site",
            "label": plain("Site"),
            "element": {"type": "radio_buttons", "action_id": "site", "options": SITES},
        },
        {
            "type": "input",
            "block_id": "crcl",
            "label": plain("CrCl"),
            "hint": plain("mL/min, Cockcroft-Gault"),
            "optional": True,
            "element": {"type": "number_input", "action_id": "crcl", "is_decimal_allowed": True},
        },
        {
            "type": "input",
            "block_id": "allergy",
            "label": plain("Allergies"),
            "optional": True,
            "element": {
                "type": "checkboxes",
                "action_id": "allergy",
                "options": [option("Penicillin", "penicillin"), option("Cephalosporin", "cephalosporin")],
            },
        },
        {
            "type": "input",
            "block_id": "resistant",
            "label": plain("Reported resistant"),
            "optional": True,
            "element": {
                "type": "multi_static_select",
                "action_id": "resistant",
                "options": [option("Colistin", "colistin"), option("Fosfomycin", "fosfomycin")],
            },
        },
        {
            "type": "input",
            "block_id": "note",
            "label": plain("Organism"),
            "optional": True,
            "element": {"type": "plain_text_input", "action_id": "crcl", "max_length": 80},
        },
    ],
}
