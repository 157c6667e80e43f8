"""Kidney function: the value of now and never a stale one, and dialysis that is given to this patient now."""

from __future__ import annotations

import pytest

from tests.handlers.understanding.reader import read
from tests.handlers.understanding.test_phrases import phrases

MOST_MISSED = 0


def renal(said: str) -> list[object]:
    """What is read with the words in the middle of a message, and at its beginning."""
    texts = (f"KPC bacteremia, {said}. Which dose of avycaz?", f"{said}, KPC bacteremia, dose of avycaz?")
    return [read(text).flat()["renal"] for text in texts]


def test_no_message_gets_a_value_or_dialysis_that_it_does_not_have() -> None:
    """Of 220 messages written by somebody else than wrote the rules, none is read wrongly; few are missed."""
    missed = 0
    rows = phrases("kidneys.jsonl")
    for row in rows:
        got = read(row["text"]).flat()["renal"]
        assert got is None or got == row["renal"], row["text"]
        missed += got != row["renal"]
    assert missed <= MOST_MISSED, missed


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("CrCl 60 on Monday, 25 now", {"crcl": 25}),
        *(("43 mL/min CrCl", {"crcl": 43}), ("400 mL/min CrCl", {"crcl": 400})),
        *((f"{value} mL/min CrCl", None) for value in ("401", "99999999", "30-40", "30 to 40", "2019")),
        *(("CVVH stopped Mon CrCl 44 today", {"crcl": 44}), ("little old lady CrCl 33", {"crcl": 33})),
        *(("todays eGFR is 31 (yest 26)", {"egfr": 31}), ("trial off CRRT failed, restarted", {"dialysis": "crrt"})),
        *(("HD meant hospital day, CrCl 72", {"crcl": 72}), ("surgeons want HD (high-dose) tigecycline", None)),
        *(
            ("no longer needs dialysis, eGFR 33 up from 12", {"egfr": 33}),
            ("he'll end up on CRRT, CrCl 20", {"crcl": 20}),
        ),
        ("CrCl went from 88 at baseline to 34 today", {"crcl": 34}),
        ("eGFR was 70 last week and has crashed since, now 22", {"egfr": 22}),
        ("CrCl 22 today, was 60 yesterday", {"crcl": 22}),
        ("CrCl 22 (60 on admission)", {"crcl": 22}),
        ("CrCl (baseline 80) 31", {"crcl": 31}),
        ("CrCl 80 at baseline, currently 31", {"crcl": 31}),
        ("CrCl 60 -> 40 -> 22", {"crcl": 22}),
        ("eGFR 44 yesterday, 29 this morning", {"egfr": 29}),
        ("eGFR 29 this morning (44 yesterday)", {"egfr": 29}),
        ("today's CrCl 41, yesterday's 60", {"crcl": 41}),
        ("yesterday's CrCl 60, today's 41", {"crcl": 41}),
        ("baseline eGFR 60, eGFR now 25", {"egfr": 25}),
        ("eGFR 25, baseline eGFR 60", {"egfr": 25}),
        ("CrCl 45. Label says 1.25 g for CrCl 31-50", {"crcl": 45}),
        ("eGFR dropped 40% to 31", {"egfr": 31}),
        ("CrCl 60 on admission. Now 25.", {"crcl": 25}),
        ("CrCl 60 on admission; today it's 25", {"crcl": 25}),
        ("CrCl 55. Now 38.5 and rigoring", {"crcl": 55}),
        ("CrCl 45 ml/min/1.73m2 now", {"crcl": 45}),
        ("CrCl 38 on 3/4", {"crcl": 38}),
        ("eGFR 28,5 ml/min", {"egfr": 28.5}),
        ("CrCl 45,80 kg", {"crcl": 45}),
        ("CrCl thirty-five", {"crcl": 35}),
        ("CrCl mon 60, tue 40, today 25", {"crcl": 25}),
        ("eGFR 60ish last month, 19 now", {"egfr": 19}),
        ("CrCl up to 80 from 35", {"crcl": 80}),
        ("CrCl down from 80 to 35", {"crcl": 35}),
        ("CrCl down to 35", {"crcl": 35}),
        ("CrCl improving, 35 -> 62", {"crcl": 62}),
        ("CrCl 62 from 35", {"crcl": 62}),
        ("CrCl 18, from 41", {"crcl": 18}),
        ("donor's eGFR 95, pt CrCl 30", {"crcl": 30}),
        ("if CrCl drops below 30 do we change? CrCl 44 today", {"crcl": 44}),
        ("CrCl 44 (eGFR 50)", {"crcl": 44}),
        ("CrCl 72 (Cockcroft-Gault 72)", {"crcl": 72}),
        ("C-G 48 ml/min", {"crcl": 48}),
        ("CrCl by C-G 48", {"crcl": 48}),
        ("Cockcroft and Gault: 55 mL/min", {"crcl": 55}),
        ("eGFR CKD-EPI 2021: 66", {"egfr": 66}),
        ("MDRD 44", {"egfr": 44}),
        ("CrCl 66 at 6 am", {"crcl": 66}),
        ("eGFR 44 (CKD3b)", {"egfr": 44}),
        ("CrCl 30 72F", {"crcl": 30}),
        ("CrCl 41, 38.9C", {"crcl": 41}),
        ("CrCl 41 day 3", {"crcl": 41}),
        ("72M CrCl 41 wt 80", {"crcl": 41}),
        ("Cr clearance dropped to 30 on Friday, back at 60 today", {"crcl": 60}),
        ("CrCl today 25 yesterday 60", {"crcl": 25}),
        ("CrCl yesterday 60 today 25", {"crcl": 25}),
        ("CrCl 60 yesterday 25 today", {"crcl": 25}),
        ("CrCl 25 now 60 before", {"crcl": 25}),
        ("CrCl 60 before, 25 now", {"crcl": 25}),
        ("CrCl 25 vs 60 last week", {"crcl": 25}),
        ("CrCl 25 compared with 60 at baseline", {"crcl": 25}),
        ("last CrCl 45", {"crcl": 45}),
        ("latest CrCl 45", {"crcl": 45}),
        ("eGFR halved to 31", {"egfr": 31}),
        ("bed 7 on HD is not mine; my pt CrCl 40", {"crcl": 40}),
    ],
)
def test_the_value_of_now_is_read(said: str, value: dict[str, float]) -> None:
    """The newer end of a change, however it is told; a date, an age or a temperature beside it is no value."""
    assert renal(said) == [value, value]


