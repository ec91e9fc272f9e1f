-- What protects an account: first replies for safe retries, its first purchase, counts against limits, blocked numbers.

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

-- NULL until the first purchase: until then messages carry the operator's text.
ALTER TABLE accounts ADD COLUMN first_purchase_at INTEGER;
UPDATE accounts SET first_purchase_at =
    (SELECT min(at) FROM ledger WHERE ledger.account_id = accounts.account_id AND amount > 0);

CREATE TABLE usage (
    account_id    INTEGER NOT NULL,
    connection_id INTEGER NOT NULL, -- 0: the whole account
    period        INTEGER NOT NULL, -- 0: a day, 1: a month
    began_at      INTEGER NOT NULL,
    messages      INTEGER NOT NULL,
    credits       INTEGER NOT NULL,
    PRIMARY KEY (account_id, connection_id, period)
) WITHOUT ROWID;

CREATE TABLE blocks (
    block_id    INTEGER PRIMARY KEY,
    digits      TEXT NOT NULL,
    is_prefix   INTEGER NOT NULL,
    account_id  INTEGER NOT NULL, -- 0: all accounts
    is_delisted INTEGER NOT NULL,
    note        TEXT NOT NULL,
    blocked_at  INTEGER NOT NULL,
    UNIQUE (is_prefix, digits, account_id)
);
