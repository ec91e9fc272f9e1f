"""The console: pages for developers and operators, rendered on the server.

It knows pages, forms, sessions and how things are said to people. It refuses to know rules: those are in flows, shared
with the command line and the operator's API, and every change goes through a `flows.desk.Desk`.

    httpd.Request -> AsgiHandler -> app (session, who may, form token, headers) -> a page of `table` -> flows
    httpd.Response <- templates <- a page's values

To add a page: write an `async def run(visit) -> Response` in a module of `pages/`, add a `Page(...)` to its PAGES with
its path and who may see it, and a template that extends `frame.html`. A test walks the whole table as every wrong
person. No page needs JavaScript, but for live updates; no page asks another host for anything.
"""
