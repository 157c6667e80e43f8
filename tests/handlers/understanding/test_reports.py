"""Susceptibilities: what is reported for the patient's isolate, and what only looks like it."""

from __future__ import annotations

import pytest

from tests.handlers.understanding.reader import flat, read


def reports(text: str) -> tuple[str, str]:
    """The antimicrobials reported R and S, each as one string."""
    got = flat(text)
    return " ".join(got["resistant"]), " ".join(got["susceptible"])


@pytest.mark.parametrize(
    "text",
    [
        "roommate's CRE was gent-sensitive, ours isn't done yet. OXA-48 pyelo",
        "The patient next door has an NDM that's R to colistin. Mine is KPC, sensis not back. VAP",
        "her husband had CRE, gent S. she has KPC pyelo",
        "Other bottle grew an E. coli that's S to cipro (not the CRE). The CRE kleb is KPC. Bacteremia",
        "Last year's urine isolate was S to gent and R to cipro. This year's CRE has no sens yet. KPC pyelo",
        "Last year's urine: ESBL, gent R, cipro S. Now KPC BSI, no sens",
        "previous admission: KPC kleb, caz-avi R, gent S. New admission: NDM E. coli in blood",
        "the ESBL from March was sensitive to mero, current isolate is CPE (OXA-48). Biliary sepsis",
        "KPC BSI. gent S last admission",
        "Previously S to gent. KPC BSI now",
        "KPC BSI and an enterococcus S to levo",
        "KPC VAP, BAL also grew pseudomonas, mero S, cipro S",
        "Bed 12's NDM was sensitive to amikacin. My lady (KPC, VAP) has no AST back",
        "mum's isolate abroad was colistin R. daughter now has KPC pyelo",
        "Sensitivities from the December admission: mero S, gent S. This admission KPC in blood",
        "before the transplant his kleb was S to mero, since then KPC. liver abscess",
        "wrong patient's report, ignore: mero R, gent S. KPC BSI for mine",
        "KPC in blood; urine E. coli (ESBL) S to nitro",
        "the man across the hall had a CRE S to gent. KPC BSI",
    ],
)
def test_a_report_of_another_isolate_is_none(text: str) -> None:
    """Another person's isolate, an earlier one, another culture's, another organism's."""
    assert reports(text) == ("", "")


@pytest.mark.parametrize(
    ("text", "resistant", "susceptible"),
    [
        ("the outbreak strain is R to gent, ours S to gent. KPC BSI", "", "gentamicin"),
        ("Prior KPC isolate caz-avi S, current one caz-avi R. BSI", "ceftazidime-avibactam", ""),
        ("Her previous isolates were all S to cipro, this one is R to cipro. KPC BSI", "ciprofloxacin", ""),
        ("old cultures: mero S\nnew culture: mero R, gent R. KPC BSI", "gentamicin meropenem", ""),
        ("prior UTI, KPC kleb in blood, caz-avi S", "", "ceftazidime-avibactam"),
        ("previously on cipro, gent S. KPC pyelo", "", "gentamicin"),
        ("wife reports penicillin allergy. KPC BSI caz-avi S", "", "ceftazidime-avibactam"),
        ("Pseudomonas last month. KPC kleb now, caz-avi S, gent R", "gentamicin", "ceftazidime-avibactam"),
        ("2 months ago her E coli was cipro S. Now growing kleb KPC, cipro R. pyelo", "ciprofloxacin", ""),
        ("first culture: KPC kleb, mero R. BSI", "meropenem", ""),
        ("originally from India. NDM BSI, colistin S", "", "colistin"),
        ("MRSA colonised, KPC BSI, gent S", "", "gentamicin"),
        ("3 months ago had TKR, KPC PJI, gent S", "", "gentamicin"),
        ("ICU bed 9, KPC VAP, gent S", "", "gentamicin"),
        ("KPC kleb, ESBL too, gent R. BSI", "gentamicin", ""),
        ("ESBL with porin loss, no carbapenemase, erta R mero S. BSI", "ertapenem", "meropenem"),
        ("pneumonia last year, KPC BSI, sensitive to CZA", "", "ceftazidime-avibactam"),
    ],
)
def test_the_patients_own_isolate_begins_again(text: str, resistant: str, susceptible: str) -> None:
    """What is said of another ends where the patient's own isolate is named."""
    assert reports(text) == (resistant, susceptible)


