-- What we owe customers.

-- name: end_notification_leases
UPDATE notifications SET due_at = ?, leased = 0 WHERE due_at IS NOT NULL AND leased = 1

-- name: owe
INSERT INTO notifications (connection_id, message_id, status_code, charge, changed_at, due_at) VALUES (?, ?, ?, ?, ?, ?)

-- name: due_notifications
-- The last column: until when an earlier notification of the same message waits for its next try, or NULL when none does.
-- One that is under way or due itself hides what comes after it: that takes moments, and there are few of those.
SELECT n.notification_id, n.connection_id, n.message_id, ifnull(r.client_message_id, ''), m.recipient, r.sender,
       n.charge, n.status_code, n.changed_at, n.attempts, e.due_at
FROM notifications n INDEXED BY notifications_due
LEFT JOIN notifications e ON e.notification_id = (
    SELECT min(f.notification_id) FROM notifications f INDEXED BY notifications_of_message
    WHERE f.message_id = n.message_id AND f.due_at IS NOT NULL AND f.notification_id < n.notification_id)
JOIN messages m ON m.message_id = n.message_id JOIN requests r ON r.request_id = m.request_id
WHERE n.connection_id = ?1 AND n.due_at <= ?2
  AND (e.notification_id IS NULL OR (e.leased = 0 AND e.due_at > ?2))
ORDER BY n.due_at LIMIT ?3

-- name: postpone_notification
UPDATE notifications SET due_at = ? WHERE notification_id = ?

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
