"""Logging in with what a client of the API has, and out."""

from __future__ import annotations

from urllib.parse import quote

from snowplow_signals.server.console.asked import Asked, Page, Redirect


def form(asked: Asked) -> Page | Redirect:
    """The form; whoever is logged in, or need not be, is sent on."""
    after = _own_path(asked.query.get("next", ""))
    if asked.session.is_logged_in or asked.rights:
        return Redirect(after)
    return _form(after)


def log_in(asked: Asked) -> Page | Redirect:
    """A session of a key or of the service's token, if it is right."""
    after = _own_path(asked.form.get("next", ""))
    registry = asked.site.registry
    if registry is None:
        return Redirect(after)
    secret = asked.form.get("secret", "").strip()
    started = asked.site.sessions.log_in(
        asked.form.get("org_id", "").strip(), asked.form.get("key_id", "").strip(), secret, registry.keys.matching
    )
    if started is None:
        return _form(after, problem="The key is not valid, was revoked, or is of another organisation.")
    if asked.site.backend is not None:  # a key that was made a moment ago
        asked.site.backend.definitions.refresh()
    asked.site.sessions.end(asked.session)
    return Redirect(after, cookie=started[1])


def log_out(asked: Asked) -> Redirect:
    """The session is over."""
    asked.site.sessions.end(asked.session)
    return Redirect("/login", cookie="")


def _form(after: str, problem: str = "") -> Page:
    return Page("login.html", "Log in", {"next": after, "problem": problem}, 401 if problem else 200)


def _own_path(text: str) -> str:
    """A path of ours to go to; the overview for anything else that somebody may have put into a link."""
    is_ours = text.startswith("/") and not text.startswith(("//", "/\\")) and text.isprintable()
    return quote(text, safe="/?&=%+-._~") if is_ours else "/"