@pytest.mark.parametrize(
    "text",
    [
        "Does caz-avi resistance emerge on treatment in KPC pneumonia?",
        "is colistin resistance common in OXA-48? VAP",
        "how common is resistance to caz-avi in KPC BSI?",
        "what's the rate of caz-avi resistance in KPC",
        "my reg reckons it'll be sensitive to fosfomycin. KPC cystitis",
        "Suspect it's going to be resistant to gent like the others. KPC bacteremia",
        "KPC BSI. I think it's R to gent",
        "KPC BSI, gent will probably be R",
        "could it be resistant to caz-avi? KPC BSI",
        "worried it's caz-avi R. KPC BSI",
        "fingers crossed it is sensitive to plazo. KPC pyelo",
        "do KPC isolates usually stay sensitive to gent? pyelo",
        "I'm told VIMs are normally aztreonam S. VIM BSI",
        "KPC BSI. mero R vs S?",
        "KPC BSI. is gent R or S?",
        "KPC BSI. I think gent changed from S to R",
        "KPC BSI. if gent goes from S to R what then",
        "KPC BSI. can gent change from S to R on treatment?",
        "KPC BSI. gent S -> R?",
    ],
)
def test_what_is_asked_or_supposed_is_no_report(text: str) -> None:
    """Resistance as such, guesses, what is to come and what is left open."""
    assert reports(text) == ("", "")


@pytest.mark.parametrize(
    ("text", "resistant", "susceptible"),
    [
        ("does it matter that imi is R and mero is S? OXA-48, blood", "imipenem", "meropenem"),
        ("is it odd that erta is R? OXA-48 BSI", "ertapenem", ""),
        ("KPC BSI, caz-avi resistance confirmed", "ceftazidime-avibactam", ""),
        ("KPC BSI, would cefiderocol be ok with gent S", "", "gentamicin"),
        ("I think we should use gent as it is S. KPC pyelo", "", "gentamicin"),
        ("thinking plazo since gent R. KPC BSI", "gentamicin", ""),
        ("unlike last time the kleb is resistant to fosfo. KPC UTI", "fosfomycin", ""),
        ("what do you think, gent S, KPC pyelo", "", "gentamicin"),
    ],
)
def test_a_report_inside_a_question_is_one(text: str, resistant: str, susceptible: str) -> None:
    """What a question takes as given is reported."""
    assert reports(text) == (resistant, susceptible)


@pytest.mark.parametrize(
    ("text", "resistant", "susceptible"),
    [
        ("first report said colistin R but BMD repeat says S. VIM VAP", "", "colistin"),
        ("cefiderocol changed from S to R. NDM line infection", "cefiderocol", ""),
        ("KPC BSI. caz-avi S -> R", "ceftazidime-avibactam", ""),
        ("KPC BSI. gent was S last month, R now", "gentamicin", ""),
        ("KPC BSI, amik R on Vitek, S by BMD", "", "amikacin"),
        ("amikacin is R, not S. KPC BSI", "amikacin", ""),
        ("KPC BSI caz avi R now. was S 2 wks ago", "ceftazidime-avibactam", ""),
        ("caz-avi S on day 1, R on day 14 repeat. KPC BSI", "ceftazidime-avibactam", ""),
        ("disc said mero-vabor R but the Etest says S. KPC BSI", "", ""),
        ("caz-avi susceptible, ceftol/tazo resistant. OXA-48 cIAI", "", "ceftazidime-avibactam"),
        ("gent R, rest S. KPC BSI", "gentamicin", ""),
        ("on mero, colistin changed from S to R. KPC VAP", "colistin", ""),
        ("KPC BSI colistin R, now S/P trach", "colistin", ""),
        ("KPC BSI colistin S, repeat culture grew S aureus", "", "colistin"),
        ("KPC BSI, caz-avi S. now R sided effusion", "", "ceftazidime-avibactam"),
        ("KPC BSI, gent R, no sens on repeat", "gentamicin", ""),
    ],
)
def test_a_corrected_report_counts_as_corrected(text: str, resistant: str, susceptible: str) -> None:
    """The later result of the same antimicrobial replaces the first; what only looks like one does not."""
    assert reports(text) == (resistant, susceptible)


