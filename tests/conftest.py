"""What every test gets: a Hypothesis profile that never looks at the clock, and a check that no task is left behind.

And for those that ask: the real product, running its demo.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.command_line import CommandLine
from tests.product import Product, running

# The same examples on every machine, however slow it is. `--hypothesis-profile=explore` looks for new ones.
settings.register_profile(
    "ci",
    deadline=None,
    derandomize=True,
    database=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("explore", deadline=None, max_examples=2_000, print_blob=True)
settings.load_profile("ci")

# A task that was cancelled, or has just seen its last await done, needs a round or two of the loop to end.
LAST_ROUNDS = 5


@pytest.fixture
async def no_task_left_behind() -> AsyncIterator[None]:
    """Fail a coroutine test that ends while a task it started is still there."""
    before = asyncio.all_tasks()
    yield
    here = {asyncio.current_task()}
    for _ in range(LAST_ROUNDS):
        await asyncio.sleep(0)  # no time passes: what is ready gets its turn
    left = asyncio.all_tasks() - before - here
    if left:
        pytest.fail("tasks left behind: " + ", ".join(sorted(repr(task.get_coro()) for task in left)))


@pytest.fixture(scope="session")
def commands(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandLine]:
    """What runs commands beside the services of tests, without starting Python for each."""
    with CommandLine.started(tmp_path_factory.mktemp("commands")) as started:
        yield started


@pytest.fixture(scope="module")
def product(commands: CommandLine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """The demo in a process of its own."""
    with running(tmp_path_factory.mktemp("product") / "data", commands) as product:
        yield product


def pytest_itemcollected(item: pytest.Item) -> None:
    """Put the task check around coroutine tests only: others need no event loop."""
    if isinstance(item, pytest.Function) and inspect.iscoroutinefunction(inspect.unwrap(item.obj)):
        # First in, last out: the test's own fixtures may stop what they have started.
        item.fixturenames.insert(0, "no_task_left_behind")