@pytest.mark.parametrize(
    "said",
    [
        "CrCl was 45 on admission",
        "CrCl 30-40",
        "CrCl between 30 and 50",
        "eGFR fell by 30%",
        "CrCl in the thirties",
        "crcl forty to fifty",
        "clearance of blood cultures took 5 days",
        "cleared cultures, clearance on 3/4",
        "CCR5 antagonist on board",
        "CrCl Mon 60, Tue 40",
        "eGFR halved from 60",
        "previous eGFR 70",
    ],
)
def test_a_value_that_is_old_or_not_clear_is_none(said: str) -> None:
    """A value of another time, a range, a difference, or two of which neither is said to be of now: the table shows."""
    assert renal(said) == [None, None]


@pytest.mark.parametrize(
    ("said", "given"),
    [
        ("had HD yesterday", "hd"),
        ("needs HD 3x/week", "hd"),
        ("needed HD overnight, next session tomorrow", "hd"),
        ("on HD since 2019", "hd"),
        ("started HD in March", "hd"),
        ("needed HD since March", "hd"),
        ("not sure about the dose on HD", "hd"),
        ("no dose adjustment for HD?", "hd"),
        ("no missed HD sessions", "hd"),
        ("didn't tolerate HD so on CVVHDF", "crrt"),
        ("not making urine, on HD", "hd"),
        ("no allergies, HD MWF", "hd"),
        ("no need to change dose on CRRT?", "crrt"),
        ("do we need to dose after HD", "hd"),
        ("need dose for HD", "hd"),
        ("I don't have a dose for CRRT", "crrt"),
        ("we don't know the dose on CRRT", "crrt"),
        ("avoiding aminoglycosides, on HD", "hd"),
        ("avoid line, HD via fistula", "hd"),
        ("how should I dose this on HD, thinking of avycaz", "hd"),
        ("thinking of cefiderocol on CRRT", "crrt"),
        ("considering avycaz for HD patient", "hd"),
        ("HD line pulled, ESRD on HD MWF", "hd"),
        ("dialysis pt, haemodynamically stable", "hd"),
        ("ESRD (HD)", "hd"),
        ("end stage kidney disease (HD)", "hd"),
        ("HDU pt on haemofilter", "crrt"),
        ("started on the filter last night", "crrt"),
        ("on hemo MWF", "hd"),
        ("home haemo x4/wk", "hd"),
        ("Prisma Health transfer, on CRRT", "crrt"),
        ("bed 7: HD pt", "hd"),
        ("mine is the one on HD in bed 4", "hd"),
        ("HD failed so switched to CVVH", "crrt"),
        ("CRRT yesterday, moved to HD today", "hd"),
        ("dializado cronico", "hd"),
        ("dialysepflichtig", "hd"),
        ("in dialisi", "hd"),
        ("em hemodiálise", "hd"),
        ("sous hémofiltration", "crrt"),
        ("ended up on CRRT last night", "crrt"),
        ("colistin put her on dialysis", "hd"),
        ("KPC, HD tomorrow", "hd"),
        ("HD days MWF", "hd"),
        ("he has been on CRRT for 4 days", "crrt"),
        ("needed CRRT for 4 days and still on it", "crrt"),
        ("CRRT since June", "crrt"),
        ("had CRRT in June and again now", "crrt"),
    ],
)
def test_dialysis_given_now_is_read(said: str, given: str) -> None:
    """In many words and languages, and beside a "no", an "avoid" or a plan that is about something else."""
    assert renal(said) == [{"dialysis": given}] * 2


