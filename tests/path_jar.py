"""A test client whose cookies lie under paths, as a browser's do: Django's own sends every cookie to every address."""

from email.message import Message
from http.cookiejar import CookieJar
from http.cookies import SimpleCookie
from urllib.request import Request

from django.test import Client


class _Answer:
    def __init__(self, response):
        self.headers = Message()
        for morsel in response.cookies.values():
            self.headers["Set-Cookie"] = morsel.OutputString()

    def info(self):
        return self.headers


class PathClient(Client):
    """Keeps cookies in `jar`, an `http.cookiejar.CookieJar`, and sends those that belong to the address."""

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.jar = CookieJar()

    def request(self, **request):
        """One request, with the jar's cookies for its path; what the response sets goes into the jar."""
        asked = Request(f"http://localhost{request['PATH_INFO']}")
        self.jar.add_cookie_header(asked)
        self.cookies = SimpleCookie(asked.get_header("Cookie", ""))
        response = super().request(**request)
        self.jar.extract_cookies(_Answer(response), asked)
        return response

    def held(self) -> set[tuple[str, str]]:
        """The name and path of each cookie in the jar."""
        return {(cookie.name, cookie.path) for cookie in self.jar}

    def copied(self) -> "PathClient":
        """Another browser that holds the same cookies: what somebody kept of them."""
        other = PathClient()
        for cookie in self.jar:
            other.jar.set_cookie(cookie)
        return other
