-- Where credit came from: the operator, a provider of payments, a voucher.
ALTER TABLE ledger ADD COLUMN origin TEXT NOT NULL DEFAULT 'operator';

CREATE TABLE purchases (
    purchase_id INTEGER PRIMARY KEY,
    account_id  INTEGER NOT NULL REFERENCES accounts,
    amount      INTEGER NOT NULL CHECK (amount > 0),
    provider    TEXT NOT NULL,
    payment_key TEXT NOT NULL UNIQUE,
    author      TEXT NOT NULL,
    state       TEXT NOT NULL DEFAULT 'open',
    created_at  INTEGER NOT NULL,
    ended_at    INTEGER
);
CREATE INDEX purchases_open ON purchases (purchase_id) WHERE state = 'open';

CREATE TABLE vouchers (
    voucher_id  INTEGER PRIMARY KEY,
    code_hash   BLOB NOT NULL UNIQUE,
    amount      INTEGER NOT NULL CHECK (amount > 0),
    note        TEXT NOT NULL,
    is_trial    INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    account_id  INTEGER REFERENCES accounts,
    redeemed_at INTEGER,
    revoked_at  INTEGER
);

CREATE TABLE credit_watches (
    account_id INTEGER PRIMARY KEY REFERENCES accounts,
    warn_below INTEGER NOT NULL CHECK (warn_below > 0),
    warned_at  INTEGER
);
