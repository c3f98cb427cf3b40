"""Whatever a member sends, it is answered with a status that blames it, or is dropped; nothing fails inside."""

import asyncio
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from uockam import api
from uockam.bare import encode_bytes
from uockam.errors import ProtocolError
from uockam.flow import Flow
from uockam.message import Message
from uockam_host.cloud.identities import make_identity
from uockam_host.cloud.services.accounts import AdminCredentials, VersionInfo
from uockam_host.cloud.services.enroll import Enroller
from uockam_host.cloud.services.issuer import CredentialIssuer
from uockam_host.cloud.services.mailbox import MailboxService
from uockam_host.cloud.services.members import MembersService
from uockam_host.cloud.services.membership import Membership
from uockam_host.cloud.services.projects import ProjectsService
from uockam_host.cloud.services.spaces import SpacesService
from uockam_host.cloud.services.tokens import TokenAcceptor, TokenIssuer
from uockam_host.cloud.sqlite import open_sqlite
from uockam_host.cloud.tables.accounts import Accounts
from uockam_host.cloud.tables.mailboxes import Mailboxes, Quota
from uockam_host.cloud.tables.members import Members
from uockam_host.cloud.tables.projects import Project, Projects
from uockam_host.cloud.tables.spaces import Space, Spaces

ME = bytes(32)
_KNOWN = """
v0/ v0/s v0/p v0/s/p v0/s/admins v0/s/admins/x@example.com v0/p/admins v0/p/admins/bob@example.com v0/enroll
v0/project/p v1/spaces/s/projects v1/operations/o credential tokens members member_ids / I messages exchange status
cards/name
""".split()
_OTHER = "I" + "01" * 32
_PATHS = st.sampled_from([*_KNOWN, f"/{_OTHER}", f"/members/{_OTHER}"]) | st.text(max_size=20)
_PLAIN = st.none() | st.booleans() | st.integers(0, (1 << 64) - 1) | st.binary(max_size=40) | st.text(max_size=20)
_KEYS = st.integers(0, 5) | st.text(max_size=5)
_ANY = st.recursive(
    _PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=4), max_leaves=8
)
_PAIRS = st.dictionaries(st.text(max_size=5) | st.just("ockam-role"), st.text(max_size=5) | st.just("enroller"))
_MEMBER = st.fixed_dictionaries({1: st.sampled_from([ME, b"\1" * 32, b""]), 2: _PAIRS})
_TOKEN = st.fixed_dictionaries({1: _PAIRS}, optional={2: st.integers(0, 1 << 40), 3: st.integers(0, 1 << 40)})
_MAILS = st.lists(st.text() | st.just("bob@example.com"), max_size=3)
_NAMED = st.fixed_dictionaries({1: st.sampled_from(["a", "b", ""])}, optional={2: _MAILS, 3: _MAILS})
_NUMBERS = st.integers(0, 10) | st.integers(0, (1 << 64) - 1)
_IDS = st.sampled_from([ME, bytes(16)]) | st.binary(max_size=20)
_PUT = st.fixed_dictionaries({1: _IDS, 2: _IDS, 3: _NUMBERS, 4: st.binary(max_size=20)})
_EXCHANGE = st.fixed_dictionaries(
    {1: _NUMBERS, 2: _NUMBERS, 3: st.binary(max_size=32)},
    optional={4: st.lists(_PUT | _ANY, max_size=3), 5: st.binary(max_size=40), 6: st.text(), 7: st.text()},
)
_BODIES = _ANY | _MEMBER | _TOKEN | _NAMED | _PUT | _EXCHANGE
_REQUESTS = st.builds(api.encode_request, st.just(1), st.integers(0, 4), _PATHS, _BODIES)
_PAYLOADS = _REQUESTS | _REQUESTS | st.binary(max_size=60) | st.binary(max_size=60).map(encode_bytes)


class _Context:
    """Keeps what is replied."""

    def __init__(self) -> None:
        self.replies: list[bytes] = []

    async def reply(self, message: Message, payload: bytes) -> None:
        self.replies.append(payload)


class _Fleet:
    async def make(self, *_: Any) -> None:
        return None

    async def delete(self, id: str) -> None: ...

    async def admin_removed(self, id: str, email: str) -> None: ...

    async def changed(self) -> None: ...

    def routes(self, id: str) -> tuple[str, str]:
        return "", ""


async def _nobody(token: object) -> None:
    return None


def _issue(subject: bytes, attributes: "dict[str, str]") -> Any:
    return [subject, sorted(attributes.items())]


async def _services(database: Any) -> "list[Any]":
    accounts, spaces, projects, fleet = Accounts(database), Spaces(database), Projects(database), _Fleet()
    await accounts.enroll(ME, "ada@example.com", "Ada")
    await spaces.make(Space("s", "space"), ["ada@example.com"])
    own = await make_identity(database, "own")
    await projects.make(Project("p", "project", "s", "space", own.history, own.history), ["bob@example.com"])
    membership = Membership("p", ME, Members(database, "p"), projects)
    return [
        Enroller(_nobody, accounts, spaces),
        SpacesService(accounts, spaces, projects, fleet),
        ProjectsService(accounts, spaces, projects, fleet),
        AdminCredentials(projects, _issue),
        VersionInfo(),
        CredentialIssuer(membership, _issue, fleet),
        MembersService(membership, fleet),
        TokenIssuer(membership),
        TokenAcceptor(membership, fleet),
        MailboxService(Mailboxes(database, "p", Quota()), membership, _nobody),
    ]


def test_every_service_answers_whatever_comes_without_failing(tmp_path, monkeypatch):
    monkeypatch.setattr("uockam_host.cloud.services.service._MAX_REQUESTS", 1 << 30)
    loop = asyncio.new_event_loop()
    database = loop.run_until_complete(open_sqlite(tmp_path / "o.sqlite3"))
    services = loop.run_until_complete(_services(database))

    async def send(payload: bytes, attributes: "dict[str, str]") -> None:
        flow = Flow(serves=True)
        flow.identifier, flow.attributes = ME, attributes
        for service in services:
            context = _Context()
            try:
                await service.handle_message(context, Message((), (), payload, None, flow))
            except ProtocolError:  # no envelope: logged and not answered
                continue
            (answer,) = context.replies
            response = api.decode_response(answer)
            assert response.status != api.INTERNAL, (service, payload, response)
            assert response.status == api.OK or api.error_text(response.body)

    @settings(max_examples=300, suppress_health_check=list(HealthCheck))
    @given(_PAYLOADS, st.sampled_from([{}, {"project": "p"}, {"ockam-role": "enroller"}]))
    def run(payload: bytes, attributes: "dict[str, str]") -> None:
        loop.run_until_complete(send(payload, attributes))

    run()
    loop.run_until_complete(database.close())
    loop.close()
