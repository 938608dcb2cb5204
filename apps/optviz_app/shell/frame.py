"""The frame around the pages: header, navigation, color scheme, and the address bar's link."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html, no_update

from optviz_app.components import source_dialog as source
from optviz_app.components.fields import aria
from optviz_app.pages.movielens import callbacks as ratings_page
from optviz_app.pages.surfaces import callbacks as surfaces_page
from optviz_app.pages.surfaces import figures
from optviz_app.pages.surfaces import stories as presets
from optviz_app.pages.workbook import callbacks as workbook_page
from optviz_app.shell import help

PAGES = {"/": surfaces_page, "/workbook": workbook_page, "/movielens": ratings_page}
THEME: Any = {
    "primaryColor": "indigo",
    "primaryShade": {"light": 7, "dark": 8},  # on white a lighter one has too little contrast
    "fontFamily": "system-ui, sans-serif",
}
TITLES = {"/": "Surfaces", "/workbook": "Workbook", "/movielens": "MovieLens"}


def header() -> Any:
    """The name, the links between the pages, the stories, the help and the color scheme."""
    links = [
        dmc.Anchor(title, href=path, id=f"nav-{title.lower()}", className="nav", underline="never")
        for path, title in TITLES.items()
    ]
    buttons = [
        dmc.ActionIcon("?", id="help", variant="default", size="34px", **aria("keys and words")),
        dmc.ColorSchemeToggle(
            id="scheme",
            lightIcon=html.Span("☀"),
            darkIcon=html.Span("☾"),
            variant="default",
            size="34px",
            **aria("switch between light and dark"),
        ),
    ]
    return html.Div(
        [
            html.Span("optviz", className="brand"),
            html.Nav(links, className="navs", **aria("pages")),
            presets.menu(),
            html.Div(buttons),
        ],
        className="bar",
    )


def layout() -> Any:
    """The shell, empty until the link has been read."""
    return dmc.MantineProvider(
        [
            dcc.Location(id="url", refresh=False),
            dcc.Store(id="wanted"),
            dcc.Store(id="shown"),
            dcc.Store(id="scheme-now"),
            dcc.Store(id="pages", data=list(TITLES)),
            dcc.Store(id="templates", data=figures.templates()),
            html.A("Skip to the page", href="#page", className="skip"),
            dmc.AppShell(
                [
                    dmc.AppShellHeader(header()),
                    dmc.AppShellMain(html.Div(id="page", tabIndex=-1)),
                ],
                header={"height": 56},
                padding="md",
            ),
            help.dialog(),
            source.dialog(),
        ],
        defaultColorScheme="auto",
        theme=THEME,
    )


def open_link(path: str | None, search: str | None, shown: Any) -> tuple[Any, Any, str]:
    """The page of a link, unless it is what the page shows already.

    Returns the page's children, what is now shown, and the title of the page.
    """
    path = path if path in PAGES else "/"
    page = PAGES[path]
    experiment, sentences = page.EXPERIMENT.from_query(search or "")
    query = experiment.to_query()
    if shown and shown.get("path") == path and shown.get("query") == query and not sentences:
        return no_update, no_update, TITLES[path]
    return page.layout(experiment, sentences), {"path": path, "query": query}, TITLES[path]


def register(app: Dash) -> None:
    """The callbacks of the shell and of its pages."""
    app.index_string = app.index_string.replace("<html>", '<html lang="en">')
    source.register(app)
    help.register(app)

    @app.callback(
        Output("page", "children"),
        Output("shown", "data"),
        [Output(f"nav-{title.lower()}", "className") for title in TITLES.values()],
        Input("wanted", "data"),
        State("shown", "data"),
        prevent_initial_call=True,
    )
    def route(wanted, shown):
        children, now, title = open_link(wanted["path"], wanted["search"], shown)
        marks = ["nav active" if each == title else "nav" for each in TITLES.values()]
        return children, now, *marks

    app.clientside_callback(
        ClientsideFunction("common", "openAddress"),
        Output("wanted", "data"),
        Input("url", "pathname"),
        Input("url", "search"),
        State("shown", "data"),
    )
    app.clientside_callback(
        ClientsideFunction("common", "writeLink"),
        Input("ratings-query", "data"),
        State("shown", "data"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("common", "rememberPages"),
        [Output(f"nav-{title.lower()}", "href") for title in TITLES.values()],
        Input("shown", "data"),
        State("pages", "data"),
    )
