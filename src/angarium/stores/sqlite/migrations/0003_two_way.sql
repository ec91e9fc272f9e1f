-- Two-way messaging: numbers that handsets write to, what they send, and who has opted out.

CREATE TABLE inbound_numbers (
    number_id     INTEGER PRIMARY KEY,
    number        TEXT NOT NULL,
    keyword       TEXT NOT NULL, -- folded; '' for what no keyword claims
    carrier_id    INTEGER REFERENCES carriers, -- NULL for all
    connection_id INTEGER NOT NULL REFERENCES connections,
    settings      TEXT NOT NULL
);
CREATE UNIQUE INDEX inbound_numbers_by_name ON inbound_numbers (number, keyword, ifnull(carrier_id, 0));

-- Parts of messages. total is NULL in rows of an earlier version, which nobody has numbered yet.
ALTER TABLE inbound_segments RENAME COLUMN inbound_id TO part_id;
ALTER TABLE inbound_segments ADD COLUMN reference INTEGER;
ALTER TABLE inbound_segments ADD COLUMN total INTEGER;
ALTER TABLE inbound_segments ADD COLUMN sequence INTEGER;
ALTER TABLE inbound_segments ADD COLUMN joined INTEGER NOT NULL DEFAULT 0;
CREATE INDEX inbound_segments_by_key ON inbound_segments (carrier_id, sender, recipient, reference, total, part_id);
CREATE INDEX inbound_segments_waiting ON inbound_segments (received_at) WHERE joined = 0;
CREATE INDEX inbound_segments_joined ON inbound_segments (received_at) WHERE joined = 1;

CREATE TABLE inbound_messages (
    inbound_id    INTEGER PRIMARY KEY,
    connection_id INTEGER, -- NULL while nobody owns its number
    carrier_id    INTEGER NOT NULL,
    sender        TEXT NOT NULL,
    recipient     TEXT NOT NULL,
    alphabet      INTEGER NOT NULL,
    udh           BLOB NOT NULL,
    payload       BLOB, -- NULL when it was erased
    missing       INTEGER NOT NULL,
    received_at   INTEGER NOT NULL,
    state         INTEGER NOT NULL,
    due_at        INTEGER, -- NULL unless it is owed; while leased: when the lease of the claim ends
    leased        INTEGER NOT NULL DEFAULT 0,
    attempts      INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX inbound_messages_due ON inbound_messages (connection_id, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX inbound_messages_by_state ON inbound_messages (state, inbound_id);
CREATE INDEX inbound_messages_by_connection ON inbound_messages (connection_id, inbound_id);
CREATE INDEX inbound_messages_with_text ON inbound_messages (ifnull(connection_id, 0), inbound_id) WHERE payload IS NOT NULL;

CREATE TABLE inbound_attempts (
    inbound_id INTEGER NOT NULL,
    at         INTEGER NOT NULL,
    attempt_no INTEGER NOT NULL,
    status     INTEGER NOT NULL,
    elapsed_ms INTEGER NOT NULL,
    answer     BLOB NOT NULL,
    error      TEXT NOT NULL,
    PRIMARY KEY (inbound_id, at)
) WITHOUT ROWID;

CREATE TABLE opt_outs (
    account_id INTEGER NOT NULL,
    recipient  INTEGER NOT NULL,
    sender     TEXT NOT NULL, -- '' for all of the account's
    since      INTEGER NOT NULL,
    word       TEXT NOT NULL,
    PRIMARY KEY (account_id, recipient, sender)
) WITHOUT ROWID;

-- When a handset last had an automatic answer.
CREATE TABLE word_answers (
    account_id INTEGER NOT NULL,
    sender     TEXT NOT NULL,
    recipient  INTEGER NOT NULL,
    at         INTEGER NOT NULL,
    PRIMARY KEY (account_id, sender, recipient)
) WITHOUT ROWID;
CREATE INDEX word_answers_by_age ON word_answers (at);
