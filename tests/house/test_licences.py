"""What we stand on is pinned, and may be given away with us."""

from __future__ import annotations

import re
import tomllib
from importlib import metadata

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house.tree import ROOT, text

PERMISSIVE = re.compile(r"(?i)\b(?:MIT|BSD|0BSD|Apache|ISC|Zlib|PSF|Python Software Foundation|Unlicense|any-OSI)\b")
NOT_PERMISSIVE = re.compile(r"(?i)\b(?:A?GPL|LGPL|MPL|EUPL|CDDL|SSPL|GNU|Mozilla|Proprietary)")


def pins(lock: str) -> dict[str, str]:
    """Return name and version of everything a lock file pins."""
    found = re.findall(r"^([A-Za-z0-9._-]+)==(\S+)", text(ROOT / "requirements" / lock), flags=re.MULTILINE)
    return {canonicalize_name(project): version for project, version in found}


def wanted_here(requirement: Requirement) -> bool:
    """Tell whether a requirement applies to this machine, no extras asked for."""
    return requirement.marker is None or requirement.marker.evaluate({"extra": ""})


def runtime_distributions() -> dict[str, metadata.Distribution]:
    """Return what is installed of the product's dependencies and of theirs."""
    waiting = tomllib.loads(text(ROOT / "pyproject.toml"))["project"]["dependencies"]
    found: dict[str, metadata.Distribution] = {}
    while waiting:
        requirement = Requirement(waiting.pop())
        project = canonicalize_name(requirement.name)
        if project not in found and wanted_here(requirement):
            found[project] = metadata.distribution(project)
            waiting += found[project].requires or []
    return found


def licence(distribution: metadata.Distribution) -> str:
    """Return what a distribution says of its licence: the expression first, else classifiers and the free field."""
    said = distribution.metadata
    if "License-Expression" in said:
        return said["License-Expression"]
    classifiers = [line for line in said.get_all("Classifier") or [] if line.startswith("License ::")]
    return " ".join([*classifiers, said["License"].partition("\n")[0] if "License" in said else ""])


def test_every_runtime_dependency_is_installed_as_pinned() -> None:
    """The lock file names each dependency of the product, and exactly that version is what the tests ran with."""
    pinned = pins("runtime.lock")
    installed = {project: found.version for project, found in runtime_distributions().items()}

    assert {project: version for project, version in installed.items() if pinned.get(project) != version} == {}


def test_the_development_lock_holds_the_runtime_lock() -> None:
    """What is tested is what is run: both locks agree on every version."""
    development = pins("dev.lock")

    assert {project: pin for project, pin in pins("runtime.lock").items() if development[project] != pin} == {}


def test_every_pin_has_hashes() -> None:
    """Each pin of each lock file lists hashes, so that a changed archive is refused."""
    unhashed = [
        f"{lock.name}: {line}"
        for lock in sorted((ROOT / "requirements").glob("*.lock"))
        for line in re.findall(r"^\S+==.+$(?!\n    --hash=sha256:)", text(lock), flags=re.MULTILINE)
    ]

    assert unhashed == []


def is_permissive(said: str) -> bool:
    """Tell whether one of the licences that a distribution offers (`A OR B`) binds nobody."""
    return any(
        PERMISSIVE.search(choice) is not None and NOT_PERMISSIVE.search(choice) is None
        for choice in re.split(r"\bOR\b", said)
    )


def test_every_runtime_dependency_has_a_permissive_licence() -> None:
    """The product depends on nothing whose licence would bind those who use it."""
    licences = {project: licence(found) for project, found in runtime_distributions().items()}

    assert {project: said for project, said in licences.items() if not is_permissive(said)} == {}


def test_every_runtime_dependency_has_its_paragraph() -> None:
    """The decision on dependencies says of each direct one why it is here."""
    page = text(ROOT / "docs" / "decisions" / "0005-dependencies.md")
    direct = tomllib.loads(text(ROOT / "pyproject.toml"))["project"]["dependencies"]

    assert [line for line in direct if f"\n**{Requirement(line).name}** (" not in page] == []
