-- What the messages cost whose rows are gone.
ALTER TABLE accounts ADD COLUMN pruned_spent INTEGER NOT NULL DEFAULT 0;

-- Accounts (0: all) whose stored requests are to be looked at again, and how far that has come.
CREATE TABLE retention_rechecks (
    account_id INTEGER PRIMARY KEY,
    after_id   INTEGER NOT NULL
);
