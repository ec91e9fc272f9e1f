-- Keys of messages are time-ordered integers; what customers see is derived from them.
-- Moments are milliseconds since the Unix epoch, money is millionths of a credit.

CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) WITHOUT ROWID;

INSERT INTO meta (name, value) VALUES ('settings_version', 1);

CREATE TABLE accounts (
    account_id INTEGER PRIMARY KEY,
    name       TEXT NOT NULL UNIQUE,
    settings   TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    purchased  INTEGER NOT NULL DEFAULT 0,
    free       INTEGER NOT NULL DEFAULT 0 CHECK (free >= 0),
    reserved   INTEGER NOT NULL DEFAULT 0 CHECK (reserved >= 0),
    spent      INTEGER NOT NULL DEFAULT 0 CHECK (spent >= 0),
    CHECK (purchased = free + reserved + spent)
);

CREATE TABLE ledger (
    entry_id   INTEGER PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES accounts,
    at         INTEGER NOT NULL,
    amount     INTEGER NOT NULL,
    note       TEXT NOT NULL
);
CREATE INDEX ledger_of_account ON ledger (account_id, entry_id);

CREATE TABLE connections (
    connection_id INTEGER PRIMARY KEY,
    account_id    INTEGER NOT NULL REFERENCES accounts,
    name          TEXT NOT NULL,
    settings      TEXT NOT NULL,
    created_at    INTEGER NOT NULL,
    UNIQUE (account_id, name)
);

CREATE TABLE tokens (
    token_id      INTEGER PRIMARY KEY,
    connection_id INTEGER NOT NULL REFERENCES connections,
    token_hash    BLOB NOT NULL UNIQUE,
    sealed        BLOB NOT NULL,
    created_at    INTEGER NOT NULL,
    revoked_at    INTEGER
);

CREATE TABLE carriers (
    carrier_id INTEGER PRIMARY KEY,
    name       TEXT NOT NULL UNIQUE,
    settings   TEXT NOT NULL,
    enabled    INTEGER NOT NULL
);

CREATE TABLE routes (
    route_id   INTEGER PRIMARY KEY,
    prefix     TEXT NOT NULL UNIQUE,
    carrier_id INTEGER NOT NULL REFERENCES carriers
);

CREATE TABLE rates (
    rate_id    INTEGER PRIMARY KEY,
    prefix     TEXT NOT NULL,
    account_id INTEGER REFERENCES accounts,
    rate       INTEGER NOT NULL CHECK (rate >= 0)
);
CREATE UNIQUE INDEX rates_by_prefix ON rates (prefix, ifnull(account_id, 0));

-- What the recipients of one send share. The id is that of its first message.
CREATE TABLE requests (
    request_id        INTEGER PRIMARY KEY,
    account_id        INTEGER NOT NULL,
    connection_id     INTEGER NOT NULL,
    client_message_id TEXT,
    sender            TEXT NOT NULL,
    alphabet          INTEGER NOT NULL,
    udh               BLOB,
    payload           BLOB,
    flash             INTEGER NOT NULL,
    segments          INTEGER NOT NULL,
    callback          INTEGER NOT NULL,
    accepted_at       INTEGER NOT NULL,
    expires_at        INTEGER NOT NULL,
    check_at          INTEGER
);
CREATE INDEX requests_by_client_message_id ON requests (account_id, client_message_id, request_id)
    WHERE client_message_id IS NOT NULL;
CREATE INDEX requests_to_check ON requests (check_at) WHERE check_at IS NOT NULL;

CREATE TABLE messages (
    message_id     INTEGER PRIMARY KEY,
    request_id     INTEGER NOT NULL,
    account_id     INTEGER NOT NULL,
    carrier_id     INTEGER NOT NULL,
    recipient      INTEGER NOT NULL,
    priority       INTEGER NOT NULL,
    state          INTEGER NOT NULL,
    cause          INTEGER NOT NULL,
    due_at         INTEGER NOT NULL, -- while submitting: when the lease of the claim ends
    rate           INTEGER NOT NULL,
    segments       INTEGER NOT NULL,
    sent_mask      INTEGER NOT NULL DEFAULT 0,
    delivered_mask INTEGER NOT NULL DEFAULT 0,
    attempts       INTEGER NOT NULL DEFAULT 0,
    doubts         INTEGER NOT NULL DEFAULT 0,
    changed_at     INTEGER NOT NULL,
    error          TEXT NOT NULL DEFAULT ''
);
-- Queued (0) and submitting (1) messages: the queue itself. Rows leave it when a carrier has taken them.
CREATE INDEX messages_waiting ON messages (carrier_id, state, account_id, priority, due_at) WHERE state < 2;

-- One row for each segment a carrier took.
CREATE TABLE segments (
    message_id         INTEGER NOT NULL,
    segment_no         INTEGER NOT NULL,
    carrier_id         INTEGER NOT NULL,
    carrier_message_id TEXT NOT NULL,
    match_id           TEXT, -- set while a receipt may still come
    submitted_at       INTEGER NOT NULL,
    receipt_at         INTEGER,
    receipt_cause      INTEGER,
    error              TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (message_id, segment_no)
) WITHOUT ROWID;
CREATE INDEX segments_awaiting ON segments (carrier_id, match_id) WHERE match_id IS NOT NULL;

CREATE TABLE parked_receipts (
    parked_id          INTEGER PRIMARY KEY,
    carrier_id         INTEGER NOT NULL,
    match_id           TEXT NOT NULL,
    carrier_message_id TEXT NOT NULL,
    cause              INTEGER NOT NULL,
    recipient          TEXT NOT NULL,
    error              TEXT NOT NULL,
    received_at        INTEGER NOT NULL
);
CREATE INDEX parked_receipts_by_id ON parked_receipts (carrier_id, match_id);
CREATE INDEX parked_receipts_by_age ON parked_receipts (received_at);

-- What handsets sent, kept before the carrier is answered.
CREATE TABLE inbound_segments (
    inbound_id  INTEGER PRIMARY KEY,
    carrier_id  INTEGER NOT NULL,
    sender      TEXT NOT NULL,
    recipient   TEXT NOT NULL,
    alphabet    INTEGER NOT NULL,
    udh         BLOB NOT NULL,
    payload     BLOB NOT NULL,
    received_at INTEGER NOT NULL
);

CREATE TABLE notifications (
    notification_id INTEGER PRIMARY KEY,
    connection_id   INTEGER NOT NULL,
    message_id      INTEGER NOT NULL,
    status_code     INTEGER NOT NULL,
    charge          INTEGER NOT NULL,
    changed_at      INTEGER NOT NULL,
    due_at          INTEGER, -- NULL when there is nothing more to do; while leased: when the lease of the claim ends
    leased          INTEGER NOT NULL DEFAULT 0,
    attempts        INTEGER NOT NULL DEFAULT 0,
    done            INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX notifications_due ON notifications (connection_id, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX notifications_undone ON notifications (message_id, notification_id) WHERE due_at IS NOT NULL;

CREATE TABLE notification_attempts (
    notification_id INTEGER NOT NULL,
    attempt_no      INTEGER NOT NULL,
    at              INTEGER NOT NULL,
    status          INTEGER NOT NULL,
    elapsed_ms      INTEGER NOT NULL,
    answer          BLOB NOT NULL,
    error           TEXT NOT NULL,
    PRIMARY KEY (notification_id, attempt_no)
) WITHOUT ROWID;
