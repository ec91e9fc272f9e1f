-- What the store forgets, in small steps.

-- name: erase_texts
UPDATE requests SET payload = NULL, udh = NULL WHERE request_id IN (SELECT value FROM json_each(?))

-- name: mask_numbers
UPDATE messages SET recipient = -(recipient / 10000)
WHERE message_id IN (SELECT m.message_id FROM json_each(?) j
                     JOIN messages m ON m.message_id >= j.value AND m.message_id < j.value + 1024
                                    AND m.request_id = j.value)
  AND recipient > 0

-- name: requests_to_prune
SELECT r.request_id FROM requests r
WHERE r.request_id < ?1
  AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.message_id >= r.request_id AND m.message_id < r.request_id + 1024
                                             AND m.request_id = r.request_id AND m.state < 3)
ORDER BY r.request_id LIMIT ?2

-- name: messages_of_requests
SELECT m.message_id FROM json_each(?) j
JOIN messages m ON m.message_id >= j.value AND m.message_id < j.value + 1024 AND m.request_id = j.value

-- name: spent_by_requests
SELECT ifnull((SELECT sum(m.rate * popcount(m.sent_mask)) FROM messages m
               WHERE m.message_id >= r.request_id AND m.message_id < r.request_id + 1024
                 AND m.request_id = r.request_id), 0),
       r.account_id
FROM requests r WHERE r.request_id IN (SELECT value FROM json_each(?))

-- name: keep_pruned_spent
UPDATE accounts SET pruned_spent = pruned_spent + ? WHERE account_id = ?

-- name: prune_segments
DELETE FROM segments WHERE message_id IN (SELECT value FROM json_each(?))

-- name: prune_events
DELETE FROM events WHERE message_id IN (SELECT value FROM json_each(?))

-- name: prune_messages
DELETE FROM messages WHERE message_id IN (SELECT value FROM json_each(?))

-- name: prune_requests
DELETE FROM requests WHERE request_id IN (SELECT value FROM json_each(?))

-- name: notifications_to_prune
SELECT notification_id FROM notifications WHERE changed_at < ?1 AND due_at IS NULL
  AND notification_id < (SELECT min(notification_id) + 100000 FROM notifications)
ORDER BY notification_id LIMIT ?2

-- name: prune_attempts
DELETE FROM notification_attempts WHERE notification_id IN (SELECT value FROM json_each(?))

-- name: prune_notifications
DELETE FROM notifications WHERE notification_id IN (SELECT value FROM json_each(?))

-- name: begin_recheck
INSERT OR REPLACE INTO retention_rechecks (account_id, after_id) VALUES (?, 0)

-- name: next_recheck
SELECT account_id, after_id FROM retention_rechecks ORDER BY account_id LIMIT 1

-- name: go_on_with_recheck
UPDATE retention_rechecks SET after_id = ? WHERE account_id = ?

-- name: end_recheck
DELETE FROM retention_rechecks WHERE account_id = ?

-- name: requests_after
SELECT request_id, account_id FROM requests WHERE request_id > ? ORDER BY request_id LIMIT ?

-- name: check_now
UPDATE requests SET check_at = min(ifnull(check_at, ?1), ?1) WHERE request_id IN (SELECT value FROM json_each(?2))

-- name: kept_days
SELECT value FROM meta WHERE name = 'kept_days'

-- name: keep_days
INSERT OR REPLACE INTO meta (name, value) VALUES ('kept_days', ?)
