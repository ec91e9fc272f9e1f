-- How customers' endpoints do.

-- name: notifications_waiting
SELECT count(*) FROM (
    SELECT 1 FROM notifications INDEXED BY notifications_due WHERE connection_id = ? AND due_at IS NOT NULL LIMIT ?)

-- name: dead_letters
SELECT count(*) FROM (
    SELECT 1 FROM notifications INDEXED BY notifications_dead
    WHERE connection_id = ? AND due_at IS NULL AND done = 0 LIMIT ?)

-- name: latest_waiting
SELECT notification_id FROM notifications INDEXED BY notifications_due
WHERE connection_id = ? AND due_at IS NOT NULL AND attempts > 0 ORDER BY due_at DESC LIMIT ?

-- name: latest_dead
SELECT notification_id FROM notifications INDEXED BY notifications_dead
WHERE connection_id = ? AND due_at IS NULL AND done = 0 ORDER BY notification_id DESC LIMIT ?

-- name: latest_notifications
SELECT notification_id FROM notifications
WHERE notification_id >= ?1 AND connection_id = ?2 AND attempts > 0 ORDER BY notification_id DESC LIMIT ?3

-- name: inbound_waiting
SELECT count(*) FROM (
    SELECT 1 FROM inbound_messages INDEXED BY inbound_messages_due
    WHERE connection_id = ? AND due_at IS NOT NULL LIMIT ?)

-- name: dead_inbound
SELECT count(*) FROM (
    SELECT 1 FROM inbound_messages INDEXED BY inbound_messages_dead WHERE connection_id = ? AND state = 2 LIMIT ?)

-- name: latest_inbound
SELECT inbound_id FROM inbound_messages INDEXED BY inbound_messages_by_connection
WHERE connection_id = ? ORDER BY inbound_id DESC LIMIT ?

-- name: latest_inbound_waiting
SELECT inbound_id FROM inbound_messages INDEXED BY inbound_messages_due
WHERE connection_id = ? AND due_at IS NOT NULL AND attempts > 0 ORDER BY due_at DESC LIMIT ?

-- name: latest_inbound_dead
SELECT inbound_id FROM inbound_messages INDEXED BY inbound_messages_dead
WHERE connection_id = ? AND state = 2 ORDER BY inbound_id DESC LIMIT ?

-- name: inbound_attempts_of_many
SELECT at, status BETWEEN 200 AND 299 AND error = '' FROM inbound_attempts
WHERE inbound_id IN (SELECT value FROM json_each(?))

-- name: attempts_of_many
SELECT at, status BETWEEN 200 AND 299 AND error = '' FROM notification_attempts
WHERE notification_id IN (SELECT value FROM json_each(?))