@pytest.mark.parametrize(
    ("text", "resistant", "susceptible"),
    [
        ("SENSITIVE\ncaz-avi, tige\nRESISTANT\nmero, gent\nINTERMEDIATE\ncolistin\nKPC VAP", "gentamicin meropenem",
         "ceftazidime-avibactam tigecycline"),
        ("R\nMeropenem\nErtapenem\n\nS\nGentamicin\nKPC BSI", "ertapenem meropenem", "gentamicin"),
        ("Ertapenem\nR\nMeropenem\nS\nKPC neg, BSI, CRE", "ertapenem", "meropenem"),
        ("Sens:\n CZA 1\n TGC 0.5\nRes:\n MEM 32\nKPC BSI", "meropenem", "ceftazidime-avibactam tigecycline"),
        ("Sensitive to:\n- amikacin\n- fosfomycin\nResistant to:\n- cipro\nNDM cystitis", "ciprofloxacin",
         "amikacin fosfomycin"),
        ("Sens:\nMEM 32\nCZA 1\nKPC BSI", "", ""),
        ("Sens\nmero, gent, amik\nKPC BSI", "", ""),
        ("Resistant:\nmero, erta\nPlan:\ncaz-avi\nKPC BSI", "ertapenem meropenem", ""),
        ("Resistant:\nmero, erta\ncaz-avi?\nKPC BSI", "ertapenem meropenem", ""),
        ("Resistant\nmero\n\ncaz-avi\nKPC BSI", "meropenem", ""),
    ],
)  # fmt: skip
def test_a_report_on_a_line_of_its_own(text: str, resistant: str, susceptible: str) -> None:
    """A heading is of the list under it, never of values under their title nor of a plan."""
    assert reports(text) == (resistant, susceptible)


@pytest.mark.parametrize(
    ("text", "resistant", "susceptible"),
    [
        ("R to all carbapenems (mero, erta) + cipro. OXA-48 BSI", "ciprofloxacin ertapenem meropenem", ""),
        ("Resistant to both aminoglycosides tested (gent + amik). KPC VAP", "amikacin gentamicin", ""),
        ("resistant to every drug on the panel including colistin and amikacin. NDM-1. blood", "amikacin colistin", ""),
        ("susceptible to all three newer BLBLIs, i.e. caz-avi, mero-vabor. KPC BSI", "",
         "ceftazidime-avibactam meropenem-vaborbactam"),
        ("resistant to pretty much everything - cipro, gent, mero - but fosfo is still sensitive. NDM UTI",
         "ciprofloxacin gentamicin meropenem", "fosfomycin"),
        ("KPC BSI. R to everything - amik and colistin left", "", ""),
        ("KPC BSI. R to everything - colistin, tige, amik?", "", ""),
        ("KPC BSI. resistant to carbapenems: caz-avi or mero-vabor", "", ""),
        ("KPC BSI. resistant to carbapenems (caz-avi started)", "", ""),
        ("pan-R E. coli incl. FDC. NDM VAP", "", ""),
        ("R to everything bar amik and fosfo. VIM CAUTI", "", ""),
    ],
)  # fmt: skip
def test_the_members_of_a_class_have_its_report(text: str, resistant: str, susceptible: str) -> None:
    """Only when they are listed as its members; nothing is inferred of what is excepted or planned."""
    assert reports(text) == (resistant, susceptible)


