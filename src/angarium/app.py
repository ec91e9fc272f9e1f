"""The composition root: the only module that names concrete classes and joins them."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from ssl import SSLContext
from typing import Final

from angarium import __version__
from angarium.carriage import Carriages, Parts
from angarium.carriers.ids import CarrierIdForms
from angarium.carriers.settings import features_of
from angarium.checks import EdgeChecks, EdgeMint, read_again
from angarium.config import Listen, Settings
from angarium.console.app import ConsoleApp
from angarium.console.phones import Phones
from angarium.core.clocktime import SECOND_MS, UnixMs
from angarium.core.message import Result
from angarium.core.public_ids import KEY_OCTETS, PublicIds
from angarium.demo import ENV_FILE, HANDSET, Demo, prepare_demo
from angarium.doors import Doors
from angarium.flows.fresh import FreshRequests
from angarium.flows.housekeeping import Housekeeping
from angarium.flows.inbound import Inbound
from angarium.flows.intake import Call, Intake, Outcome
from angarium.flows.quarantine import Quarantine
from angarium.flows.readings import Learning
from angarium.flows.receipts import Receipts
from angarium.flows.reroute import Reroute
from angarium.flows.retention import Forgetting
from angarium.flows.retries import Replied
from angarium.flows.send_jobs import Sending
from angarium.flows.tables import Tables
from angarium.flows.tallying import Tallying
from angarium.httpd import (
    ErrorPage,
    Handler,
    Proxies,
    Server,
    Streams,
    ensure_self_signed,
    load_server_context,
    whole_bodies,
)
from angarium.lifecycle import Gatherer, LocalBell, SystemClock, TimeOrderedIds, Trouble, Worker, calm_collector
from angarium.mail.smtp import SmtpMail
from angarium.notifying import Notifying
from angarium.observe.health import Health
from angarium.observe.logs import Log, setup_logging
from angarium.observe.loop_lag import LoopWatch
from angarium.observe.metrics import Metrics
from angarium.operator_api.app import OperatorApp
from angarium.operator_api.operations import Surroundings
from angarium.ports.admin import Admin
from angarium.ports.bell import INBOUND, NOTIFICATIONS, SEND_JOBS
from angarium.ports.readings import Proposal
from angarium.ports.store import CarrierRow, TokenRow
from angarium.premises import only_service
from angarium.reception import join_console, open_gatehouse, running_of
from angarium.rest import codes, description
from angarium.rest.app import RestApp, RestSettings
from angarium.stores.sqlite.database import DATABASE_FILE
from angarium.stores.sqlite.store import SqliteStore
from angarium.stores.sqlite.writer import WriterSettings
from angarium.stores.vault import Vault
from angarium.till import Till, watch_credit

RECIPIENTS_PER_COMMIT_MAX: Final = 600
"""Messages accepted in one commit: enough to share its price, and few enough that those on their way get their turn."""
REQUESTS_WAITING_MAX: Final = 5_000
TABLES_INTERVAL_S: Final = 0.5
REROUTE_INTERVAL_S: Final = 1.0
HOUSEKEEPING_INTERVAL_S: Final = 1.0
QUARANTINE_INTERVAL_S: Final = 1.0
LEARNING_INTERVAL_S: Final = 5.0
NOTIFY_INTERVAL_S: Final = 0.5
SEND_JOBS_INTERVAL_S: Final = 1.0
CONSOLE: Final = "console"
"""The topic of live pages: rung by nobody yet, so they look once in a while."""
INBOUND_INTERVAL_S: Final = 5.0
RETENTION_INTERVAL_S: Final = 30.0
TALLYING_INTERVAL_S: Final = 0.5
"""With what a step reads this bounds the share of the time that counting takes."""
PURCHASES_INTERVAL_S: Final = 30.0
LOW_CREDIT_INTERVAL_S: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """What a service that has started says of itself."""

    url: str
    https_url: str
    data_dir: Path
    token: str | None = None
    api_id: int | None = None
    demo_env: Path | None = None
    smsc: str | None = None
    handsets_url: str | None = None
    operator_url: str = ""
    entry_url: str | None = None
    """Signs in to the console, once."""


@asynccontextmanager
async def open_store(
    settings: Settings, *, committed: Callable[[int, float], None] | None = None
) -> AsyncIterator[SqliteStore]:
    """The store of the data directory, made when there is none. Raises StoreUnavailable or OSError."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    writer = WriterSettings(busy_max_s=settings.store_busy_max_s, waiting_max=settings.store_waiting_max)
    store = SqliteStore(settings.data_dir / DATABASE_FILE, settings=writer, committed=committed)
    try:
        yield store
    finally:
        await store.close()


