-- Segments that carriers took, and what they said of them.

-- name: add_segment
INSERT OR REPLACE INTO segments (message_id, segment_no, carrier_id, carrier_message_id, match_id, submitted_at, copy_no,
                                 link, sequence_number, written_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)

-- name: awaiting
SELECT s.match_id, s.segment_no, s.copy_no, s.submitted_at, m.message_id, m.request_id, m.account_id, m.recipient,
       m.rate, m.segments, m.sent_mask, m.delivered_mask, r.callback, r.connection_id, m.doubts, m.state
FROM json_each(?2) j
CROSS JOIN segments s INDEXED BY segments_awaiting ON s.carrier_id = ?1 AND s.match_id = j.value AND s.awaits = 1
JOIN messages m ON m.message_id = s.message_id JOIN requests r ON r.request_id = m.request_id

-- name: settle_segments
UPDATE segments SET awaits = ?3, receipt_at = ?4, stat = ?5, receipt_cause = ?6, error = ?7
WHERE message_id IN (SELECT value FROM json_each(?8)) AND segment_no = ?1 AND copy_no = ?2

-- name: settle_messages
UPDATE messages SET cause = ?, error = ?, changed_at = ?, delivered_mask = delivered_mask | ?, state = ?
WHERE message_id IN (SELECT value FROM json_each(?))

-- name: add_delivered
UPDATE messages SET delivered_mask = delivered_mask | ? WHERE message_id = ?

-- name: copies_awaiting
SELECT message_id, segment_no, copy_no FROM segments WHERE message_id IN (SELECT value FROM json_each(?)) AND awaits = 1

-- name: last_of_segments
SELECT max(message_id), count(*) FROM
    (SELECT message_id FROM segments WHERE message_id > ? AND message_id < ? ORDER BY message_id LIMIT ?)

-- name: awaiting_after
SELECT value FROM meta WHERE name = 'awaiting_after'

-- name: set_awaiting_after
INSERT OR REPLACE INTO meta (name, value) VALUES ('awaiting_after', ?)

-- name: stop_awaiting
UPDATE segments SET awaits = 0 WHERE message_id > ? AND message_id <= ? AND awaits = 1

-- name: settled_segments
SELECT s.carrier_id, s.match_id, m.recipient, s.message_id, s.segment_no, s.copy_no, s.receipt_cause
FROM (SELECT * FROM segments WHERE message_id >= ? ORDER BY message_id DESC LIMIT ?) s
JOIN messages m ON m.message_id = s.message_id
WHERE s.awaits = 0 AND s.receipt_cause IS NOT NULL
