-- What is counted against limits.

-- name: usage
SELECT account_id, connection_id, period, began_at, messages, credits
FROM usage WHERE account_id IN (SELECT value FROM json_each(?))

-- name: set_usage
INSERT OR REPLACE INTO usage (account_id, connection_id, period, began_at, messages, credits)
VALUES (?, ?, ?, ?, ?, ?)
