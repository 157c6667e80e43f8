"""The documents agree with the code: settings, scopes, lock files, links, and nothing of anybody's machine."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot import start_checks
from bot.__main__ import app
from bot.settings import SECRETS, Mode, Settings, load_settings, setting_names

ROOT = Path(__file__).resolve().parents[1]
SCOPES = ["commands", "app_mentions:read", "assistant:write", "chat:write", "im:history", "users:read"]
DOCUMENTS = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "deploy/README.md", "deploy/slack/README.md"]
LOCKS = ("requirements.lock", "requirements-dev.lock")
# Defaults that differ from machine to machine, or that are chosen where they are used.
NO_FIXED_DEFAULT = {"CRE_REPLICA"}
SECRET_FILES = {f"{name}_FILE" for name in SECRETS} | {"CRE_SECRETS_DIR"}


def read(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def defaults() -> dict[str, str]:
    """Every setting with its default as a person would write it, empty for none."""
    found = {}
    for field in Settings.model_fields.values():
        name = str(field.validation_alias)
        value = "" if name in NO_FIXED_DEFAULT else field.default
        found[name] = "" if value is None or value == frozenset() else str(value)
    return found


def settings_table() -> dict[str, str]:
    """Setting to default, as the README's table has them."""
    section = read("README.md").split("\n## Settings\n", 1)[1].split("\n## ", 1)[0]
    rows = re.findall(r"^\| `([A-Z_]+)` \| (.*?) ?\| .+ \|$", section, flags=re.MULTILINE)
    return {name: default.strip("`") for name, default in rows}


def example_settings() -> dict[str, str]:
    """Setting to value, as example.env has them, commented or not."""
    return dict(re.findall(r"^#?([A-Z][A-Z_]*)=(.*)$", read("deploy/example.env"), flags=re.MULTILINE))


def tracked_files() -> Iterator[Path]:
    """The files of the repository; without git (an unpacked archive), those of the packages and documents."""
    if (ROOT / ".git").exists():
        names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
        yield from (ROOT / name for name in names.split("\0") if name and (ROOT / name).is_file())
    else:
        yield from (path for path in ROOT.rglob("*") if path.is_file() and not {".venv", "build"} & set(path.parts))


def test_readme_lists_every_setting_with_its_default() -> None:
    """The settings table of the README names every setting that the code reads, with the default it really has."""
    assert settings_table() == defaults()


def test_readme_lists_settings_in_groups_that_exist() -> None:
    """No setting is in the table twice."""
    section = read("README.md").split("\n## Settings\n", 1)[1].split("\n## ", 1)[0]
    names = re.findall(r"^\| `([A-Z_]+)` \|", section, flags=re.MULTILINE)
    assert len(names) == len(set(names))


def test_example_env_lists_every_setting_with_its_default() -> None:
    """deploy/example.env holds every setting and every way to give a secret by file, with the defaults of the code."""
    example = example_settings()
    assert set(example) == set(setting_names()) | SECRET_FILES
    assert {name: example[name] for name in setting_names()} == defaults()


def test_example_env_is_valid_as_it_stands() -> None:
    """Uncommenting every line of deploy/example.env changes nothing and is accepted."""
    values = {name: value for name, value in example_settings().items() if name not in SECRET_FILES}
    replica = {"CRE_REPLICA": "one"}
    assert load_settings(Mode.LOCAL, values | replica) == load_settings(Mode.LOCAL, replica)


def test_example_env_holds_no_secret() -> None:
    """deploy/example.env gives no value for any secret."""
    example = example_settings()
    assert [name for name in (*SECRETS, *SECRET_FILES) if example[name]] == []


@pytest.mark.parametrize("name", ["manifest.json", "manifest.http.json"])
def test_manifest_asks_for_the_least_scopes(name: str) -> None:
    """The Slack app asks for exactly the scopes its features need, hears three events and nothing else."""
    manifest = json.loads(read(f"deploy/slack/{name}"))
    assert manifest["oauth_config"] == {"scopes": {"bot": SCOPES}}
    assert list(start_checks.SCOPES) == SCOPES
    assert manifest["settings"]["event_subscriptions"]["bot_events"] == ["app_home_opened", "app_mention", "message.im"]
    assert manifest["settings"]["interactivity"]["is_enabled"] is True
    assert manifest["settings"]["org_deploy_enabled"] is True
    assert manifest["settings"]["token_rotation_enabled"] is False
    assert [command["command"] for command in manifest["features"]["slash_commands"]] == ["/cre"]
    assert manifest["features"]["app_home"]["home_tab_enabled"] is True
    assert manifest["features"]["app_home"]["messages_tab_enabled"] is True
    assert manifest["features"]["app_home"]["messages_tab_read_only_enabled"] is False


def test_manifest_offers_the_shortcuts_that_are_heard() -> None:
    """Each shortcut of the manifest has a listener, and a name and description within what Slack accepts."""
    shortcuts = json.loads(read("deploy/slack/manifest.json"))["features"]["shortcuts"]
    heard = re.findall(r'app\.shortcut\("(\w+)"\)', read("handlers/routing.py"))
    assert sorted(each["callback_id"] for each in shortcuts) == sorted(heard)
    assert sorted(each["type"] for each in shortcuts) == ["global", "message"]
    assert all(len(each["name"]) <= 24 and len(each["description"]) <= 150 for each in shortcuts)


