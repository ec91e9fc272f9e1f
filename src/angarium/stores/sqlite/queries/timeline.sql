-- The time line of a message.

-- name: add_event
INSERT INTO events (message_id, at, kind, detail) VALUES (?, ?, ?, ?)

-- name: events
SELECT message_id, at, kind, detail FROM events WHERE message_id = ? ORDER BY event_id LIMIT ?