@pytest.mark.parametrize(
    "said",
    [
        "needed HD twice in 2020 after a crush injury, none since",
        "required CRRT last year",
        "had a run of dialysis in May, kidneys back to normal",
        "team discussing whether to start CRRT",
        "hoping to avoid dialysis",
        "trying to keep her off dialysis",
        "dialysis is not indicated",
        "dialysis not needed so far",
        "HD isn't on the cards",
        "no plans for dialysis",
        "there is no urgent need for haemodialysis",
        "no indication for RRT",
        "doesn't need HD",
        "has never required dialysis",
        "HD line removed last month, AKI resolved",
        "nurse on the dialysis unit asks",
        "in the HD unit for a transfusion",
        "haemodialysis dept outbreak",
        "Huntington's disease (HD) pt",
        "HD (Huntington's)",
        "off the filter since Tuesday",
        "IVC filter",
        "on haemo-onc ward",
        "periton diyalizi",
        "dialisi peritoneale",
        "risk of ending up on dialysis with colistin",
        "might end up on CRRT",
        "plan is CRRT tonight if acidosis worsens",
        "got HD in Jan, since recovered",
        "on HD till last month when his graft kicked in",
    ],
)
def test_dialysis_not_given_now_is_none(said: str) -> None:
    """Denied, only talked of, past, of a ward or another bed, peritoneal, or another "HD"."""
    assert renal(said) == [None, None]


def test_another_bed_and_a_changed_kind() -> None:
    """Dialysis of another bed leaves this patient's value; the filter that is off ends the thread's dialysis."""
    assert renal("bed 7 on HD is not mine; my pt CrCl 40") == [{"crcl": 40}] * 2
    assert read("off the filter now, KPC VAP").renal_denied


