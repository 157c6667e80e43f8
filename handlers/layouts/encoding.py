"""A question in a button's value: ids only, so that any replica can go on from any message.

Nine controls of a message hold the whole question, and Slack counts them with its size: so the words are packed.
"""

from __future__ import annotations

import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import lru_cache

from knowledge.question import Question

# The words that a question is likely to hold. Buttons of old messages are read with it: never change it, add a form.
_WORDS = (
    b"endocarditisbone_jointsstcnsciaiutipicuticystitispneumoniabacteremiaunknownnon_cpmbloxa48impvimndmkpc"
    b'out_of_scopehelpcombinationevidenceinfection_controldurationdosetreatmentpdcrrthdegfrcrcl"}'
    b"Proteus mirabilisEscherichia coliKlebsiella pneumoniae spp.oralivvalproate"
    b'"penicillin","cephalosporin","carbapenem","monobactam","beta_lactam","sulfonamide","fluoroquinolone",'
    b'"aminoglycoside","tetracycline","polymyxin","nitrofuran","fosfomycin","other"],'
    b'"amikacin","aztreonam","aztreonam-avibactam","cefiderocol","ceftazidime-avibactam","ciprofloxacin","colistin",'
    b'"eravacycline","ertapenem","fosfomycin","gentamicin","gepotidacin","imipenem","imipenem-relebactam",'
    b'"levofloxacin","meropenem","meropenem-vaborbactam","minocycline","nitrofurantoin","omadacycline",'
    b'"pivmecillinam","plazomicin","polymyxin-b","tigecycline","tmp-smx","tobramycin"],'
    b'"phenotype":"","route":"","comedications":["],"allergies":["],"antimicrobials":["],"susceptible":["],'
    b'"resistant":["],"organism":""renal":{"measure":"hd"},"effluent_l_per_h":"","value":"'
    b'"renal":{"measure":"egfr","value":""renal":{"measure":"crcl","value":""},"intent":""dose"'
    b'{"mechanisms":["kpc"],"sites":["bacteremia"]}'
)
_PACKED = "1"  # the form; a value of the form before it is plain JSON
_MOST_BYTES = 8192  # unpacked: several times the longest question there is


@lru_cache(maxsize=64)  # every control of one message holds the same question
def encode(question: Question) -> str:
    """The question in some 20 to 200 characters; a button value holds 2,000."""
    told = question.canonical().model_dump_json(exclude_defaults=True).encode()
    packer = zlib.compressobj(level=9, wbits=-12, memLevel=5, zdict=_WORDS)
    return _PACKED + urlsafe_b64encode(packer.compress(told) + packer.flush()).decode("ascii").rstrip("=")


def decode(value: str) -> Question:
    """The question of a button. Raises ValueError when the value is not ours."""
    if not value.startswith(_PACKED):
        return Question.model_validate_json(value)
    packed = value.removeprefix(_PACKED)
    unpacker = zlib.decompressobj(wbits=-12, zdict=_WORDS)
    try:
        told = unpacker.decompress(urlsafe_b64decode(packed + "=" * (-len(packed) % 4)), _MOST_BYTES)
    except zlib.error as error:
        raise ValueError(f"not a packed question: {error}") from None
    if not unpacker.eof:
        raise ValueError("not a whole packed question")
    return Question.model_validate_json(told)
