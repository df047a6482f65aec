"""A reviewer without a browser: signs in and decides by the same forms, over one connection."""

import re
from http.client import HTTPConnection, HTTPResponse
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urlsplit

_FIELD = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')


class Visitor:
    def __init__(self, url: str) -> None:
        place = urlsplit(url)
        assert place.hostname
        self.origin = url
        self._connection = HTTPConnection(place.hostname, place.port, timeout=30)
        self._cookies: dict[str, str] = {}

    @property
    def cookie(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self._cookies.items())

    def sign_in(self, email: str, password: str) -> None:
        fields = self._fields("/sign-in/")
        self._post("/sign-in/", fields | {"username": email, "password": password})
        assert "sessionid" in self._cookies, f"{email} could not sign in"

    def decide(self, web_url: str, verdict: str = "approve") -> None:
        """Opens the handoff's page and presses the button, as a browser without script does."""
        path = urlsplit(web_url).path
        fields = self._fields(path)
        assert "digest" in fields, f"{path} has no open decision bar"
        self._post(f"{path}decide/", fields | {"verdict": verdict, "note": ""})

    def get(self, path: str) -> str:
        """The page's text; AssertionError for any status but 200."""
        answer, body = self._send("GET", path)
        assert answer.status == 200, f"GET {path}: {answer.status}"
        return body

    def close(self) -> None:
        self._connection.close()

    def _fields(self, path: str) -> dict[str, str]:
        return dict(_FIELD.findall(self.get(path)))

    def _post(self, path: str, fields: dict[str, str]) -> None:
        answer, body = self._send("POST", path, urlencode(fields))
        assert answer.status in (302, 303), f"POST {path}: {answer.status}\n{body[:500]}"

    def _send(self, method: str, path: str, body: str | None = None) -> tuple[HTTPResponse, str]:
        headers = {"Cookie": self.cookie, "Origin": self.origin, "Referer": self.origin + path}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        for header in answer.headers.get_all("Set-Cookie", []):
            cookie = SimpleCookie(header)
            self._cookies.update({name: morsel.value for name, morsel in cookie.items()})
        return answer, answer.read().decode()