def test_long_runs_are_read_in_linear_time() -> None:
    """A message of nothing but values, or of dialysis denied, ends and gives no value."""
    for unit in ("CrCl 60 now 25 then 40 ", "no need for HD or ", "CrCl to to to "):
        read((unit * 400)[:4000])


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("KPC bsi, came in with CrCl 72, this morning it's 31, dose CZA?", {"crcl": 31}),
        ("NDM pyelo. CrCl 72 pre-op and 31 post-op, cefiderocol dose", {"crcl": 31}),
        ("OXA-48 VAP; CrCl trend 90/60/31, zavicefta?", None),
        ("KPC cIAI, eGFR 61 (Tues) then 44 (Wed) then 30 (Thurs), dose?", None),
        ("KPC VAP eGFR improved 22 ⇒ 48, increase the dose?", {"egfr": 48}),
        ("CrCl previously 90, dropped to 40. KPC blood", {"crcl": 40}),
        ("CrCl 40 (prev 90) KPC blood", {"crcl": 40}),
        ("CrCl 40, prev 90, KPC blood", {"crcl": 40}),
        ("his usual eGFR is 75, today 38, NDM", {"egfr": 38}),
        ("Creat clearance fell to 28 overnight, NDM bsi", {"crcl": 28}),
        ("CrCl has come up from 20 to 55 on fluids, KPC", {"crcl": 55}),
        ("crcl 20 yesterday, better today at 35. KPC line", {"crcl": 35}),
        ("eGFR currently 41 having been 66 at baseline, OXA-48", {"egfr": 41}),
        ("eGFR 66 last clinic visit. Now AKI, creat 400. KPC", None),
        ("KPC UTI, known CKD baseline GFR 35, creat today 350", None),
        ("CrCl 25-30, KPC", None),
        ("CrCl ~ 30ish KPC bsi", {"crcl": 30}),
        ("KPC bsi, CrCl about 45 give or take", {"crcl": 45}),
        ("KPC bsi CrCl: 45 (Cockcroft-Gault, IBW)", {"crcl": 45}),
        ("KPC bsi CrCl (IBW) 45", {"crcl": 45}),
        ("KPC bsi CrCl(CG)=45", {"crcl": 45}),
        ("C&G CrCl of 45, KPC", {"crcl": 45}),
        ("cockroft gault 45, KPC bsi", {"crcl": 45}),
        ("aclaramiento 45,5 ml/min, KPC bacteriemia", {"crcl": 45.5}),
        ("Krea-Clearance 33, KPC", {"crcl": 33}),
        ("eGFR (MDRD) 33, KPC", {"egfr": 33}),
        ("CKD-EPI 2021: 33 ml/min, KPC pyelo", {"egfr": 33}),
        ("crcl was calcd as 37 by pharmacy, NDM", {"crcl": 37}),
        ("pharmacy makes it CrCl 37, NDM", {"crcl": 37}),
        ("Her CrCl: 37 → 12 → started CRRT, NDM", {"dialysis": "crrt"}),
        ("KPC bsi; CrCl 30, weight 80", {"crcl": 30}),
        ("KPC bsi; CrCl 30 80kg 67F", {"crcl": 30}),
        ("KPC; eGFR 30. Was 60 last week.", {"egfr": 30}),
        ("KPC; eGFR 30 was 60 last week.", {"egfr": 30}),
        ("KPC; eGFR 60 was 30 last week.", {"egfr": 60}),
        ("KPC; eGFR 60 in January, nothing since", None),
        ("KPC; CrCl at discharge in May was 70, not rechecked", None),
        ("label: reduce when CrCl <50. KPC bsi, his CrCl 51", {"crcl": 51}),
        ("KPC bsi. Dialysis was discussed but nephro happy to hold off", None),
        ("KPC bsi. nephrologists do not feel dialysis is warranted", None),
        ("KPC bsi; dialysis being considered", None),
        ("KPC bsi; will need dialysis if K climbs", None),
        ("no one is planning HD yet, KPC bsi", None),
        ("KPC; RRT not required", None),
        ("KPC; not keen on dialysis", None),
        ("we want to spare him from CRRT; KPC", None),
        ("KPC. AKI recovering without needing RRT or HD", None),
        ("NDM, narrowly avoided CRRT last week", None),
        ("KPC bsi in our dialysis centre, how to screen contacts", None),
        ("transferred from HD unit across town, KPC in urine, on HD TTS", {"dialysis": "hd"}),
        ("KPC; HD via R IJ permcath", {"dialysis": "hd"}),
        ("KPC; permcath for HD, sessions MWF", {"dialysis": "hd"}),
        ("dialysed for 3 weeks in 2022, KPC now", None),
        ("brief CRRT after her CABG in March, renal recovered. KPC", None),
        ("was dialysed through the AKI, stopped in July; KPC", None),
        ("once had HD for lithium, NDM pyelo", None),
        ("temporary dialysis in Feb, KPC pyelo", None),
        ("on HD from March to June, KPC pyelo now, creat 1.3", None),
        ("wife's on HD; he has KPC pyelo", None),
        ("roommate on CRRT, my pt NDM UTI, eGFR 50", {"egfr": 50}),
        ("bed 3 (CRRT) is a different patient. KPC in bed 5, CrCl 60", {"crcl": 60}),
        ("intermittent haemo TThS, KPC", {"dialysis": "hd"}),
        ("KPC, hemodyalisis pt", {"dialysis": "hd"}),
        ("KPC, hémodialyse intermittente", {"dialysis": "hd"}),
        ("KPC, in emodialisi 3 volte", {"dialysis": "hd"}),
        ("KPC bsi, haemofiltration running", {"dialysis": "crrt"}),
        ("KPC, filter clotted, CVVHDF restarted", {"dialysis": "crrt"}),
        ("KPC, tried iHD, now back on CRRT", {"dialysis": "crrt"}),
        ("KPC, CRRT until yesterday, iHD from today", {"dialysis": "hd"}),
        ("iHD not tolerated, CVVHD since noon, NDM", {"dialysis": "crrt"}),
        ("KPC, CRRT circuit down, on HD instead", {"dialysis": "hd"}),
        ("NDM; prismaflex at 30 ml/kg/h", {"dialysis": "crrt"}),
        ("KPC, HD wise ok, off norad", None),
        ("KPC HD improving, pressors off", None),
        ("chorea from Huntington's, on HD ward, KPC UTI", None),
        ("KPC; Hodgkin's disease (HD) on chemo", None),
    ],
)
def test_whole_messages(text: str, want: dict[str, object] | None) -> None:
    """Changes of value, dialysis given and not given, in further words."""
    assert read(text).flat()["renal"] == want


@pytest.mark.parametrize("text", ["kidneys tanking, egfr 80 two days ago and 35 now, KPC", "CrCl 55 and 31 today, KPC"])
def test_an_unclear_change_is_never_the_old_value(text: str) -> None:
    """When the words between two values are not understood, the first is not taken."""
    assert read(text).flat()["renal"] in (None, {"egfr": 35}, {"crcl": 31})


def test_dialysis_that_goes_on_is_dialysis_and_a_clearance_swab_no_clearance() -> None:
    """ "Ongoing" says of a test that it is awaited, and of a filter that it runs."""
    assert read("CVVHDF ongoing, KPC in blood").flat()["renal"] == {"dialysis": "crrt"}
    assert read("KPC in blood, PCR ongoing").flat()["mechanisms"] != []
    assert read("after 3 clearance swabs can the KPC pt come out").flat()["renal"] is None
    assert read("CRRT came off sunday, CrCl today 36. KPC in blood").flat()["renal"] == {"crcl": 36}
    assert read("worried he'll end up on CRRT. KPC in blood").flat()["renal"] is None
