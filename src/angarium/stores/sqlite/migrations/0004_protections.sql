-- What protects an account: first replies for safe retries.

CREATE TABLE kept_replies (
    reply_id      INTEGER PRIMARY KEY,
    connection_id INTEGER NOT NULL,
    key           TEXT NOT NULL,
    digest        BLOB NOT NULL, -- of the body that was answered
    kept_at       INTEGER NOT NULL,
    status        INTEGER NOT NULL,
    content_type  BLOB NOT NULL,
    body          BLOB NOT NULL,
    UNIQUE (connection_id, key)
);
CREATE INDEX kept_replies_by_age ON kept_replies (kept_at);