@pytest.mark.parametrize(
    ("text", "resistant", "susceptible"),
    [
        ("they did an e-test for caz-avi and it's resistant, MIC 32. KPC BSI", "ceftazidime-avibactam", ""),
        ("can we stop the colistin? it's R anyway. KPC VAP", "colistin", ""),
        ("ID said use gent, and lab has it as susceptible. NDM BSI", "", "gentamicin"),
        ("gent is the only S. KPC pyelo", "", "gentamicin"),
        ("bactrim and fosfo are the only orals reported S. OXA-48 cystitis", "", "fosfomycin tmp-smx"),
        ("ceftaz-avi no good (R). NDM BSI", "ceftazidime-avibactam", ""),
        ("FDC (disc 24 mm, S), CZA (>16, R). NDM meningitis", "ceftazidime-avibactam", "cefiderocol"),
        ("FDC disc read as S, caz-avi repeat testing remains S. KPC", "", "cefiderocol ceftazidime-avibactam"),
        ("cipro's R. gent's R. amik's S. KPC pyelo", "ciprofloxacin gentamicin", "amikacin"),
        ("KPC abscess, sensitive: 1) Avycaz 2) amikacin. resistant: 1) meropenem 2) Cipro", "ciprofloxacin meropenem",
         "amikacin ceftazidime-avibactam"),
        ("S: fosfomycin (urine), amikacin. R: the rest. VIM cystitis", "", "amikacin fosfomycin"),
        ("FOS-IV S, gent IV R. OXA-48 BSI", "gentamicin", "fosfomycin"),
        ("R to plain imipenem and meropenem. KPC HAP", "imipenem meropenem", ""),
        ("amikacin: that's S. mero: that's R. KPC pyelo", "meropenem", "amikacin"),
        ("we have her on caz-avi and thankfully it's sensitive. KPC BSI", "", "ceftazidime-avibactam"),
        ("tigecycline was flagged R, eravacycline remains S. NDM cIAI", "tigecycline", "eravacycline"),
        ("susceptible to amikacin IV and fosfomycin PO, resistant to oral cipro. NDM UTI", "ciprofloxacin",
         "amikacin fosfomycin"),
        ("can we use gent? if it's S of course. KPC BSI", "", ""),
        ("gent, if that is S. KPC BSI", "", ""),
        ("gent given (R arm swollen). KPC BSI", "", ""),
        ("is gent the only S?", "", ""),
        ("cipro's on the chart, R ear pain. KPC BSI", "", ""),
        ("R to mero + caz-avi started. KPC BSI", "meropenem", ""),
        ("S to gent + cipro tomorrow. KPC BSI", "", "gentamicin"),
        ("R to mero (urine), caz-avi started. KPC BSI", "meropenem", ""),
    ],
)  # fmt: skip
def test_a_report_told_of_the_antimicrobial_just_named(text: str, resistant: str, susceptible: str) -> None:
    """In a clause of its own, in brackets, over words like "remains", in numbered lists; not of what is given."""
    assert reports(text) == (resistant, susceptible)


@pytest.mark.parametrize(
    "text",
    [
        "gent S was a typo. KPC BSI",
        "ignore the gent S, wrong sample. KPC BSI",
        "Lab retracted the colistin R. NDM VAP",
        "caz-avi S has been suppressed by the lab. KPC BSI",
        "no caz-avi resistance seen. KPC BSI",
        "never been R to gent before. KPC BSI",
        "need S to colistin confirmed. NDM VAP",
        "we need gent to be S. KPC pyelo",
        "caz-avi R?? KPC BSI",
        "gent S? amik S? KPC pyelo",
        "surely R to mero? KPC BSI",
        "KPC BSI. mero-vabor: S expected tomorrow",
        "NDM VAP. colistin E-test S but micro says unreliable",
        "KPC BSI. rumour that caz-avi is R",
        "KPC BSI. gent had been S",
        "KPC BSI. Two pts on ward, the other one is R to caz-avi",
        "KPC BSI. Options for isolates R to caz-avi",
        "KPC BSI. evidence for mero-vabor in caz-avi-R strains?",
        "KPC BSI. EUCAST calls it S to fosfo if MIC<=8",
        "most KPC are R to gent. BSI, KPC, AST tomorrow",
        "I assumed it was S to cipro. KPC pyelo",
        "switched gent -> S/C route? KPC BSI",
    ],
)
def test_a_report_taken_back_denied_or_only_asked_for_is_none(text: str) -> None:
    """Typing errors, results the laboratory withdrew, wishes, and questions that hold nothing but the report."""
    assert reports(text) == ("", "")


