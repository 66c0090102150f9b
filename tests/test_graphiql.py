"""GraphiQL comes from the package: complete, unchanged, and asking no other host."""

from __future__ import annotations

import hashlib
import json
import re
from importlib.resources import files

import pytest
from litestar import Litestar
from litestar.testing import TestClient
from node_packages import run_node

from yuanluo_graphql.graphiql import GRAPHIQL_VERSION
from yuanluo_graphql.http import Answer, GraphQLRequest, HttpContext, graphql_routes, graphql_view

FOLDER = files("yuanluo_graphql") / "static" / "graphiql"
BROWSER = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}

# sha256 of the files in the npm packages that NOTICE.md names.
DIGESTS = {
    "graphiql.min.css": "bdddd50aac5bdb0edd83e5c862ba2fed9db2964e4c75d4655ab62b0a7d5bd730",
    "graphiql.min.js": "a330a2be1d2389486840a9d0a834767d9083a23f105879e0de54e4fce83d3513",
    "react-dom.production.min.js": "35f4f974f4b2bcd44da73963347f8952e341f83909e4498227d4e26b98f66f0d",
    "react.production.min.js": "d949f1c3687aedadcedac85261865f29b17cd273997e7f6b2bfc53b2f9d4c4dd",
}


class Silent:
    async def execute(self, request: GraphQLRequest, http: HttpContext, /) -> Answer:
        return Answer(b'{"data":null}')


def client(*, graphiql: bool = True, path: str = "/graphql") -> TestClient[Litestar]:
    return TestClient(
        Litestar(
            graphql_routes(graphql_view(Silent(), path=path, graphiql=graphiql), path=path, graphiql=graphiql),
            openapi_config=None,
        )
    )


def linked(page: str) -> list[str]:
    return re.findall(r'(?:src|href)="([^"]+)"', page)


def test_a_browser_gets_the_page_and_a_program_gets_graphql() -> None:
    with client() as http:
        page = http.get("/graphql", headers=BROWSER)
        answer = http.get("/graphql", params={"query": "{a}"}, headers={"accept": "*/*"})
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert 'lang="zh-CN"' in page.text
    assert "<title>院落" in page.text
    assert 'id="token"' in page.text
    assert answer.json() == {"data": None}


def test_every_file_that_the_page_links_is_served_and_may_be_kept_for_a_year() -> None:
    with client(path="/api/graphql") as http:
        page = http.get("/api/graphql", headers=BROWSER).text
        assert 'data-endpoint="/api/graphql"' in page
        paths = [link for link in linked(page) if link != "data:,"]
        assert len(paths) == 6
        for path in paths:
            assert path.startswith(f"/api/graphql/graphiql-{GRAPHIQL_VERSION}-")
            plain = http.get(path, headers={"accept-encoding": "identity"})
            zipped = http.get(path, headers={"accept-encoding": "gzip"})
            assert plain.status_code == 200
            assert "immutable" in plain.headers["cache-control"]
            assert zipped.headers["content-encoding"] == "gzip"
            assert int(zipped.headers["content-length"]) < len(plain.content)
            assert zipped.content == plain.content == (FOLDER / path.rpartition("/")[2]).read_bytes()


def test_the_page_allows_no_other_host_no_inline_script_and_no_frame() -> None:
    with client() as http:
        page = http.get("/graphql", headers=BROWSER)
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert not re.search(r"https?:|\*", policy)
    assert not re.search(r"<script(?! src=)", page.text)


@pytest.mark.parametrize("name", ["page.html", "boot.css", "boot.js", "graphiql.min.css"])
def test_our_files_and_the_styles_name_no_other_host(name: str) -> None:
    text = (FOLDER / name).read_text("utf-8")
    assert not re.search(r"@import|url\(\s*['\"]?(?!data:)", text)
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", text)
    assert not re.search(r"fetch\(\s*['\"`]", text)


@pytest.mark.parametrize("name", DIGESTS)
def test_vendored_files_are_those_of_the_npm_packages(name: str) -> None:
    assert hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() == DIGESTS[name]


def test_licences_and_origin_travel_with_the_files() -> None:
    notice = (FOLDER / "NOTICE.md").read_text("utf-8")
    licences = (FOLDER / "LICENSES.txt").read_text("utf-8")
    assert all(name in notice for name in DIGESTS)
    assert GRAPHIQL_VERSION in notice
    assert "GraphQL Contributors" in licences
    assert "SIL OPEN FONT LICENSE" in licences


def test_queries_and_subscriptions_go_to_the_same_address_with_the_token_that_was_typed_in() -> None:
    done = run_node("graphiql_boot.mjs", str(FOLDER / "boot.js"))
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    bearer = {"authorization": "Bearer yl_token"}
    address = "wss://yuanluo.example/graphql"
    assert told["made"] == [
        {"asked": "as a guest", "subscriptionUrl": address, "wsConnectionParams": {}},
        {"asked": "with a token", "subscriptionUrl": address, "wsConnectionParams": bearer},
    ]
    accept = {"accept": "application/json"}
    assert told["sent"] == [["/graphql", accept], ["/graphql", {**accept, **bearer}]]
    assert told["kept"] == {"yuanluo.token": "yl_token"}


def test_other_files_of_the_folder_are_not_served() -> None:
    with client() as http:
        base = next(link for link in linked(http.get("/graphql", headers=BROWSER).text) if "boot.js" in link)
        for name in ("page.html", "NOTICE.md", "../graphiql.py", "%2e%2e%2f__init__.py"):
            assert http.get(base.replace("boot.js", name)).status_code == 404


def test_a_head_request_gets_no_body_and_a_post_is_refused() -> None:
    with client() as http:
        path = next(link for link in linked(http.get("/graphql", headers=BROWSER).text) if "boot.js" in link)
        head = http.head(path)
        assert (head.status_code, head.content) == (200, b"")
        assert http.post(path).status_code == 405


def test_graphiql_can_be_switched_off() -> None:
    with client(graphiql=False) as http:
        answer = http.get("/graphql", params={"query": "{a}"}, headers=BROWSER)
    assert answer.json() == {"data": None}