def test_the_two_manifests_differ_only_in_the_door() -> None:
    """The HTTP manifest is the Socket Mode manifest plus three addresses that end in the path we serve."""
    socket, http = (json.loads(read(f"deploy/slack/{name}")) for name in ("manifest.json", "manifest.http.json"))
    addresses = [
        http["features"]["slash_commands"][0].pop("url"),
        http["settings"]["event_subscriptions"].pop("request_url"),
        http["settings"]["interactivity"].pop("request_url"),
    ]
    assert addresses == ["https://cre-bot.example.org/slack/events"] * 3
    assert (socket["settings"].pop("socket_mode_enabled"), http["settings"].pop("socket_mode_enabled")) == (True, False)
    assert socket == http


def test_every_scope_has_its_reason() -> None:
    """deploy/slack/README.md says for each scope what it is for."""
    rows = re.findall(r"^\| `([a-z_:]+)` \| .{10,} \|$", read("deploy/slack/README.md"), flags=re.MULTILINE)
    assert [row for row in rows if row in SCOPES] == SCOPES


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_files_hold_names_versions_and_hashes_only(lock: str) -> None:
    """A lock file names packages, versions and hashes, no index and no download address; each package has a hash."""
    pin = re.compile(r"[a-z0-9][a-z0-9._-]*==[A-Za-z0-9.+!]+( ; [a-z_]+ [<>=!]+ '[^']+'( (and|or) .*)?)? \\")
    digest = re.compile(r"    --hash=sha256:[0-9a-f]{64}( \\)?")
    lines = read(lock).splitlines()
    for number, line in enumerate(lines):
        assert line.lstrip().startswith("#") or pin.fullmatch(line) or digest.fullmatch(line), line
        if pin.fullmatch(line):
            assert digest.fullmatch(lines[number + 1]), line
    assert not re.search(r"://|--(extra-)?index|--find-links|@ ", read(lock))


def test_development_lock_holds_the_runtime_lock() -> None:
    """Tests run on exactly the versions that are deployed."""
    runtime, development = (set(re.findall(r"^\S+==\S+", read(lock), flags=re.MULTILINE)) for lock in LOCKS)
    assert runtime < development


def test_every_dependency_is_locked() -> None:
    """A dependency added to pyproject.toml is in the lock files (`make lock`)."""
    project: dict[str, Any] = tomllib.loads(read("pyproject.toml"))
    groups = project["dependency-groups"]
    wanted = {
        "requirements.lock": [*project["project"]["dependencies"], *groups["build"]],
        "requirements-dev.lock": groups["dev"],
    }
    for lock, requirements in wanted.items():
        locked = set(re.findall(r"^([a-z0-9._-]+)==", read(lock), flags=re.MULTILINE))
        names = {re.split(r"[<>=!~\[; ]", requirement)[0].lower() for requirement in requirements}
        assert names - locked == set()


def test_build_requirement_is_the_locked_one() -> None:
    """What builds the project is what the lock files bring, so `make run` needs no further download."""
    project = tomllib.loads(read("pyproject.toml"))
    assert project["build-system"]["requires"] == project["dependency-groups"]["build"]


def test_no_tracked_file_names_a_machine_or_a_registry() -> None:
    """Nothing in the repository points into somebody's machine or names a package registry's host."""
    # One letter of each stands in brackets, so that this file is not its own first finding.
    machines = r"/w[o]rk/|/r[o]ot/|/h[o]me/|/U[s]ers/|/\.l[i]brary|\.\./sh[a]red"
    registries = r"pyp[i]\.|pythonh[o]sted|npmj[s]|debi[a]n\.org|registry\.[a-z]"
    banned = re.compile(f"{machines}|{registries}|{re.escape(str(ROOT))}")
    found = []
    for path in tracked_files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{path.relative_to(ROOT)}: {word}" for word in banned.findall(text)]
    assert found == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_lead_somewhere(document: str) -> None:
    """Every link to a file of the repository leads to a file that exists, and to a heading that exists."""
    for target in re.findall(r"\]\((?!https?://)([^)\s]+)\)", read(document)):
        path, _, heading = target.partition("#")
        file = (ROOT / document).parent / path if path else ROOT / document
        assert file.exists(), target
        if heading:
            titles = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
            assert heading in {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}, target


def test_documents_name_make_targets_that_exist() -> None:
    """Every `make …` that a document tells you to run exists."""
    targets = set(re.findall(r"^([a-z]+):", read("Makefile"), flags=re.MULTILINE))
    for document in ("README.md", "CONTRIBUTING.md", "deploy/README.md"):
        named = re.findall(r"(?:^|`)make ([a-z]+)", read(document), flags=re.MULTILINE)
        assert set(named) <= targets, document


@pytest.mark.parametrize("document", DOCUMENTS)
def test_documents_name_files_that_exist(document: str) -> None:
    """Every file or folder of the repository that a document names is there."""
    folders = "bot|handlers|knowledge|deploy|tests|scripts"
    named = re.findall(rf"`((?:{folders})/[\w./-]*|[A-Z]+\.md|requirements[\w-]*\.lock)`", read(document))
    assert [name for name in named if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_documents_name_commands_that_exist(document: str) -> None:
    """Every `cre-bot …` command that a document names exists."""
    groups = {str(group.name) for group in app.registered_groups}
    commands = {command.name or command.callback.__name__ for command in app.registered_commands if command.callback}
    named = re.findall(r"(?:`|bin/|bot )cre-bot ([a-z]{2,})\b", read(document))
    assert set(named) <= commands | groups
