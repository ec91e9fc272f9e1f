-- The journal.

-- name: journal
SELECT m.message_id, m.account_id, r.connection_id, r.client_message_id, r.sender, m.recipient, m.carrier_id, m.segments,
       m.state, m.cause, m.error, m.rate, m.sent_mask, m.due_at, r.accepted_at,
       (SELECT min(s.submitted_at) FROM segments s WHERE s.message_id = m.message_id), m.changed_at, m.attempts, m.doubts
FROM messages m JOIN requests r ON r.request_id = m.request_id
WHERE m.message_id > ?1 AND m.message_id < ?2 AND (?4 IS NULL OR m.account_id = ?4)
ORDER BY m.message_id LIMIT ?3

-- name: journal_of
SELECT m.message_id, m.account_id, r.connection_id, r.client_message_id, r.sender, m.recipient, m.carrier_id, m.segments,
       m.state, m.cause, m.error, m.rate, m.sent_mask, m.due_at, r.accepted_at,
       (SELECT min(s.submitted_at) FROM segments s WHERE s.message_id = m.message_id), m.changed_at, m.attempts, m.doubts
FROM json_each(?) j CROSS JOIN messages m ON m.message_id = j.value JOIN requests r ON r.request_id = m.request_id
