# ruff: noqa: INP001 (a script that the Slack CLI runs by its path, no part of a package)
"""What the Slack CLI asks of this project: `get-hooks`, `get-manifest`, and `start` for `slack run`.

Standard library only, and any Python 3: the Slack CLI calls it by `python3`, which may know nothing of the bot.
"""

import json
import os
import shutil
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
PROGRAM = PROJECT.parents[1] / ".venv" / "bin" / "cre-bot"
HOOKS = {
    "hooks": {
        "get-manifest": "python3 .slack/hook.py get-manifest",
        "start": "python3 .slack/hook.py start",
    },
    "config": {
        "watch": {"manifest": {"paths": ["."], "filter-regex": "^manifest\\.json$"}},
        "protocol-version": ["message-boundaries", "default"],
        "sdk-managed-connection-enabled": True,
    },
}


def main(arguments):
    name, options = (arguments or [""])[0], arguments[1:]
    if name == "get-hooks":
        answer(json.dumps(HOOKS), options)
    elif name == "get-manifest":
        answer((PROJECT / "manifest.json").read_text(encoding="utf-8"), options)
    elif name == "start":
        start()
    else:
        sys.stderr.write("hook.py get-hooks | get-manifest | start\n")
        sys.exit(2)


def answer(text, options):
    """On standard output, between the boundaries that the Slack CLI names where it does."""
    boundary = next((each.split("=", 1)[1] for each in options if each.startswith("--boundary=")), "")
    print(boundary + text + boundary)


def start():
    """Become the bot, with the tokens of this run; what you have set yourself goes first."""
    environ = dict(os.environ)
    for given, wanted in (("SLACK_CLI_XOXB", "SLACK_BOT_TOKEN"), ("SLACK_CLI_XAPP", "SLACK_APP_TOKEN")):
        token = environ.get(given)
        if token and not environ.get(wanted):
            environ[wanted] = token
        if not environ.get(wanted):
            sys.exit(f"There is no {wanted}: start the bot by `slack run`, which brings it.")
    program = environ.get("CRE_BOT") or (str(PROGRAM) if PROGRAM.is_file() else shutil.which("cre-bot"))
    if not program or not Path(program).is_file():
        sys.exit("The bot is not installed: run `make install` in the folder above deploy/.")
    is_own_redis = environ.get("REDIS_URL") or environ.get("REDIS_URL_FILE")
    brought = [] if is_own_redis else ["--embedded-redis"]
    os.execve(program, [program, "serve", "--socket", *brought], environ)  # noqa: S606 (no shell is what is wanted)


if __name__ == "__main__":
    main(sys.argv[1:])
