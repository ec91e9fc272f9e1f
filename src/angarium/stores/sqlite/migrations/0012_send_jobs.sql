CREATE TABLE send_jobs (
    job_id        INTEGER PRIMARY KEY,
    account_id    INTEGER NOT NULL REFERENCES accounts,
    connection_id INTEGER NOT NULL REFERENCES connections,
    file_name     TEXT NOT NULL,
    author        TEXT NOT NULL,
    options       BLOB NOT NULL,
    state         TEXT NOT NULL,
    note          TEXT NOT NULL DEFAULT '',
    report        BLOB NOT NULL DEFAULT x'',
    lines         INTEGER NOT NULL DEFAULT 0,
    chunks        INTEGER NOT NULL DEFAULT 0,
    next_chunk    INTEGER NOT NULL DEFAULT 0,
    asked_at      INTEGER,
    due_at        INTEGER NOT NULL DEFAULT 0,
    accepted      INTEGER NOT NULL DEFAULT 0,
    refused       INTEGER NOT NULL DEFAULT 0,
    doubtful      INTEGER NOT NULL DEFAULT 0,
    created_at    INTEGER NOT NULL,
    changed_at    INTEGER NOT NULL
);
CREATE INDEX send_jobs_of_account ON send_jobs (account_id, job_id);
CREATE INDEX send_jobs_running ON send_jobs (due_at) WHERE state = 'running';
CREATE INDEX send_jobs_by_age ON send_jobs (changed_at);

CREATE TABLE send_chunks (
    chunk_id INTEGER PRIMARY KEY,
    job_id   INTEGER NOT NULL REFERENCES send_jobs,
    chunk_no INTEGER NOT NULL,
    body     BLOB,
    results  BLOB NOT NULL DEFAULT x'',
    UNIQUE (job_id, chunk_no)
);
