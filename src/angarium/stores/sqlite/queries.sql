-- Every statement of the embedded store, under the name the code calls it by.
-- A batch of reads, or of equal updates, is one statement over json_each: it costs a fifth of one statement a row.
-- `state < 2` stands beside `state = 0` so that SQLite sees that the partial index covers it.

-- name: free_credit
SELECT free FROM accounts WHERE account_id = ?

-- name: move_credit
UPDATE accounts SET free = free + ?, reserved = reserved + ?, spent = spent + ? WHERE account_id = ?

-- name: add_request
INSERT INTO requests (request_id, account_id, connection_id, client_message_id, sender, alphabet, udh, payload, flash,
                      segments, callback, accepted_at, expires_at, check_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)

-- name: add_message
INSERT INTO messages (message_id, request_id, account_id, carrier_id, recipient, priority, state, cause, due_at, rate,
                      segments, changed_at)
VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?)

-- name: next_account_waiting
SELECT min(account_id) FROM messages INDEXED BY messages_waiting
WHERE carrier_id = ? AND state = 0 AND state < 2 AND account_id > ?

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
SELECT message_id, request_id, account_id, recipient, due_at, rate, segments, sent_mask, attempts, doubts, cause
FROM messages INDEXED BY messages_waiting
WHERE carrier_id = ? AND state = 0 AND state < 2 AND account_id = ? AND priority = ? AND due_at <= ?
ORDER BY due_at LIMIT ?

-- name: claim_messages
UPDATE messages SET state = 1, cause = 2, due_at = ? WHERE message_id IN (SELECT value FROM json_each(?))

-- name: stale_messages
SELECT message_id, request_id, account_id, recipient, due_at, rate, segments, sent_mask, attempts, doubts, cause
FROM messages INDEXED BY messages_waiting
WHERE carrier_id = ? AND state = 1 AND state < 2 AND due_at <= ? LIMIT ?

-- name: probe
INSERT OR REPLACE INTO meta (name, value) VALUES ('probe', ?)

-- name: end_leases
UPDATE messages SET due_at = ?1
WHERE carrier_id IN (SELECT DISTINCT carrier_id FROM carriers) AND state = 1 AND state < 2 AND due_at > ?1

-- name: end_notification_leases
UPDATE notifications SET due_at = ?, leased = 0 WHERE due_at IS NOT NULL AND leased = 1

-- name: requests
SELECT request_id, account_id, connection_id, client_message_id, sender, alphabet, udh, payload, flash, segments,
       callback, accepted_at, expires_at
FROM requests WHERE request_id IN (SELECT value FROM json_each(?))

-- name: messages
SELECT m.message_id, m.request_id, m.account_id, m.carrier_id, m.recipient, m.state, m.cause, m.due_at, m.rate,
       m.segments, m.sent_mask, m.delivered_mask, m.attempts, m.doubts, m.error, m.changed_at,
       r.client_message_id, r.connection_id, r.callback, r.expires_at, r.accepted_at
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
UPDATE messages SET state = ?, cause = ?, due_at = ?, sent_mask = ?, attempts = ?, doubts = ?, error = ?, changed_at = ?
WHERE message_id IN (SELECT value FROM json_each(?))

-- name: add_segment
INSERT OR REPLACE INTO segments (message_id, segment_no, carrier_id, carrier_message_id, match_id, submitted_at)
VALUES (?, ?, ?, ?, ?, ?)

-- name: awaiting
SELECT s.match_id, s.segment_no, s.submitted_at, m.message_id, m.request_id, m.account_id, m.recipient, m.state, m.rate,
       m.segments, m.sent_mask, m.delivered_mask, r.callback, r.connection_id
FROM json_each(?2) j
CROSS JOIN segments s INDEXED BY segments_awaiting ON s.carrier_id = ?1 AND s.match_id = j.value
JOIN messages m ON m.message_id = s.message_id JOIN requests r ON r.request_id = m.request_id

-- name: settle_segment
UPDATE segments SET match_id = iif(?, match_id, NULL), receipt_at = ?, receipt_cause = ?, error = ?
WHERE message_id = ? AND segment_no = ?

-- name: settle_messages
UPDATE messages SET state = ?, cause = ?, delivered_mask = delivered_mask | ?, error = ?, changed_at = ?
WHERE message_id IN (SELECT value FROM json_each(?))

-- name: add_delivered
UPDATE messages SET delivered_mask = delivered_mask | ? WHERE message_id = ?

-- name: park_receipt
INSERT INTO parked_receipts (carrier_id, match_id, carrier_message_id, cause, recipient, error, received_at)
VALUES (?, ?, ?, ?, ?, ?, ?)

