"""Who may talk to the page: only the browser that was given its address."""

import asyncio
import socket
import threading
import time

import httpx
import pytest

from caloriq.lab.guard import Guard, policies

PORT, TOKEN = 4321, "Q_right-key"
HOST = f"127.0.0.1:{PORT}"
HOME = f"http://{HOST}"
COOKIE = f"caloriq-lab-{PORT}={TOKEN}"
ANSWERS = [(b"Content-Type", b"text/html; charset=utf-8"), (b"X-Frame-Options", b"ALLOWALL")]


class Page:
    """An application that says yes, and keeps what reached it."""

    def __init__(self, headers=ANSWERS):
        self.reached, self.headers = [], headers

    async def __call__(self, scope, _, send):
        self.reached.append(scope)
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": self.headers})
            await send({"type": "http.response.body", "body": b"yes"})
        elif scope["type"] == "websocket":
            await send({"type": "websocket.accept"})


def asked(app, *, kind="http", method="GET", path="/", query="", host=HOST, **headers):
    """Status (of a websocket what it is told), headers and body of an answer."""
    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items() if value is not None]
    given = [(b"host", host.encode()), *named] if host is not None else named
    scope = {"type": kind, "path": path, "query_string": query.encode(), "headers": given}
    if kind == "http":
        scope["method"] = method
    sent = []

    async def receive():
        return {"type": f"{kind}.connect"}

    async def send(message):
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    if kind == "websocket":
        return sent[0]["type"], sent[0].get("code"), sent[0].get("reason")
    body = b"".join(one.get("body", b"") for one in sent[1:])
    return sent[0]["status"], dict(sent[0]["headers"]), body.decode()


@pytest.fixture
def page():
    return Page()


@pytest.fixture
def guard(page):
    return Guard(page, TOKEN, PORT)


def test_the_key_becomes_a_cookie_and_leaves_the_address(guard, page):
    status, headers, body = asked(guard, path="/runs/a b", query=f"x=1&token={TOKEN}&y=%2F", sec_fetch_site="none")
    assert (status, body) == (303, "")
    assert headers[b"location"] == b"/runs/a%20b?x=1&y=%2F"
    assert headers[b"set-cookie"] == f"{COOKIE}; HttpOnly; SameSite=Strict; Path=/".encode()
    assert headers[b"cache-control"] == b"no-store"
    assert page.reached == []
    assert asked(guard, cookie=COOKIE)[0] == 200
    assert asked(guard, cookie=f"a=b; {COOKIE}; c=d")[0] == 200
    assert len(page.reached) == 2


def test_the_other_key_opens_once(page):
    guard = Guard(page, TOKEN, PORT, once="only-once")
    assert asked(guard, query="token=")[0] == 403
    assert asked(guard, query="token=only-once", method="HEAD")[0] == 403
    assert asked(guard, kind="websocket", query="token=only-once", origin=HOME)[0] == "websocket.close"
    status, headers, _ = asked(guard, query="token=only-once")
    assert (status, headers[b"set-cookie"].partition(b";")[0]) == (303, COOKIE.encode())
    assert asked(guard, query="token=only-once")[0] == 403
    assert asked(guard, query="token=")[0] == 403
    assert page.reached == []


def test_the_port_that_browsers_leave_out(page):
    cookie = f"caloriq-lab-80={TOKEN}"
    assert asked(Guard(page, TOKEN, 80), host="127.0.0.1", cookie=cookie)[0] == 200
    assert asked(Guard(page, TOKEN, PORT), host="127.0.0.1", cookie=COOKIE)[0] == 421


@pytest.mark.parametrize("path", ["//evil.example/", "/\\evil.example", "///evil.example"])
def test_the_key_leads_to_this_host_alone(guard, path):
    place = asked(guard, path=path, query=f"token={TOKEN}")[1][b"location"]
    assert place.startswith(b"/evil.example")


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"query": "token="},
        {"query": "token=Q_wrong-key"},
        {"query": f"token={TOKEN}x"},
        {"query": f"Token={TOKEN}"},
        {"query": "token=%C3%A9%ff"},
        {"query": f"token={TOKEN}&token=x"},
        {"query": "token=x", "cookie": COOKIE},
        {"cookie": f"caloriq-lab-{PORT + 1}={TOKEN}"},
        {"cookie": f"caloriq-lab-{PORT}="},
        {"cookie": f"x={COOKIE}"},
        {"cookie": f"{COOKIE}x"},
    ],
)
@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_without_the_key_nothing_is_answered(guard, page, given, kind):
    answer = asked(guard, kind=kind, origin=HOME, **given)
    said = answer[2]
    assert answer[0] == (403 if kind == "http" else "websocket.close")
    assert "open the address as caloriq lab has printed it" in said
    assert TOKEN not in said
    assert page.reached == []


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "[::1]", "LocalHost"])
def test_the_names_of_this_machine(guard, name):
    host = f"{name}:{PORT}"
    assert asked(guard, host=host, cookie=COOKIE)[0] == 200
    assert asked(guard, host=host, cookie=COOKIE, method="POST", origin=f"http://{host.lower()}")[0] == 200


