-- What became of messages, by account and the five minutes in which they were accepted, for pages about many of them.

CREATE TABLE tallies (
    account_id INTEGER NOT NULL,
    bucket_at  INTEGER NOT NULL,
    detail     TEXT NOT NULL, -- JSON: counts by state and cause, what was spent, counts by bin of delivery time
    PRIMARY KEY (account_id, bucket_at)
) WITHOUT ROWID;

-- Buckets whose messages may still change.
CREATE TABLE tally_looks (
    bucket_at INTEGER PRIMARY KEY,
    look_at   INTEGER NOT NULL
);