-- name: any_parked
SELECT EXISTS (SELECT 1 FROM parked_receipts WHERE carrier_id = ?)

-- name: take_parked
DELETE FROM parked_receipts WHERE carrier_id = ? AND match_id IN (SELECT value FROM json_each(?))
RETURNING carrier_id, match_id, carrier_message_id, cause, recipient, error, received_at

-- name: prune_parked
DELETE FROM parked_receipts WHERE parked_id IN
    (SELECT parked_id FROM parked_receipts WHERE received_at < ? ORDER BY received_at LIMIT ?)

-- name: keep_inbound
INSERT INTO inbound_segments (carrier_id, sender, recipient, alphabet, udh, payload, received_at)
VALUES (?, ?, ?, ?, ?, ?, ?)

-- name: owe
INSERT INTO notifications (connection_id, message_id, status_code, charge, changed_at, due_at) VALUES (?, ?, ?, ?, ?, ?)

-- name: due_notifications
SELECT n.notification_id, n.connection_id, n.message_id, ifnull(r.client_message_id, ''), m.recipient, r.sender,
       n.charge, n.status_code, n.changed_at, n.attempts
FROM notifications n INDEXED BY notifications_due
JOIN messages m ON m.message_id = n.message_id JOIN requests r ON r.request_id = m.request_id
WHERE n.connection_id = ?1 AND n.due_at <= ?2
  AND NOT EXISTS (SELECT 1 FROM notifications e INDEXED BY notifications_undone
                  WHERE e.message_id = n.message_id AND e.due_at IS NOT NULL AND e.notification_id < n.notification_id)
ORDER BY n.due_at LIMIT ?3

-- name: lease_notifications
UPDATE notifications SET due_at = ?, leased = ? WHERE notification_id IN (SELECT value FROM json_each(?))

-- name: settle_notification
UPDATE notifications SET due_at = ?, leased = 0, attempts = ?, done = ? WHERE notification_id = ?

-- name: add_attempt
INSERT OR REPLACE INTO notification_attempts (notification_id, attempt_no, at, status, elapsed_ms, answer, error)
VALUES (?, ?, ?, ?, ?, ?, ?)

-- name: next_connection_owed
SELECT min(connection_id) FROM notifications INDEXED BY notifications_due WHERE connection_id > ? AND due_at IS NOT NULL

-- name: is_connection_owed
SELECT EXISTS (SELECT 1 FROM notifications INDEXED BY notifications_due WHERE connection_id = ? AND due_at <= ?)

-- name: oldest_notification
SELECT min(due_at) FROM notifications INDEXED BY notifications_due WHERE connection_id = ? AND due_at IS NOT NULL

-- name: requests_to_check
SELECT request_id, account_id, connection_id, client_message_id, sender, alphabet, udh, payload, flash, segments,
       callback, accepted_at, expires_at
FROM requests INDEXED BY requests_to_check WHERE check_at <= ? ORDER BY check_at LIMIT ?

-- name: check_again
UPDATE requests SET check_at = ? WHERE request_id IN (SELECT value FROM json_each(?))

-- name: content
SELECT r.alphabet, r.udh, r.payload FROM messages m JOIN requests r ON r.request_id = m.request_id
WHERE m.message_id = ?

-- name: balance
SELECT purchased, free, reserved, spent FROM accounts WHERE account_id = ?

-- name: queue_depth
SELECT count(*) FROM (SELECT 1 FROM messages INDEXED BY messages_waiting
                      WHERE carrier_id = ? AND state = 0 AND state < 2 LIMIT ?)

-- name: oldest_due
SELECT min(due_at) FROM messages INDEXED BY messages_waiting
WHERE carrier_id = ? AND state = 0 AND state < 2 AND account_id = ? AND priority = ?

-- name: last_message_id
SELECT max(ifnull((SELECT max(message_id) FROM messages), 0), ifnull((SELECT max(request_id) FROM requests), 0))

-- name: faulty_balances
SELECT a.account_id, a.name, a.purchased, a.free, a.reserved, a.spent,
       ifnull((SELECT sum(amount) FROM ledger l WHERE l.account_id = a.account_id), 0) AS bought,
       ifnull(m.reserved, 0) AS owed, ifnull(m.spent, 0) AS used
FROM accounts a LEFT JOIN (
    SELECT account_id,
           sum(CASE WHEN state < 3 THEN rate * (segments - popcount(sent_mask)) ELSE 0 END) AS reserved,
           sum(rate * popcount(sent_mask)) AS spent
    FROM messages GROUP BY account_id) m ON m.account_id = a.account_id
WHERE a.purchased <> bought OR a.reserved <> owed OR a.spent <> used OR a.purchased <> a.free + a.reserved + a.spent
