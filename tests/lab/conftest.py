"""A server and a browser for all tests of the page, and a tab for each."""

import pytest

from lab.browser import Server, driven, watched


@pytest.fixture(scope="session")
def browser():
    with driven() as one:
        yield one


@pytest.fixture(scope="module")
def server(browser, tmp_path_factory):  # noqa: ARG001 - none where there is no browser
    one = Server(tmp_path_factory.mktemp("lab"))
    one.start()
    yield one
    if one.process is not None:
        one.stop()


@pytest.fixture
def tab(browser, server):
    with watched(browser, server) as one:
        yield one
        one.clean()
