-- What an operator looks for.

-- name: scan_end
SELECT message_id FROM messages WHERE message_id < ?1 AND message_id >= ?2
ORDER BY message_id DESC LIMIT 1 OFFSET ?3

-- name: scan_end_upwards
SELECT message_id FROM messages WHERE message_id < ?1 AND message_id >= ?2
ORDER BY message_id LIMIT 1 OFFSET ?3

-- A standing is spelled as in core.status_codes.
-- name: search_messages
SELECT m.message_id FROM messages m
WHERE m.message_id < ?1 AND m.message_id >= ?2 AND (?3 IS NULL OR m.account_id = ?3)
  AND (?4 IS NULL OR m.carrier_id = ?4) AND (?5 IS NULL OR m.recipient = ?5) AND (?6 IS NULL OR m.state = ?6)
  AND (?7 IS NULL OR m.recipient % ?7 = ?8 AND m.recipient > 0)
  AND (?9 IS NULL OR EXISTS (SELECT 1 FROM requests r WHERE r.request_id = m.request_id
                             AND says(r.alphabet, r.udh, r.payload, ?9)))
  AND (?11 IS NULL OR m.state * 256 + m.cause + (m.state = 0 AND m.due_at > ?12) * 128 IN (SELECT value FROM json_each(?11)))
ORDER BY m.message_id DESC LIMIT ?10

-- name: search_messages_upwards
SELECT m.message_id FROM messages m
WHERE m.message_id < ?1 AND m.message_id >= ?2 AND (?3 IS NULL OR m.account_id = ?3)
  AND (?4 IS NULL OR m.carrier_id = ?4) AND (?5 IS NULL OR m.recipient = ?5) AND (?6 IS NULL OR m.state = ?6)
  AND (?7 IS NULL OR m.recipient % ?7 = ?8 AND m.recipient > 0)
  AND (?9 IS NULL OR EXISTS (SELECT 1 FROM requests r WHERE r.request_id = m.request_id
                             AND says(r.alphabet, r.udh, r.payload, ?9)))
  AND (?11 IS NULL OR m.state * 256 + m.cause + (m.state = 0 AND m.due_at > ?12) * 128 IN (SELECT value FROM json_each(?11)))
ORDER BY m.message_id LIMIT ?10

-- name: search_by_client_message_id
SELECT m.message_id
FROM requests r INDEXED BY requests_by_client_message_id
CROSS JOIN messages m ON m.message_id >= r.request_id AND m.message_id < r.request_id + 1024 AND m.request_id = r.request_id
WHERE r.account_id = ?1 AND r.client_message_id = ?2 AND r.request_id < ?3 AND m.message_id < ?3 AND m.message_id >= ?4
  AND (?5 IS NULL OR m.carrier_id = ?5) AND (?6 IS NULL OR m.recipient = ?6) AND (?7 IS NULL OR m.state = ?7)
  AND (?8 IS NULL OR m.recipient % ?8 = ?9 AND m.recipient > 0) AND (?10 IS NULL OR says(r.alphabet, r.udh, r.payload, ?10))
  AND (?12 IS NULL OR m.state * 256 + m.cause + (m.state = 0 AND m.due_at > ?13) * 128 IN (SELECT value FROM json_each(?12)))
ORDER BY r.request_id DESC, m.message_id DESC LIMIT ?11

-- name: request_of_message
SELECT r.request_id, r.account_id, r.connection_id, r.client_message_id, r.sender, r.alphabet, r.udh, r.payload, r.flash,
       r.segments, r.callback, r.accepted_at, r.expires_at, r.repeats
FROM messages m JOIN requests r ON r.request_id = m.request_id WHERE m.message_id = ?

-- name: segments_of_message
SELECT segment_no, carrier_id, carrier_message_id, submitted_at, receipt_at, receipt_cause, error, copy_no, link,
       sequence_number, written_at, stat
FROM segments WHERE message_id = ? ORDER BY segment_no, copy_no

-- name: notifications_scan_end
SELECT notification_id FROM notifications WHERE notification_id < ?1 ORDER BY notification_id DESC LIMIT 1 OFFSET ?2

-- name: search_notifications
SELECT notification_id, connection_id, message_id, status_code, charge, changed_at, due_at, attempts, done
FROM notifications
WHERE notification_id < ?1 AND notification_id >= ?2 AND (?3 IS NULL OR connection_id = ?3)
  AND (?4 IS NULL OR iif(due_at IS NOT NULL, 0, 2 - done) = ?4)
ORDER BY notification_id DESC LIMIT ?5

-- name: dead_notifications
SELECT notification_id, connection_id, message_id, status_code, charge, changed_at, due_at, attempts, done
FROM notifications INDEXED BY notifications_dead
WHERE notification_id < ?1 AND connection_id = ?2 AND due_at IS NULL AND done = 0
ORDER BY notification_id DESC LIMIT ?3

-- name: notifications_of_message
SELECT notification_id, connection_id, message_id, status_code, charge, changed_at, due_at, attempts, done
FROM notifications INDEXED BY notifications_of_message
WHERE notification_id < ?1 AND message_id = ?2 AND (?3 IS NULL OR connection_id = ?3)
  AND (?4 IS NULL OR iif(due_at IS NOT NULL, 0, 2 - done) = ?4)
ORDER BY notification_id DESC LIMIT ?5

-- name: notification
SELECT notification_id, connection_id, message_id, status_code, charge, changed_at, due_at, attempts, done
FROM notifications WHERE notification_id = ?

-- name: attempts
SELECT attempt_no, at, status, elapsed_ms, answer, error FROM notification_attempts
WHERE notification_id = ? ORDER BY attempt_no

-- name: replay_notification
UPDATE notifications SET due_at = ?1, done = 0 WHERE notification_id = ?2 AND leased = 0

-- name: replay_dead
UPDATE notifications SET due_at = ?1 WHERE notification_id IN (
    SELECT notification_id FROM notifications INDEXED BY notifications_dead
    WHERE connection_id = ?2 AND due_at IS NULL AND done = 0 ORDER BY notification_id LIMIT ?3)
