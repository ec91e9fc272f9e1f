"""The operator's API, `/v1/...` in JSON: whatever the command line and a console do.

It knows one table of operations, and from that table come the router, the validation, the OpenAPI document and the
readable page, so that they cannot drift apart. It refuses to know rules: those are in flows, shared with the command
line.

    httpd.Request -> app (path, token, scope) -> reading (parameters, body) -> an operation's `run` -> flows
    httpd.Response <- app <- a Struct, or a problem (RFC 9457)

To add an operation:

1. Put the rule into a flow: a function that takes a `flows.desk.Desk`, judges with `Mistaken`, and changes through
   `desk.by("thing.verb", "thing", number, before=..., after=...)`, which leaves the row in the audit log. Call the same
   function from the command line (`shell.at_desk`).
2. In the module of its family here (or a new one, added to `table.py`) declare its Structs, on `Parameters`, `Body` and
   `Reply` of `values.py`, and an `async def run(call)` that calls the flow and returns the reply.
3. Add an `Operation(...)` to the OPERATIONS of that module. Method, path, scope, summary, Structs and the problems it
   may answer are all there is to say: everything else follows, the tests of the whole table included.
"""
