"""Who may talk to the page: the browser of whoever has its address, on this machine, from the page itself.

A pure ASGI middleware, outermost. Another host name (a name that an attacker's server resolves to this machine), another origin
(a page of another site, or of another port), and whoever has neither key nor cookie are refused before the page sees them.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

NAMES = ("127.0.0.1", "localhost", "[::1]")
READS = ("GET", "HEAD")
KEY = "token"
HTTP = 80  # the port of addresses without one
AT_HOME = (b"none", b"same-origin")  # of Sec-Fetch-Site: typed, and asked by the page itself
GONE = (
    "No response returned."  # what the framework says where a tab is closed while a file is on its way; nobody is told
)
WRONG_NAME, REFUSED, SEE_OTHER, POLICY_VIOLATION = 421, 403, 303, 1008


class Guard:
    """Refuses whoever is not the browser that was given the address.

    Parameters
    ----------
    app : callable
        The page, an ASGI application.
    token : str
        Its key.
    port : int
        Where it is served.
    once : str, optional
        Another key, which opens the page once: for a command line, which others on this machine can read.
    """

    def __init__(self, app: App, token: str, port: int, once: str = "") -> None:
        self.app = app
        self.hosts = {f"{name}:{port}".encode() for name in NAMES}
        if port == HTTP:  # browsers leave it out
            self.hosts |= {name.encode() for name in NAMES}
        self._once = once.encode()
        self.cookie = f"caloriq-lab-{port}"
        self._token = token.encode()
        self._own = [(name, value.encode()) for name, value in policies(port)]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what may pass."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        if (fault := self._fault(scope)) is not None:
            await _refuse(scope, receive, send, *fault)
            return
        given = [value for name, value in _query(scope) if name == KEY]
        known = self._known(scope)
        if self._once and given == [self._once] and scope["type"] == "http" and scope["method"] == "GET":
            self._once = b""
            await self._welcome(scope, send)
        elif (given and not all(map(self._is_key, given))) or not (given or known):
            await _refuse(
                scope, receive, send, REFUSED, "open the address as caloriq lab has printed it, with its token"
            )
        elif given and scope["type"] == "http" and scope["method"] in READS:
            await self._welcome(scope, send)
        else:
            await self._passed(scope, receive, send)

    async def _passed(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        try:
            await self.app(scope, receive, self._sealed(send))
        except RuntimeError as error:
            if str(error) != GONE:
                raise

    def _fault(self, scope: Scope) -> tuple[int, str] | None:
        """What is wrong with where a request comes from and where it goes to."""
        hosts, origins = _all(scope, b"host"), _all(scope, b"origin")
        if len(hosts) != 1 or hosts[0].lower() not in self.hosts:
            return WRONG_NAME, "the page is at 127.0.0.1 alone, under no other name"
        changes = scope["type"] == "websocket" or scope["method"] not in READS
        # its own name too: another process may serve this port under another of the names
        if origins != [b"http://" + hosts[0].lower()] and (origins or changes):
            return REFUSED, "the page answers itself alone, and no page of another origin"
        if any(site.lower() not in AT_HOME for site in _all(scope, b"sec-fetch-site")):
            return REFUSED, "the page is not opened from another one; type its address, or copy it from the terminal"
        return None

    def _known(self, scope: Scope) -> bool:
        """Whether a cookie of ours holds the key."""
        pairs = (part.partition(b"=") for line in _all(scope, b"cookie") for part in line.split(b";"))
        return any(self._is_key(value) for name, _, value in pairs if name.strip() == self.cookie.encode())

    def _is_key(self, value: bytes) -> bool:
        return secrets.compare_digest(value.strip(), self._token)

    async def _welcome(self, scope: Scope, send: Send) -> None:
        """The key goes from the address to a cookie, and out of the history."""
        rest = urlencode([(name, value) for name, value in _query(scope) if name != KEY])
        # one slash at its start: two would name another host
        place = "/" + quote(scope["path"].lstrip("/\\"), safe="/~!$&'()*+,;=:@") + (f"?{rest}" if rest else "")
        cookie = b"%b=%b; HttpOnly; SameSite=Strict; Path=/" % (self.cookie.encode(), self._token)
        headers = [(b"location", place.encode()), (b"set-cookie", cookie), (b"content-length", b"0")]
        await _answer(send, SEE_OTHER, [*headers, *self._own, (b"cache-control", b"no-store")], b"")

    def _sealed(self, send: Send) -> Send:
        """Answers with our policies, whatever the page says of them; pages are not kept."""
        ours = {name for name, _ in self._own}

        async def sealed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [(n.lower(), v) for n, v in message.get("headers", ()) if n.lower() not in ours]
                kinds = [value for name, value in headers if name == b"content-type"]
                kept = any(name == b"cache-control" for name, _ in headers)
                if not kept or any(kind.startswith(b"text/html") for kind in kinds):
                    headers = [(n, v) for n, v in headers if n != b"cache-control"] + [(b"cache-control", b"no-store")]
                message = {**message, "headers": [*headers, *self._own]}
            await send(message)

        return sealed


def policies(port: int) -> list[tuple[bytes, str]]:
    """Headers that keep the page's own code from talking to anybody else.

    The page's framework compiles templates and has scripts within its HTML, hence 'unsafe-eval' and 'unsafe-inline'; `data:`
    and `blob:` are images and files that the page makes itself.
    """
    # older browsers do not count sockets to 'self'; a source list has no word for the address [::1]
    sockets = " ".join(f"ws://{name}:{port}" for name in NAMES if not name.startswith("["))
    own = {
        "default-src": "'self'",
        "script-src": "'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "connect-src": f"'self' data: blob: {sockets}",
        "worker-src": "'self' blob:",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    return [
        (b"content-security-policy", "; ".join(f"{name} {value}" for name, value in own.items())),
        (b"x-content-type-options", "nosniff"),
        (b"referrer-policy", "no-referrer"),
        (b"x-frame-options", "DENY"),
        (b"cross-origin-opener-policy", "same-origin"),
        (b"cross-origin-resource-policy", "same-origin"),
    ]


def _all(scope: Scope, name: bytes) -> list[bytes]:
    """Values of a header."""
    return [value for one, value in scope["headers"] if one.lower() == name]


def _query(scope: Scope) -> list[tuple[str, bytes]]:
    """Names and values of the address, in their order."""
    text = scope.get("query_string", b"").decode("latin-1")
    return [(name, value.encode("utf-8", "surrogateescape")) for name, value in parse_qsl(text, keep_blank_values=True)]


async def _refuse(scope: Scope, receive: Receive, send: Send, status: int, sentence: str) -> None:
    """One sentence, and nothing else."""
    if scope["type"] == "websocket":
        await receive()  # that it connects
        await send({"type": "websocket.close", "code": POLICY_VIOLATION, "reason": sentence})
        return
    content = f"caloriq lab: {sentence}\n".encode()
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(content)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
    ]
    await _answer(send, status, headers, b"" if scope["method"] == "HEAD" else content)


async def _answer(send: Send, status: int, headers: Headers, content: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})
