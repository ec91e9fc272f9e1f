CREATE TABLE people (
    person_id     INTEGER PRIMARY KEY,
    login         TEXT NOT NULL UNIQUE,
    name          TEXT NOT NULL,
    password_hash TEXT,
    totp_sealed   BLOB,
    totp_step     INTEGER NOT NULL DEFAULT 0,
    is_operator   INTEGER NOT NULL,
    created_at    INTEGER NOT NULL,
    disabled_at   INTEGER
);

CREATE TABLE memberships (
    person_id  INTEGER NOT NULL REFERENCES people,
    account_id INTEGER NOT NULL REFERENCES accounts,
    role       TEXT NOT NULL,
    PRIMARY KEY (person_id, account_id)
) WITHOUT ROWID;
CREATE INDEX memberships_of_account ON memberships (account_id);

CREATE TABLE sessions (
    session_id   INTEGER PRIMARY KEY,
    session_hash BLOB NOT NULL UNIQUE,
    person_id    INTEGER NOT NULL REFERENCES people,
    account_id   INTEGER,
    is_acting    INTEGER NOT NULL DEFAULT 0,
    created_at   INTEGER NOT NULL,
    seen_at      INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    address      TEXT NOT NULL,
    agent        TEXT NOT NULL
);
CREATE INDEX sessions_of_person ON sessions (person_id);
CREATE INDEX sessions_by_end ON sessions (expires_at);

CREATE TABLE tickets (
    ticket_id   INTEGER PRIMARY KEY,
    ticket_hash BLOB NOT NULL UNIQUE,
    kind        TEXT NOT NULL,
    person_id   INTEGER NOT NULL REFERENCES people,
    made_by     TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL
);
CREATE INDEX tickets_of_person ON tickets (person_id);
