"""The frame around the pages: header, navigation, color scheme, and the address bar's link."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html, no_update

from optviz.views import template
from optviz.views.drawing.theme import describe_themes
from optviz_app.components import source_dialog
from optviz_app.components.fields import aria, build_opening
from optviz_app.pages import PAGES
from optviz_app.shell import help, lessons

THEME: Any = {
    "primaryColor": "indigo",
    "primaryShade": {"light": 7, "dark": 8},  # on white a lighter one has too little contrast
    "fontFamily": "system-ui, sans-serif",
}


def header() -> Any:
    """Build the name, the links between the pages, the lessons, the help and the color scheme."""
    links = [
        dmc.Anchor(page.title, href=path, id=page.nav, className="nav", underline="never")
        for path, page in PAGES.items()
    ]
    look = {"variant": "default", "size": "34px"}
    buttons = [
        dmc.ActionIcon("?", id="help", **look, **aria("keys and words")),
        dmc.ColorSchemeToggle(
            id="scheme",
            lightIcon=html.Span("☀"),
            darkIcon=html.Span("☾"),
            **look,
            **aria("switch between light and dark"),
        ),
    ]
    brand = html.Span("optviz", className="brand")
    pages = html.Nav(links, className="navs", **aria("pages"))
    return html.Div([brand, pages, lessons.menu(), html.Div(buttons)], className="bar")


def layout() -> Any:
    """Lay out the shell, without a page until the link has been read."""
    templates = {scheme: template(scheme).to_plotly_json() for scheme in ("light", "dark")}
    templates["inks"] = describe_themes()
    page = [
        dmc.AppShellHeader(header()),
        dmc.AppShellMain(html.Div(build_opening("Opening the page …"), id="page", tabIndex=-1)),
    ]
    return dmc.MantineProvider(
        [
            dcc.Location(id="url", refresh=False),
            *[dcc.Store(id=name) for name in ("wanted", "shown", "scheme-now")],
            dcc.Store(id="pages", data={path: page.title for path, page in PAGES.items()}),
            dcc.Store(id="templates", data=templates),
            html.A("Skip to the page", href="#page", className="skip"),
            dmc.AppShell(page, header={"height": 56}, padding="md"),
            help.dialog(),
            source_dialog.dialog(),
        ],
        defaultColorScheme="auto",
        theme=THEME,
    )


def open_link(path: str | None, search: str | None, shown: Any) -> tuple[Any, Any, str]:
    """Return the page of a link, what is now shown, and the path of the page.

    Where the browser shows that already, page and record are left as they are.
    """
    path = path if path in PAGES else "/"
    page = PAGES[path]
    record, sentences = page.read_link(search or "")
    query = record.to_query()
    if shown and shown.get("path") == path and shown.get("query") == query and not sentences:
        return no_update, no_update, path
    return page.load().layout(record, sentences), {"path": path, "query": query}, path


def register(app: Dash) -> None:
    """Register the callbacks of the shell."""
    app.index_string = app.index_string.replace("<html>", '<html lang="en">')
    source_dialog.register(app)
    help.register(app)

    @app.callback(
        Output("page", "children"),
        Output("shown", "data"),
        [Output(page.nav, "className") for page in PAGES.values()],
        Input("wanted", "data"),
        State("shown", "data"),
        prevent_initial_call=True,
    )
    def route(wanted, shown):
        children, now, path = open_link(wanted["path"], wanted["search"], shown)
        marks = ["nav active" if each == path else "nav" for each in PAGES]
        return children, now, *marks

    app.clientside_callback(
        ClientsideFunction("common", "openAddress"),
        Output("wanted", "data"),
        Input("url", "pathname"),
        Input("url", "search"),
        State("shown", "data"),
    )
    app.clientside_callback(
        ClientsideFunction("common", "rememberPages"),
        [Output(page.nav, "href") for page in PAGES.values()],
        Input("shown", "data"),
        State("pages", "data"),
    )