@pytest.mark.parametrize(
    ("text", "resistant", "susceptible"),
    [
        ("gent S - no wait, gent R. KPC BSI", "gentamicin", ""),
        ("R to cipro, sorry, S to cipro. KPC pyelo", "", "ciprofloxacin"),
        ("gent S sorry R. KPC BSI", "gentamicin", ""),
        ("amik: was R, is S. KPC BSI", "", "amikacin"),
        ("gent S, wrong dose given yesterday. KPC BSI", "", "gentamicin"),
        ("need oral option, S to cipro. KPC pyelo", "", "ciprofloxacin"),
        ("cipro S so stop the meropenem? KPC pyelo", "", "ciprofloxacin"),
        ("erta R mero R cza S go w/ cza? KPC BSI", "ertapenem meropenem", "ceftazidime-avibactam"),
        ("both isolates R to mero, KPC BSI", "meropenem", ""),
        ("KPC BSI. gent S by EUCAST", "", "gentamicin"),
        ("KPC BSI. unlike bed 3 whose bug was R to caz-avi, this is S to caz-avi", "", "ceftazidime-avibactam"),
        ("most antibiotics out, gent S. KPC BSI", "", "gentamicin"),
    ],
)
def test_a_report_beside_such_words_stands(text: str, resistant: str, susceptible: str) -> None:
    """What was put right counts as corrected; errors and wishes of other things take nothing back."""
    assert reports(text) == (resistant, susceptible)


@pytest.mark.parametrize(
    "text",
    [
        "The E. coli in urine is ESBL, mero S, gent R. The kleb in blood is KPC, not tested yet",
        "KPC kleb BSI. The E. coli in urine is just an ESBL: gent S, cipro R",
        "She's very sensitive to colistin, creatinine doubled. NDM pneumonia",
        "his kidneys are very sensitive to gent. KPC BSI",
        "In January her urine CRE was sensitive to gent and resistant to cipro. KPC BSI",
        "explain how NDM can be resistant to Avycaz. BSI",
        "How reliable is Vitek for calling caz-avi S? KPC BSI",
        "repeat sens to look for CZA resistance. KPC BSI",
        "I've read that KPC kleb are R to gent. BSI",
        "20% of NDM E. coli are resistant to aztreonam-avibactam. BSI",
        "KPC BSI. susceptibility reported to gent pending",
        "KPC BSI. The CRP has gone from S to R",
    ],
)
def test_what_is_true_of_others_or_at_large_is_no_report(text: str) -> None:
    """An ESBL beside the CRE, kidneys, a past month, what a test is for, and what was read of many."""
    assert reports(text) == ("", "")


