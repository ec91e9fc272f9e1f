-- What an operator sees at a glance.

-- name: accounts_of_newest
SELECT account_id FROM messages WHERE message_id >= ?1 ORDER BY message_id DESC LIMIT ?2

-- name: events_scan_end
SELECT event_id FROM events WHERE event_id < ?1 ORDER BY event_id DESC LIMIT 1 OFFSET ?2

-- name: doubts
SELECT event_id, message_id, at, ifnull(json_extract(detail, '$.outcome'), '') FROM events
WHERE event_id < ?1 AND event_id >= ?2 AND kind = 'in doubt' ORDER BY event_id DESC LIMIT ?3

-- name: waiting_by_priority
SELECT count(*) FILTER (WHERE priority = 1), min(due_at) FILTER (WHERE priority = 1),
       count(*) FILTER (WHERE priority = 2), min(due_at) FILTER (WHERE priority = 2),
       count(*) FILTER (WHERE priority = 3), min(due_at) FILTER (WHERE priority = 3)
FROM (
    SELECT priority, due_at FROM messages INDEXED BY messages_waiting
    WHERE carrier_id = ?1 AND state = 0 AND state < 2 LIMIT ?2
)
