-- Requests and messages: the queue.
-- A batch of reads, or of equal updates, is one statement over json_each: it costs a fifth of one statement a row.
-- `state < 2` stands beside `state = 0` so that SQLite sees that the partial index covers it.

-- name: add_request
INSERT INTO requests (request_id, account_id, connection_id, client_message_id, sender, alphabet, udh, payload, flash,
                      segments, callback, accepted_at, expires_at, repeats, check_at, escalate, rate_max, needs)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)

-- name: add_message
INSERT INTO messages (message_id, request_id, account_id, carrier_id, recipient, priority, state, cause, due_at, rate,
                      segments, changed_at, cost)
VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?)

-- name: next_account_waiting
SELECT min(account_id) FROM messages INDEXED BY messages_waiting
WHERE carrier_id = ? AND state = 0 AND state < 2 AND account_id > ?

-- name: accounts_waiting
SELECT (SELECT min(account_id) FROM messages INDEXED BY messages_waiting
        WHERE carrier_id = ?1 AND state = 0 AND state < 2),
       (SELECT max(account_id) FROM messages INDEXED BY messages_waiting
        WHERE carrier_id = ?1 AND state = 0 AND state < 2)

-- name: accounts_due
WITH RECURSIVE waiting (account_id) AS (
    SELECT min(account_id) FROM messages INDEXED BY messages_waiting
    WHERE carrier_id = ?1 AND state = 0 AND state < 2 AND account_id > ?2
    UNION ALL
    SELECT (SELECT min(m.account_id) FROM messages m INDEXED BY messages_waiting
            WHERE m.carrier_id = ?1 AND m.state = 0 AND m.state < 2 AND m.account_id > waiting.account_id)
    FROM waiting WHERE waiting.account_id < ?3)
SELECT account_id FROM waiting
WHERE account_id <= ?3
  AND (EXISTS (SELECT 1 FROM messages INDEXED BY messages_waiting
               WHERE carrier_id = ?1 AND state = 0 AND state < 2 AND account_id = waiting.account_id
                 AND priority = 1 AND due_at <= ?4)
    OR EXISTS (SELECT 1 FROM messages INDEXED BY messages_waiting
               WHERE carrier_id = ?1 AND state = 0 AND state < 2 AND account_id = waiting.account_id
                 AND priority = 2 AND due_at <= ?4)
    OR EXISTS (SELECT 1 FROM messages INDEXED BY messages_waiting
               WHERE carrier_id = ?1 AND state = 0 AND state < 2 AND account_id = waiting.account_id
                 AND priority = 3 AND due_at <= ?4))
LIMIT ?5

-- name: due_messages
SELECT message_id, request_id, account_id, recipient, due_at, rate, segments, sent_mask, attempts, doubts,
       doubtful_mask, cause
FROM messages INDEXED BY messages_waiting
WHERE carrier_id = ? AND state = 0 AND state < 2 AND account_id = ? AND priority IN (1, 2, 3) AND due_at <= ?
ORDER BY priority, due_at LIMIT ?

-- name: claim_messages
UPDATE messages SET state = 1, cause = 2, due_at = ? WHERE message_id IN (SELECT value FROM json_each(?))

-- name: stale_messages
SELECT message_id, request_id, account_id, recipient, due_at, rate, segments, sent_mask, attempts, doubts,
       doubtful_mask, cause
FROM messages INDEXED BY messages_waiting
WHERE carrier_id = ? AND state = 1 AND state < 2 AND due_at <= ? LIMIT ?

-- name: probe
INSERT OR REPLACE INTO meta (name, value) VALUES ('probe', ?)

-- name: end_leases
UPDATE messages SET due_at = ?1
WHERE carrier_id IN (SELECT DISTINCT carrier_id FROM carriers) AND state = 1 AND state < 2 AND due_at > ?1

-- name: requests
SELECT request_id, account_id, connection_id, client_message_id, sender, alphabet, udh, payload, flash, segments,
       callback, accepted_at, expires_at, repeats
FROM requests WHERE request_id IN (SELECT value FROM json_each(?))

-- name: messages
SELECT m.message_id, m.request_id, m.account_id, m.carrier_id, m.recipient, m.state, m.cause, m.due_at, m.rate,
       m.segments, m.sent_mask, m.delivered_mask, m.attempts, m.doubts, m.doubtful_mask, m.error, m.changed_at,
       r.client_message_id, r.connection_id, r.callback, r.expires_at, r.accepted_at, m.cost
FROM json_each(?) j CROSS JOIN messages m ON m.message_id = j.value JOIN requests r ON r.request_id = m.request_id

-- name: newest_request
SELECT request_id FROM requests WHERE account_id = ? AND client_message_id = ? ORDER BY request_id DESC LIMIT 1

-- name: newest_of_request
SELECT max(message_id) FROM messages WHERE message_id >= ?1 AND message_id < ?1 + 1024 AND request_id = ?1

-- name: open_messages
SELECT message_id FROM messages
WHERE message_id >= ?1 AND message_id < ?1 + 1024 AND request_id = ?1 AND state < 3 ORDER BY message_id LIMIT ?2

-- name: count_in_state
SELECT count(*) FROM messages WHERE message_id IN (SELECT value FROM json_each(?)) AND state = ?

-- name: messages_in_state
SELECT message_id FROM messages WHERE message_id IN (SELECT value FROM json_each(?)) AND state = ?

-- name: move_messages
UPDATE messages SET state = ?, cause = ?, due_at = ?, sent_mask = ?, attempts = ?, doubts = ?, doubtful_mask = ?,
                    error = ?, changed_at = ?
WHERE message_id IN (SELECT value FROM json_each(?))

-- name: requests_to_check
SELECT request_id, account_id, connection_id, client_message_id, sender, alphabet, udh, payload, flash, segments,
       callback, accepted_at, expires_at, repeats
FROM requests INDEXED BY requests_to_check WHERE check_at <= ? ORDER BY check_at LIMIT ?

-- name: check_again
UPDATE requests SET check_at = ? WHERE request_id IN (SELECT value FROM json_each(?))

-- name: content
SELECT r.alphabet, r.udh, r.payload FROM messages m JOIN requests r ON r.request_id = m.request_id
WHERE m.message_id = ?

-- name: queue_depth
SELECT count(*) FROM (SELECT 1 FROM messages INDEXED BY messages_waiting
                      WHERE carrier_id = ? AND state = 0 AND state < 2 LIMIT ?)

-- name: oldest_due
SELECT min(due_at) FROM messages INDEXED BY messages_waiting
WHERE carrier_id = ? AND state = 0 AND state < 2 AND account_id = ? AND priority = ?

-- name: last_message_id
SELECT max(ifnull((SELECT max(message_id) FROM messages), 0), ifnull((SELECT max(request_id) FROM requests), 0),
           ifnull((SELECT max(inbound_id) FROM inbound_messages), 0))