@pytest.mark.parametrize(
    ("text", "resistant", "susceptible"),
    [
        ("Resistant (R): AMC, TZP, CTX, CAZ, ETP. Susceptible (S): AMK. KPC BSI", "ertapenem", "amikacin"),
        ("Amikacin, gentamicin and plazomicin all resistant (16S methylase). NDM BSI",
         "amikacin gentamicin plazomicin", ""),
        ("NDM BSI. Resistant to CZA as expected, resistant to FDC too", "cefiderocol ceftazidime-avibactam", ""),
        ("options per sens would be bactrim (S) or cipro (S). KPC cystitis", "", "ciprofloxacin tmp-smx"),
        ("gent remains an option (S). KPC pyelo", "", "gentamicin"),
        ("KPC BSI. Caz-avi: S (MIC 8, right at the breakpoint)", "", "ceftazidime-avibactam"),
        ("KPC BSI. susceptible to colistin (MIC 0.5) and to amikacin", "", "amikacin colistin"),
        ("KPC BSI. S to amik with an MIC of 1 and to gent", "", "amikacin gentamicin"),
        ("KPC BSI. Sens to amik and to Zavicefta", "", "amikacin ceftazidime-avibactam"),
        ("KPC BSI. S to amik (MIC 2) with gent 5 mg/kg given", "", "amikacin"),
        ("KPC BSI. S to amik and to start gent", "", "amikacin"),
        ("KPC BSI. resistance reported to meropenem, ertapenem", "ertapenem meropenem", ""),
        ("susceptible to all three of caz-avi, mero-vab and imi-rel. KPC BSI", "",
         "ceftazidime-avibactam imipenem-relebactam meropenem-vaborbactam"),
        ("KPC BSI. Caz-avi S. Gent has gone from S to R", "gentamicin", "ceftazidime-avibactam"),
        ("KPC BSI. caz-avi S. The potassium has gone from S to R", "", "ceftazidime-avibactam"),
        ("We thought amik was S but the confirmatory Etest makes it R. KPC BSI", "amikacin", ""),
        ("imipenem first typed as S but corrected by the lab to R. KPC BSI", "imipenem", ""),
        ("KPC BSI. gent S, dose changed to R PICC", "", "gentamicin"),
        ("KPC BSI. sens to gent: R, sens to amik: S", "gentamicin", "amikacin"),
        ("KPC BSI. S to gent: R to amik", "amikacin", "gentamicin"),
        ("KPC BSI. mero, gent and amik, all R", "amikacin gentamicin meropenem", ""),
        ("KPC BSI. on amik, all R", "", ""),
        ("Reported today as CZA resistant. Reported last week as CZA susceptible. KPC BSI",
         "ceftazidime-avibactam", ""),
        ("KPC BSI. can we stop the colistin, gent S and amik R?", "amikacin", "gentamicin"),
        ("In January he had a stent. gent S. KPC BSI", "", "gentamicin"),
    ],
)  # fmt: skip
def test_lists_and_corrections_are_read_as_far_as_they_reach(text: str, resistant: str, susceptible: str) -> None:
    """Lists over brackets and values, reports behind "all", and what a later result puts right."""
    assert reports(text) == (resistant, susceptible)


@pytest.mark.parametrize(
    ("text", "resistant", "susceptible"),
    [
        ("mero R, avycaz S, coli S. KPC BSI", "meropenem", "ceftazidime-avibactam colistin"),
        ("KPC VAP, sens amik/tige/coli", "", "amikacin colistin tigecycline"),
        ("tige is sensitive, coli sensitive. KPC BSI", "", "colistin tigecycline"),
        ("KPC BSI. E. coli S to gent, amik R", "amikacin", "gentamicin"),
        ("urine: coli R mero. KPC", "meropenem", ""),
        ("KPC UTI. grew coli, sensitive to gent", "", "gentamicin"),
    ],
)
def test_coli_is_colistin_only_among_antimicrobials(text: str, resistant: str, susceptible: str) -> None:
    """ "Coli S" beside another antimicrobial, and never the organism."""
    assert reports(text) == (resistant, susceptible)


def test_what_is_so_by_nature_or_of_a_strain_elsewhere_is_no_report() -> None:
    """Intrinsic resistance is knowledge; a strain "there" is another one; a repeat by broth decides."""
    assert read("isn't Proteus intrinsically resistant to colistin? NDM Proteus, no AST yet").flat()["resistant"] == []
    assert (
        read("Referral says the strain there (Jan) was resistant to CZA. New cultures KPC, AST pending").flat()[
            "resistant"
        ]
        == []
    )
    assert read("Vitek flagged tigecycline R, repeat by broth microdil says S. NDM").flat()["resistant"] == []


def test_the_last_of_a_list_has_its_own_report_behind_a_colon() -> None:
    """ "Sensitive to CZA, colistin: R" says R of colistin alone; "sens to gent: R" has one agent and its result."""
    both = read("sensitive to CZA, colistin: R. KPC in blood").flat()
    assert (both["resistant"], both["susceptible"]) == (["colistin"], ["ceftazidime-avibactam"])
    assert read("sens to gent: R. KPC in blood").flat()["resistant"] == ["gentamicin"]
