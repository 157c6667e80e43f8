"""Breed inputs by coverage of `handlers.understanding`, in a process of its own: `tests.fuzz.guided FOLDER SECONDS`.

With atheris (`uv pip install -r tests/fuzz/requirements.lock`) libFuzzer does it; without, a small loop with
`sys.settrace` keeps every input that takes a new step. Kept inputs are left in the folder, and so is one that raised.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from tests.fuzz.inputs import LONGEST, Maker, labelled_texts

WATCHED = "handlers.understanding"


def main(folder: Path, seconds: float, seed: int) -> int:
    """Breed with what there is; say how many inputs were tried and kept."""
    texts = labelled_texts()
    for number, text in enumerate(texts[:: max(1, len(texts) // 300)]):
        (folder / f"seed-{number:04}").write_bytes(_bytes(text))
    if importlib.util.find_spec("atheris") is not None:
        return _with_atheris(folder, seconds, seed)
    return _with_trace(folder, seconds, seed)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _with_atheris(folder: Path, seconds: float, seed: int) -> int:
    from knowledge.vocabulary import load_vocabulary

    forms = {form for term in load_vocabulary().terms for form in term.forms}
    words = folder.parent / f"{folder.name}.dict"
    words.write_text("".join(f"{json.dumps(form)}\n" for form in sorted(forms) if form.isascii()), "utf-8")
    environment = {**os.environ, "CRE_FUZZ_CHILD": "1"}
    command = [sys.executable, "-m", "tests.fuzz.guided", str(folder), f"-max_total_time={int(seconds)}"]
    command += [f"-max_len={LONGEST}", f"-seed={seed}", f"-dict={words}", "-timeout=20", "-print_final_stats=1"]
    command += [f"-artifact_prefix={folder}/raised-", "-verbosity=0", "-len_control=0"]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    words.unlink()
    figures = [line for line in ran.stderr.splitlines() if "number_of_executed" in line or "new_units" in line]
    print(
        "guided by atheris:", "; ".join(" ".join(line.split("::")[-1].split()) for line in figures) or ran.stderr[-800:]
    )
    return ran.returncode


def _atheris_child() -> None:
    atheris: Any = importlib.import_module("atheris")
    with atheris.instrument_imports(include=[WATCHED]):
        read = importlib.import_module(WATCHED).understand
    one = _reader(read)
    atheris.Setup(sys.argv, lambda data: one(_text(data)))
    atheris.Fuzz()


def _reader(read: Callable[..., Any]) -> Callable[[str], None]:
    from handlers.parsed import Context
    from knowledge.vocabulary import load_vocabulary

    vocabulary = load_vocabulary()
    nothing = Context()

    def one(text: str) -> None:
        read(text, "mention", nothing, vocabulary).flat()

    return one


def _with_trace(folder: Path, seconds: float, seed: int) -> int:
    from handlers.understanding import understand
    from knowledge.vocabulary import load_vocabulary

    one = _reader(understand)
    seen: set[tuple[str, int, int]] = set()
    steps: set[tuple[str, int, int]] = set()

    def watch(frame: FrameType, event: str, _: object) -> Any:
        if not frame.f_globals.get("__name__", "").startswith(WATCHED):
            return None
        name, last = frame.f_code.co_qualname, [0]

        def line(inner: FrameType, happened: str, _: object) -> Any:
            if happened == "line":
                steps.add((name, last[0], inner.f_lineno))
                last[0] = inner.f_lineno
            return line

        return line

    def covers(text: str) -> bool:
        steps.clear()
        sys.settrace(watch)
        try:
            one(text)
        finally:
            sys.settrace(None)
        if steps <= seen:
            return False
        seen.update(steps)
        return True

    maker = Maker(seed, load_vocabulary())
    rng = random.Random(seed)  # noqa: S311  # a repeatable sequence, no secret
    kept = [_text(file.read_bytes()) for file in sorted(folder.iterdir())]
    one(kept[0] if kept else "")
    ends, tried, found = time.monotonic() + seconds, 0, 0
    while time.monotonic() < ends:
        text = kept[tried] if tried < len(kept) and not found else maker.changed(rng.choice(kept))
        tried += 1
        try:
            new = covers(text)
        except Exception:
            (folder / f"raised-{tried}").write_bytes(_bytes(text))
            continue
        if new:
            found += 1
            kept.append(text)
            (folder / f"kept-{tried:08}").write_bytes(_bytes(text))
    print(f"guided by trace: {tried:,} inputs tried, {found:,} kept, {len(seen):,} steps of the code taken")
    return 0


if __name__ == "__main__":
    if os.environ.get("CRE_FUZZ_CHILD"):
        _atheris_child()
    else:
        sys.exit(main(Path(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])))
