-- How carriers' message ids are read.

-- name: known_readings
SELECT in_response, in_receipt, since FROM known_readings WHERE carrier_id = ?

-- name: set_known_readings
INSERT OR REPLACE INTO known_readings (carrier_id, in_response, in_receipt, since) VALUES (?, ?, ?, ?)

-- name: rename_awaiting
UPDATE segments SET match_id = ? WHERE message_id = ? AND segment_no = ? AND copy_no = ? AND carrier_id = ? AND awaits = 1

-- name: propose
INSERT INTO proposals (carrier_id, in_response, in_receipt, pairs, response_example, receipt_example, proposed_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
ON CONFLICT (carrier_id) DO UPDATE SET in_response = ?2, in_receipt = ?3, pairs = ?4, response_example = ?5,
                                       receipt_example = ?6, proposed_at = ?7, is_declined = 0
WHERE in_response <> ?2 OR in_receipt <> ?3

-- name: decline_proposal
UPDATE proposals SET is_declined = 1 WHERE carrier_id = ? AND is_declined = 0

-- name: drop_proposal
DELETE FROM proposals WHERE carrier_id = ?

-- name: proposals
SELECT carrier_id, in_response, in_receipt, pairs, response_example, receipt_example, proposed_at, is_declined
FROM proposals WHERE is_declined = 0 ORDER BY carrier_id

-- name: first_awaiting_ids
SELECT s.message_id, s.segment_no, s.copy_no, s.carrier_message_id, s.match_id, m.recipient, s.submitted_at
FROM segments s INDEXED BY segments_awaiting CROSS JOIN messages m ON m.message_id = s.message_id
WHERE s.carrier_id = ? AND s.awaits = 1 ORDER BY s.match_id, s.message_id, s.segment_no, s.copy_no LIMIT ?

-- name: next_awaiting_ids
SELECT s.message_id, s.segment_no, s.copy_no, s.carrier_message_id, s.match_id, m.recipient, s.submitted_at
FROM segments s INDEXED BY segments_awaiting CROSS JOIN messages m ON m.message_id = s.message_id
WHERE s.carrier_id = ? AND s.awaits = 1 AND (s.match_id, s.message_id, s.segment_no, s.copy_no) > (?, ?, ?, ?)
ORDER BY s.match_id, s.message_id, s.segment_no, s.copy_no LIMIT ?

-- name: recent_awaiting_ids
SELECT s.message_id, s.segment_no, s.copy_no, s.carrier_message_id, s.match_id, m.recipient, s.submitted_at
FROM (SELECT * FROM segments WHERE message_id > 0 ORDER BY message_id DESC LIMIT ?2) s
JOIN messages m ON m.message_id = s.message_id
WHERE s.carrier_id = ?1 AND s.awaits = 1
