-- Who may operate this service over its API, and what operators have done.

CREATE TABLE operator_tokens (
    operator_token_id INTEGER PRIMARY KEY,
    name       TEXT NOT NULL,
    scopes     TEXT NOT NULL, -- a JSON array
    token_hash BLOB NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    revoked_at INTEGER,
    used_at    INTEGER -- to the hour or so
);
-- A name may be given again once its token is revoked.
CREATE UNIQUE INDEX operator_tokens_by_name ON operator_tokens (name) WHERE revoked_at IS NULL;

CREATE TABLE audit_log (
    entry_id INTEGER PRIMARY KEY,
    at       INTEGER NOT NULL,
    author   TEXT NOT NULL,
    action   TEXT NOT NULL,
    subject  TEXT NOT NULL,
    before   TEXT, -- JSON without secrets; NULL for what was made
    after    TEXT  -- likewise; NULL for what was removed
);
CREATE INDEX audit_log_of_subject ON audit_log (subject, entry_id);
CREATE INDEX audit_log_of_author ON audit_log (author, entry_id);

-- Notifications of which the last attempt has failed, for those who look after them.
CREATE INDEX notifications_dead ON notifications (connection_id, notification_id) WHERE due_at IS NULL AND done = 0;

-- All notifications of a message, not only the undone ones: it costs nothing more, since a row that is done needs no
-- deletion from the index.
DROP INDEX notifications_undone;
CREATE INDEX notifications_of_message ON notifications (message_id, notification_id);