async def open_public_ids(store: Admin) -> PublicIds:
    """The ids of messages as customers of this store know them."""
    return PublicIds(await store.secret("public_ids", octets=KEY_OCTETS))


async def new_token(store: Admin, connection_id: int, at: UnixMs, *, data_dir: Path) -> tuple[str, TokenRow]:
    """Make a token for an API connection and store its hash and its sealed form. Raises NotFound."""
    token, digest, sealed = Vault.open(data_dir).new_token()
    return token, await store.add_token(connection_id, token_hash=digest, sealed=sealed, at=at)


async def serve(settings: Settings, *, demo: bool, on_ready: Callable[[Ready], None]) -> int:
    """Serve everything in this process until SIGINT or SIGTERM; the exit code.

    Raises, before anything was served: OSError, StoreUnavailable, ListenError, CertificateError, each with a sentence.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with running(settings, demo=demo) as ready:
        calm_collector()
        on_ready(ready)
        await stop.wait()
    return 0


@asynccontextmanager
async def running(settings: Settings, *, demo: bool = False) -> AsyncIterator[Ready]:
    """A whole service that runs while the context is open, and stops in good order when it is left."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    log = setup_logging(settings.log_level, settings.log_format, mask_numbers=settings.log_numbers == "mask")
    metrics = Metrics(codes={reason: said.code for reason, said in codes.SPELLINGS.items()})
    async with AsyncExitStack() as stack:
        stack.enter_context(only_service(settings.data_dir))
        store = await stack.enter_async_context(open_store(settings, committed=metrics.committed))
        prepared: Demo | None = None
        if demo:
            prepared = await prepare_demo(stack, store, settings, now=SystemClock().now())
        service = Service(settings, store, metrics=metrics, log=log, demo=demo)
        ready = await service.start(prepared)
        stack.push_async_callback(service.stop)
        if prepared is not None:
            prepared.write_env(settings.data_dir, url=ready.url, https_url=ready.https_url)
        log.info("service.ready", url=ready.url, https_url=ready.https_url)
        yield ready


