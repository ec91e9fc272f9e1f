-- Segments that carriers took, and what they said of them.

-- name: add_segment
INSERT OR REPLACE INTO segments (message_id, segment_no, carrier_id, carrier_message_id, match_id, submitted_at, copy_no,
                                 link, sequence_number, written_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)

-- name: awaiting
SELECT s.match_id, s.segment_no, s.copy_no, s.submitted_at, m.message_id, m.request_id, m.account_id, m.recipient, m.state, m.rate,
       m.segments, m.sent_mask, m.delivered_mask, r.callback, r.connection_id, m.doubts
FROM json_each(?2) j
CROSS JOIN segments s INDEXED BY segments_awaiting ON s.carrier_id = ?1 AND s.match_id = j.value AND s.awaits = 1
JOIN messages m ON m.message_id = s.message_id JOIN requests r ON r.request_id = m.request_id

-- name: settle_segment
UPDATE segments SET awaits = ?, receipt_at = ?, receipt_cause = ?, error = ?, stat = ?
WHERE message_id = ? AND segment_no = ? AND copy_no = ?

-- name: settle_messages
UPDATE messages SET state = ?, cause = ?, delivered_mask = delivered_mask | ?, error = ?, changed_at = ?
WHERE message_id IN (SELECT value FROM json_each(?))

-- name: add_delivered
UPDATE messages SET delivered_mask = delivered_mask | ? WHERE message_id = ?

-- name: park_receipt
INSERT INTO parked_receipts (carrier_id, match_id, carrier_message_id, cause, recipient, error, received_at)
VALUES (?, ?, ?, ?, ?, ?, ?)

-- name: any_parked
SELECT EXISTS (SELECT 1 FROM parked_receipts WHERE carrier_id = ?)

-- name: take_parked
DELETE FROM parked_receipts WHERE carrier_id = ? AND match_id IN (SELECT value FROM json_each(?))
RETURNING carrier_id, match_id, carrier_message_id, cause, recipient, error, received_at

-- name: prune_parked
DELETE FROM parked_receipts WHERE parked_id IN
    (SELECT parked_id FROM parked_receipts WHERE received_at < ? ORDER BY received_at LIMIT ?)
