-- What an operator looks for.

-- name: scan_end
SELECT message_id FROM messages WHERE message_id < ?1 AND message_id >= ?2
ORDER BY message_id DESC LIMIT 1 OFFSET ?3

-- name: search_messages
SELECT message_id FROM messages
WHERE message_id < ?1 AND message_id >= ?2 AND (?3 IS NULL OR account_id = ?3) AND (?4 IS NULL OR carrier_id = ?4)
  AND (?5 IS NULL OR recipient = ?5) AND (?6 IS NULL OR state = ?6)
ORDER BY message_id DESC LIMIT ?7

-- name: search_by_client_message_id
SELECT m.message_id
FROM requests r INDEXED BY requests_by_client_message_id
CROSS JOIN messages m ON m.message_id >= r.request_id AND m.message_id < r.request_id + 1024 AND m.request_id = r.request_id
WHERE r.account_id = ?1 AND r.client_message_id = ?2 AND r.request_id < ?3 AND m.message_id < ?3 AND m.message_id >= ?4
  AND (?5 IS NULL OR m.carrier_id = ?5) AND (?6 IS NULL OR m.recipient = ?6) AND (?7 IS NULL OR m.state = ?7)
ORDER BY r.request_id DESC, m.message_id DESC LIMIT ?8

-- name: request_of_message
SELECT r.request_id, r.account_id, r.connection_id, r.client_message_id, r.sender, r.alphabet, r.udh, r.payload, r.flash,
       r.segments, r.callback, r.accepted_at, r.expires_at, r.repeats
FROM messages m JOIN requests r ON r.request_id = m.request_id WHERE m.message_id = ?

-- name: segments_of_message
SELECT segment_no, carrier_id, carrier_message_id, submitted_at, receipt_at, receipt_cause, error, copy_no, link,
       sequence_number, written_at, stat
FROM segments WHERE message_id = ? ORDER BY segment_no, copy_no