class Service:
    """All parts of one process, joined. Started once, stopped once."""

    def __init__(self, settings: Settings, store: SqliteStore, *, metrics: Metrics, log: Log, demo: bool) -> None:
        self._settings = settings
        self._store = store
        self._metrics = metrics
        self._log = log
        self._is_demo = demo
        self._clock = SystemClock()
        self._bell = LocalBell()
        self._fresh = FreshRequests()
        self._tables = _new_tables()
        self._proxies = Proxies(settings.http_proxies_trusted)
        self._workers: list[Worker] = []
        self._loop_watch = LoopWatch(on_lag=metrics.loop_lag)
        self._mail = (
            None if settings.mail is None else SmtpMail(settings.mail, clock=self._clock, on_failed=self._unsent)
        )
        self._console_url = ""
        """Where the console is, once it listens."""
        self._operator_url: str | None = None
        """Where the operator's API is, when it has a place of its own."""

    async def start(self, demo: Demo | None) -> Ready:
        """Join the parts, listen, and set them to work. What cannot be listened on is found before anything moves."""
        settings, store, clock = self._settings, self._store, self._clock
        tls = load_server_context(*self._certificate())
        await self._tables.refresh(store)
        public_ids = await open_public_ids(store)
        await self._join_intake()
        self._join_carriers()
        self._join_notifying(public_ids)
        self._till = Till.opened(store, settings, clock=clock, demo=self._is_demo)
        forgetting = Forgetting(
            store=store,
            tables=self._tables,
            clock=clock,
            default=settings.retention,
            rows_days=settings.keep_rows_days,
        )
        housekeeping = self._housekeeping(forgetting)
        rest = RestApp(
            send=self._intake.ask,
            store=store,
            tables=self._tables,
            public_ids=public_ids,
            clock=clock,
            settings=RestSettings(documentation_base=settings.documentation_base),
            proxies=self._proxies,
            count=self._metrics.request,
            moved=self._metrics.moved,
        )
        self._join_health()
        console = self._console = await self._join_console(public_ids, demo.phones if demo else None)
        try:
            http, https = await self._listen(rest, self._join_operator(public_ids), console, tls)
        except BaseException:
            await self._notifying.close()
            raise
        await housekeeping.end_leases()
        await self._receipts.remember()
        await forgetting.start()
        self._carriages.adjust()
        tallying = Tallying(store=store, clock=clock, keep_days=settings.keep_rows_days)
        await tallying.start()
        self._work("tallying", tallying.run_once, "tallying", TALLYING_INTERVAL_S)
        self._work("tables", self._refresh_tables, "tables", TABLES_INTERVAL_S)
        self._work("reroute", self._reroute.run_once, "reroute", REROUTE_INTERVAL_S)
        self._work("housekeeping", housekeeping.run_once, "housekeeping", HOUSEKEEPING_INTERVAL_S)
        self._work("retention", forgetting.run_once, "retention", RETENTION_INTERVAL_S)
        self._work("ids", self._learning.run_once, "ids", LEARNING_INTERVAL_S)
        self._work("quarantine", self._quarantine.run_once, "quarantine", QUARANTINE_INTERVAL_S)
        sending = Sending(store=store, tables=self._tables, clock=clock, send=self._intake.ask)
        self._work("send jobs", sending.run_once, SEND_JOBS, SEND_JOBS_INTERVAL_S)
        self._watch_credit()
        await self._start_notifying()
        self._loop_watch.start()
        return self._ready(http, https, demo)

    def _ready(self, http: Listen, https: Listen, demo: Demo | None) -> Ready:
        settings = self._settings
        return Ready(
            url=f"http://{http}",
            https_url=f"https://{https}",
            operator_url=self._operator_url or f"http://{http}",
            data_dir=settings.data_dir,
            token=demo.token if demo else None,
            api_id=demo.api_id if demo else None,
            demo_env=settings.data_dir / ENV_FILE if demo else None,
            smsc=demo.smsc if demo else None,
            handsets_url=demo.handsets_url if demo else None,
            entry_url=f"{self._console_url}{demo.entry_path}" if demo else None,
        )

    def _housekeeping(self, forgetting: Forgetting) -> Housekeeping:
        return Housekeeping(
            forgetting=forgetting,
            store=self._store,
            tables=self._tables,
            clock=self._clock,
            bell=self._bell,
            is_held=self._carriages.holds,
            count=self._metrics.moved,
            receipt_margin_ms=round(self._settings.receipt_margin_s * SECOND_MS),
            retries=self._settings.submit_retries,
        )

    async def stop(self) -> None:
        """Answer what was asked, let carriers and customers answer us for a while, then leave the rest on disk."""
        settings = self._settings
        # New requests first: what has been accepted is then on disk, and the later parts only have to finish.
        await self._server.stop(grace_s=settings.drain_timeout_s)
        await self._console_server.stop(grace_s=settings.drain_timeout_s)
        self._console.close()
        await self._operator_server.stop(grace_s=settings.drain_timeout_s)
        for worker in self._workers:
            await worker.stop()
        await self._carriages.stop()
        await self._notifying.drain()
        await self._notifying.close()
        if self._mail is not None:
            await self._mail.close()
        self._loop_watch.stop()
        self._log.info("service.stopped")

    # --- parts

    async def _join_intake(self) -> None:
        ids = self._ids = TimeOrderedIds(self._clock, last=await self._store.last_message_id())
        self._door = Intake(
            store=self._store,
            tables=self._tables,
            ids=ids,
            clock=self._clock,
            bell=self._bell,
            fresh=self._fresh,
            retention=self._settings.retention,
            policy=self._settings.policy,
        )
        self._intake = Gatherer[Call, list[Result] | Replied](
            "intake",
            self._accept,
            weigh=lambda call: call.weight,
            weight_max=RECIPIENTS_PER_COMMIT_MAX,
            waiting_max=REQUESTS_WAITING_MAX,
        )

    def _join_carriers(self) -> None:
        store, tables, clock, bell = self._store, self._tables, self._clock, self._bell
        self._receipts = Receipts(store=store, tables=tables, clock=clock, bell=bell, count=self._metrics.receipts)
        self._inbound = Inbound(
            store=store,
            tables=tables,
            clock=clock,
            ids=self._ids,
            bell=bell,
            answer=self._accept,
            count=self._metrics.inbound,
            parts_wait_ms=round(self._settings.inbound_parts_wait_s * SECOND_MS),
        )
        self._learning = Learning(
            store=store,
            tables=tables,
            clock=clock,
            bell=bell,
            receipts=self._receipts,
            forms=CarrierIdForms(),
            on_proposal=self._proposed,
        )
        self._quarantine = Quarantine(
            store=store,
            tables=tables,
            clock=clock,
            receipts=self._receipts,
            inbound=self._inbound.keep,
            read=read_again,
            count=self._metrics.quarantined,
        )
        self._carriages = Carriages(
            Parts(
                store=store,
                tables=tables,
                receipts=self._receipts,
                inbound=self._inbound,
                quarantine=self._quarantine,
                clock=clock,
                bell=bell,
                log=self._log,
                moved=self._metrics.moved,
                on_trouble=self._trouble,
                drain_timeout_s=self._settings.drain_timeout_s,
                lease_ms=int(self._settings.claim_lease_s * SECOND_MS),
                retries=self._settings.submit_retries,
                fresh=self._fresh,
                reroute=self._rerouting(),
            )
        )

    def _rerouting(self) -> Reroute:
        self._reroute = Reroute(
            store=self._store,
            tables=self._tables,
            clock=self._clock,
            bell=self._bell,
            is_up=self._is_up,
            count=self._metrics.moved,
            down_ms=round(self._settings.carrier_down_s * SECOND_MS),
            slow_ms=round(self._settings.carrier_slow_s * SECOND_MS),
        )
        return self._reroute

    def _is_up(self, carrier_id: int) -> bool:
        return self._carriages.is_up(carrier_id)

    def _join_notifying(self, public_ids: PublicIds) -> None:
        self._notifying = Notifying(
            self._settings,
            store=self._store,
            tables=self._tables,
            public_ids=public_ids,
            clock=self._clock,
            bell=self._bell,
            metrics=self._metrics,
            log=self._log,
            on_trouble=self._trouble,
            demo=self._is_demo,
        )

    async def _join_console(self, public_ids: PublicIds, phones: Phones | None) -> ConsoleApp:
        return await join_console(
            self._store,
            checks=EdgeChecks(),
            mint=EdgeMint(self._settings.data_dir),
            gatehouse=open_gatehouse(self._store, data_dir=self._settings.data_dir, clock=self._clock),
            tables=self._tables,
            public_ids=public_ids,
            clock=self._clock,
            proxies=self._proxies,
            links=self._carriages.links,
            wait=self._until_shown,
            data_dir=self._settings.data_dir,
            ring=self._bell.ring,
            retention=self._settings.retention,
            send=self._intake.ask,
            protection=self._door.protection,
            moved=self._metrics.moved,
            running=self._running,
            phones=phones,
            address=self._console_address,
            mail=self._mail,
            sample_recipient=HANDSET if self._is_demo else "",
            upload_octets_max=self._settings.console_upload_octets_max,
            till=self._till,
            on_error=self._request_failed,
        )

    def _join_health(self) -> None:
        self._health = Health(
            store=self._store,
            metrics=self._metrics,
            clock=self._clock,
            links=self._carriages.links,
            loop_lag_s=self._loop_watch.lag_s,
            origin=self._proxies.origin,
            data_dir=self._settings.data_dir,
            clock_behind_ms=self._clock.behind_ms,
        )
        self._running = running_of(
            checks=self._health.checks,
            try_target=lambda target, connection_id: self._notifying.notifier.test(target, connection_id=connection_id),
            rebind=self._carriages.rebind,
            watch=self._carriages.watch,
            clock=self._clock,
        )

    def _watch_credit(self) -> None:
        if self._till.purchasing is not None:
            self._work("purchases", self._till.purchasing.run_once, "purchases", PURCHASES_INTERVAL_S)
        watch = watch_credit(
            self._store, tables=self._tables, clock=self._clock, mail=self._mail, address=self._console_address
        )
        self._work("low credit", watch.run_once, "low credit", LOW_CREDIT_INTERVAL_S)

    async def _until_shown(self, seconds: float) -> None:
        await self._bell.wait(CONSOLE, timeout_s=seconds)

    def _console_address(self) -> str:
        return self._settings.console_url or self._console_url

    async def _start_notifying(self) -> None:
        await self._inbound.start()
        self._work("notify", self._notifying.statuses.run_once, NOTIFICATIONS, NOTIFY_INTERVAL_S)
        self._work("notify inbound", self._notifying.inbound.run_once, INBOUND, NOTIFY_INTERVAL_S)
        self._work("inbound", self._inbound.run_once, "inbound parts", INBOUND_INTERVAL_S)

    def _join_operator(self, public_ids: PublicIds) -> OperatorApp:
        return OperatorApp(
            store=self._store,
            checks=EdgeChecks(),
            mint=EdgeMint(self._settings.data_dir),
            clock=self._clock,
            surroundings=Surroundings(
                public_ids=public_ids,
                tables=_new_tables(),
                links=self._carriages.links,
                running=self._running,
                ring=self._bell.ring,
                wait=self._until_shown,
                console_address=self._console_address,
                moved=self._metrics.moved,
                protection=self._door.protection,
            ),
            version=__version__,
            others=description.DOCUMENT,
            count=self._metrics.request,
        )

    async def _listen(
        self, rest: RestApp, operator: OperatorApp, console: ConsoleApp, tls: SSLContext
    ) -> tuple[Listen, Listen]:
        """Serve both APIs, the console and the pages for those who watch, over HTTP and HTTPS; the addresses bound."""
        settings = self._settings
        doors = Doors(
            rest,
            operator,
            console,
            self._health,
            is_apart=settings.operator_listen is not None,
            is_console_apart=settings.console_listen is not None,
        )
        self._server = self._new_server(doors.public, doors.public_error, doors.public_streams)
        self._operator_server = self._new_server(doors.private, operator.error_page)
        self._console_server = self._new_server(doors.pages, doors.public_error, console.streams)
        try:
            http = await self._server.start(*settings.http_listen)
            https = await self._server.start(*settings.https_listen, ssl=tls)
            if settings.operator_listen is not None:
                bound = await self._operator_server.start(*settings.operator_listen)
                self._operator_url = f"http://{Listen(*bound[0])}"
            self._console_url = f"http://{Listen(*http[0])}"
            if settings.console_listen is not None:
                bound = await self._console_server.start(*settings.console_listen)
                self._console_url = f"http://{Listen(*bound[0])}"
        except BaseException:
            await self._console_server.stop(grace_s=0)
            await self._operator_server.stop(grace_s=0)
            await self._server.stop(grace_s=0)
            raise
        return Listen(*http[0]), Listen(*https[0])

    def _new_server(self, handle: Handler, error_page: ErrorPage, streams: Streams = whole_bodies) -> Server:
        return Server(
            handle,
            settings=self._settings.httpd,
            error_page=error_page,
            streams=streams,
            on_error=self._request_failed,
            unix_time_s=lambda: self._clock.now() / SECOND_MS,
        )

    def _certificate(self) -> tuple[Path, Path]:
        settings = self._settings
        if settings.tls_certificate is not None and settings.tls_key is not None:
            return settings.tls_certificate, settings.tls_key
        return ensure_self_signed(settings.data_dir, names=settings.tls_names, now=datetime.now(UTC))

    def _work(self, name: str, run_once: Callable[[], Awaitable[bool]], topic: str, interval_s: float) -> None:
        worker = Worker(name, run_once, bell=self._bell, topic=topic, interval_s=interval_s, on_trouble=self._trouble)
        self._workers.append(worker)
        worker.start()

    async def _refresh_tables(self) -> bool:
        await self._tables.refresh(self._store)
        # Whether or not this call loaded anything: a page that changed something has loaded it already.
        self._carriages.adjust()
        return False

    async def _accept(self, calls: Sequence[Call]) -> list[Outcome]:
        outcomes = await self._door.accept(calls)
        self._metrics.outcomes(outcomes)
        return outcomes

    def _proposed(self, carrier: CarrierRow, proposal: Proposal) -> None:
        self._metrics.proposed(carrier.name)
        self._log.warning(
            "carrier.ids_proposed",
            carrier=carrier.name,
            id_in_response=proposal.readings.in_response,
            id_in_receipt=proposal.readings.in_receipt,
            pairs=proposal.pairs,
        )

    def _unsent(self, error: BaseException) -> None:
        self._log.error("mail.failed", error=str(error))

    def _request_failed(self, error: BaseException) -> None:
        self._log.error("request.failed", exc_info=error)

    def _trouble(self, trouble: Trouble) -> None:
        self._metrics.trouble(trouble.worker)
        self._log.error("worker.failed", worker=trouble.worker, error=str(trouble.error), retry_in_s=trouble.pause_s)


def _new_tables() -> Tables:
    """What an operator set, with what each carrier can take."""
    return Tables(features_of=lambda row: features_of(row.settings))