@pytest.mark.parametrize(
    "host",
    [
        None,
        "",
        "127.0.0.1",
        f"127.0.0.1:{PORT + 1}",
        f"evil.example:{PORT}",
        f"127.0.0.1.nip.io:{PORT}",
        f"0.0.0.0:{PORT}",
        f"x@127.0.0.1:{PORT}",
        f"127.0.0.1:{PORT}.evil.example",
        f"127.0.0.2:{PORT}",
        f"{HOST}, evil.example",
    ],
)
@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_other_names_are_refused_key_or_not(guard, page, host, kind):
    answer = asked(guard, kind=kind, host=host, cookie=COOKIE, query=f"token={TOKEN}", origin=f"http://{host}")
    assert answer[0] == (421 if kind == "http" else "websocket.close")
    assert "under no other name" in answer[2]
    assert page.reached == []


def test_two_host_names_are_refused(guard):
    scope_host = {"host": HOST, "cookie": COOKIE}
    assert asked(guard, **scope_host)[0] == 200
    twice = Guard(Page(), TOKEN, PORT)
    status, _, _ = asked(
        lambda scope, r, s: twice({**scope, "headers": [*scope["headers"], (b"Host", HOST.encode())]}, r, s)
    )
    assert status == 421


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "http://evil.example",
        f"https://{HOST}",
        f"http://127.0.0.1:{PORT + 1}",
        f"http://localhost:{PORT}",
        "",
        HOST,
    ],
)
@pytest.mark.parametrize(("kind", "method"), [("http", "GET"), ("http", "POST"), ("websocket", "")])
def test_other_origins_are_refused(guard, page, origin, kind, method):
    answer = asked(guard, kind=kind, method=method, cookie=COOKIE, origin=origin)
    assert answer[0] == (403 if kind == "http" else "websocket.close")
    assert "no page of another origin" in answer[2]
    assert page.reached == []


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"])
def test_what_may_change_something_says_where_it_comes_from(guard, page, method):
    assert asked(guard, method=method, cookie=COOKIE)[0] == 403
    assert page.reached == []
    assert asked(guard, method=method, cookie=COOKIE, origin=HOME)[0] == 200
    assert asked(guard, kind="websocket", cookie=COOKIE)[0] == "websocket.close"
    assert asked(guard, kind="websocket", cookie=COOKIE, origin=HOME) == ("websocket.accept", None, None)


@pytest.mark.parametrize(
    ("site", "passes"), [("none", True), ("same-origin", True), ("same-site", False), ("cross-site", False)]
)
def test_other_sites_are_refused(guard, site, passes):
    for words in ({"cookie": COOKIE}, {"query": f"token={TOKEN}"}):
        assert (asked(guard, sec_fetch_site=site, **words)[0] in (200, 303)) is passes


def test_the_key_does_not_redirect_what_changes_something(guard, page):
    assert asked(guard, method="POST", query=f"token={TOKEN}", origin=HOME)[0] == 200
    assert asked(guard, kind="websocket", query=f"token={TOKEN}", origin=HOME)[0] == "websocket.accept"
    assert len(page.reached) == 2


def test_answers_bear_our_policies_alone(guard):
    _, headers, _ = asked(guard, cookie=COOKIE)
    own = dict(policies(PORT))
    assert {name: headers[name].decode() for name in own} == own
    assert headers[b"cache-control"] == b"no-store"
    assert len(headers) == len(own) + 2
    sources = " ".join(own[b"content-security-policy"].split("; ")).split()
    assert {one for one in sources if "://" in one} == {f"ws://{n}:{PORT}" for n in ("127.0.0.1", "localhost")}
    assert not {"*", "http:", "https:", "ws:"} & set(sources)


def test_what_never_changes_may_be_kept():
    kept = [(b"content-type", b"text/javascript"), (b"Cache-Control", b"max-age=60")]
    assert asked(Guard(Page(kept), TOKEN, PORT), cookie=COOKIE)[1][b"cache-control"] == b"max-age=60"
    assert asked(Guard(Page(kept[:1]), TOKEN, PORT), cookie=COOKIE)[1][b"cache-control"] == b"no-store"
    pages = [(b"content-type", b"text/html"), (b"Cache-Control", b"max-age=60")]
    assert asked(Guard(Page(pages), TOKEN, PORT), cookie=COOKIE)[1][b"cache-control"] == b"no-store"


def test_what_is_no_request_passes(page, guard):
    asyncio.run(guard({"type": "lifespan"}, None, None))
    assert [one["type"] for one in page.reached] == ["lifespan"]


def test_a_refused_head_has_no_body(guard):
    status, headers, body = asked(guard, method="HEAD")
    assert (status, body) == (403, "")
    assert int(headers[b"content-length"]) > 0


@pytest.fixture
def served():
    """A real server with a guarded page, and its port."""
    import uvicorn

    own = socket.socket()
    own.bind(("127.0.0.1", 0))
    port = own.getsockname()[1]
    config = uvicorn.Config(Guard(Page(), TOKEN, port), log_level="critical", lifespan="off", ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [own]})
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield port
    server.should_exit = True
    thread.join()
    own.close()


def test_over_the_wire(served):
    home = f"http://127.0.0.1:{served}"
    with httpx.Client(base_url=home, trust_env=False) as one:
        assert one.get("/").status_code == 403
        answer = one.get("/x", params={"token": TOKEN})
        assert (answer.status_code, answer.headers["location"]) == (303, "/x")
        assert f"caloriq-lab-{served}" in one.cookies
        answer = one.get("/x")
        assert (answer.status_code, answer.text, answer.headers["x-frame-options"]) == (200, "yes", "DENY")
        assert one.post("/x").status_code == 403
        assert one.post("/x", headers={"Origin": home}).status_code == 200
        assert one.get("/x", headers={"Host": f"evil.example:{served}"}).status_code == 421
        assert one.get("/x", headers={"Origin": "http://evil.example"}).status_code == 403
